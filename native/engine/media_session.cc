#include "media_session.h"

#include <algorithm>
#include <utility>

#include "clock.h"
#include "random.h"

namespace trunkline::engine {
namespace {

/** Where the figures of quality begin in the values of `closed`. */
constexpr size_t kQualityOfClosed = 7;

void put(const QualityReport& report, std::array<double, Event::kValues>& values, size_t at) {
  for (const DirectionQuality& direction : {report.received, report.sent}) {
    for (const double value : {direction.loss_percent, direction.jitter_ms, direction.mos, direction.lowest_mos}) {
      values[at++] = value;
    }
  }
  values[at] = report.round_trip_ms;
}

double to_ms(int64_t ns) { return static_cast<double>(ns) / kNsPerMs; }
/** How a key came. */
constexpr double kAsEvent = 1;
constexpr double kAsTone = 2;

EventType event_type(PlayoutNote::Type type) {
  switch (type) {
    case PlayoutNote::Type::started:
      return EventType::playout_started;
    case PlayoutNote::Type::mark_reached:
      return EventType::mark_reached;
    case PlayoutNote::Type::completed:
      return EventType::playout_completed;
    case PlayoutNote::Type::flushed:
      return EventType::playout_flushed;
    case PlayoutNote::Type::underrun:
      return EventType::underrun;
    case PlayoutNote::Type::ducked:
      return EventType::ducked;
    case PlayoutNote::Type::silenced:
      return EventType::silenced;
  }
  return EventType::silenced;
}

EventType event_type(vad::SpeechEvent::Type type) {
  switch (type) {
    case vad::SpeechEvent::Type::started:
      return EventType::speech_started;
    case vad::SpeechEvent::Type::confirmed:
      return EventType::speech_confirmed;
    case vad::SpeechEvent::Type::ended:
      return EventType::speech_ended;
  }
  return EventType::speech_ended;
}

}  // namespace

MediaSession::MediaSession(const SessionOptions& options, PortPair ports, const vad::SileroWeights* weights,
                           SessionOutlets outlets)
    : options_(options), ports_(std::move(ports)), weights_(weights), outlets_(outlets) {}

std::unique_ptr<SessionAudio> MediaSession::make_audio(int sample_rate_hz) {
  return std::make_unique<SessionAudio>(sample_rate_hz, options_, weights_,
                                        SessionAudio::Outlets{*this, *this, outlets_.spent_chunks});
}

void MediaSession::connect(std::unique_ptr<Connection>& connection, std::unique_ptr<SessionAudio> audio,
                           int64_t now_ns) {
  if (!audio_) {
    audio_ = std::move(audio);
    if (ports_.former) audio_->receive.shun(ports_.former->source, ports_.former->until_ns);
    rtcp_.start(now_ns);
  }
  std::swap(connection_, connection);
  // The former agreement is in `connection` now.
  if (connection && connection->srtp && connection_->srtp) secure(*connection->srtp);
  if (connection) connection_->go_on_from(*connection);
  audio_->receive.connect(*connection_, now_ns);
  audio_->send.connect(*connection_);
  quality_.start(connection_->remote.codec.id, connection_->remote.ptime_ms, now_ns);
  connected_ns_ = now_ns;
  timeout_reported_ = false;
}

void MediaSession::close(int64_t now_ns) {
  if (sending()) send_rtcp(now_ns, true);
  recorder_.stop();
  ports_.rtp.close();
  ports_.rtcp.close();
  Event closed = event(EventType::closed, now_ns);
  if (audio_) {
    const ReceiveCounts& counts = audio_->receive.counts();
    closed.values = {static_cast<double>(counts.received),   static_cast<double>(audio_->send.packets_sent()),
                     static_cast<double>(counts.lost),       static_cast<double>(counts.late),
                     static_cast<double>(drops().total()),   samples_to_ms(counts.concealed_samples),
                     audio_->receive.reception().jitter_ms()};
    put(quality_.whole(received_totals(), audio_->send.packets_sent()), closed.values, kQualityOfClosed);
  } else {
    closed.values[4] = static_cast<double>(drops().total());
    put({}, closed.values, kQualityOfClosed);
  }
  outlets_.events.post(closed);
}

DropCounts MediaSession::drops() const {
  DropCounts all = drops_;
  if (audio_) all.add(audio_->receive.drops());
  return all;
}

void MediaSession::secure(SrtpSession& before) {
  if (connection_->srtp->succeed(before, *connection_->remote.srtp)) audio_->send.renew_ssrc();
}

void MediaSession::handle_rtp(const Datagram& datagram) {
  if (datagram.oversized) return drops_.add(Drop::oversized);
  if (!audio_) return drops_.add(Drop::early);
  if (!rtp::is_rtcp(datagram.bytes)) {
    audio_->receive.handle_datagram(datagram.bytes, datagram.source, datagram.arrival_ns);
  } else if (connection_->remote.rtcp_mux) {
    handle_rtcp(datagram);
  } else {
    drops_.add(Drop::payload_type);
  }
}

/** RTCP is believed from the host that is heard; with SRTP only if its tag is right, too. */
void MediaSession::handle_rtcp(const Datagram& datagram) {
  if (datagram.oversized) return drops_.add(Drop::oversized);
  if (!audio_) return drops_.add(Drop::early);
  ReceivePath& receive = audio_->receive;
  if (!datagram.source.same_address(receive.latch().destination())) return drops_.add(Drop::foreign);
  const auto clear = connection_->srtp ? unprotect_rtcp(datagram.bytes) : datagram.bytes;
  if (!clear) return;
  const auto report = rtcp_.handle_datagram(*clear, audio_->send.sent().ssrc, datagram.arrival_ns, receive.reception());
  if (!report) return drops_.add(Drop::malformed);
  if (report->block) quality_.on_peer_report(*report->block, connection_->remote.codec.clock_rate_hz);
  if (report->round_trip_ms) quality_.on_round_trip(*report->round_trip_ms);
}

/** Nothing, and counted, when the packet is not genuine. */
std::optional<std::span<uint8_t>> MediaSession::unprotect_rtcp(std::span<uint8_t> datagram) {
  const auto opened = connection_->srtp->receiver->unprotect_rtcp(datagram);
  if (opened.verdict == rtp::SrtpReceiver::Verdict::genuine) return datagram.first(opened.length);
  drops_.add(drop_reason(opened.verdict));
  return std::nullopt;
}

void MediaSession::handle_tick(int64_t now_ns, uint64_t tick) {
  if (!audio_) return;
  if (audio_->receive.waiting()) audio_->receive.handle_timeout(now_ns);
  audio_->send.handle_tick(tick);
}

void MediaSession::prepare_slot() {
  audio_->receive.take_playout_slot(bridge_->heard(), monotonic_ns());
  say(bridge_->agent());
}

/** What is being said waits while keys go out. */
void MediaSession::say(std::span<int16_t> slot) {
  audio_->playouts.hold(audio_->digits.busy());
  audio_->playouts.fill(slot);
  audio_->background.add_to(slot);
}

void MediaSession::fill_slot(std::span<int16_t> sent) {
  if (bridge_) {
    bridge_->mix(*bridge_->other().bridge_end(), sent);
  } else {
    say(sent);
  }
}

/** What a human hears of the peer, in the slot that is sent now. */
std::span<const int16_t> MediaSession::heard_slot() {
  if (bridge_) return bridge_->heard();
  const std::span<int16_t> slot = std::span(heard_).first(slot_samples(audio_->sample_rate_hz));
  audio_->receive.take_playout_slot(slot, monotonic_ns());
  return slot;
}

bool MediaSession::send_slot(uint64_t tick) {
  if (!audio_) return false;
  const size_t samples = slot_samples(audio_->sample_rate_hz);
  AudioRecord& record = outlets_.audio.claim();
  const std::span<int16_t> sent = std::span(record.sent).first(samples);
  fill_slot(sent);
  audio_->line.apply(sent);
  audio_->digits.fill(sent);
  audio_->send.push(sent, tick);
  const int64_t now_ns = monotonic_ns();
  post_notes(now_ns);
  post_digits_sent(now_ns);
  listen_to_silence(now_ns);
  if (recorder_.active()) recorder_.push(heard_slot(), sent);
  record.received_samples =
      audio_->receive.take_heard(std::span(record.received).first(most_heard_samples(audio_->sample_rate_hz)), now_ns);
  record.session_id = options_.id;
  record.at_ns = now_ns;
  record.sample_rate_hz = audio_->sample_rate_hz;
  outlets_.audio.publish(record);
  watch_rtp_timeout(now_ns);
  if (rtcp_.due(now_ns)) send_rtcp(now_ns, false);
  if (quality_.due(now_ns)) report_quality(now_ns);
  return true;
}

void MediaSession::on_datagram(std::span<uint8_t> datagram) {
  size_t length = datagram.size();
  if (connection_->srtp) {
    const std::span<uint8_t> room(datagram.data(), length + rtp::kSrtpOverheadBytes);
    length = connection_->srtp->sender->protect_rtp(room, length);
    if (length == 0) return;
  }
  ports_.rtp.send({datagram.data(), length}, audio_->receive.latch().destination());
}

void MediaSession::post_notes(int64_t at_ns) {
  for (const PlayoutNote& note : audio_->playouts.notes()) {
    Event each = event(event_type(note.type), at_ns);
    const bool ended = note.type == PlayoutNote::Type::completed || note.type == PlayoutNote::Type::flushed;
    each.values[0] = note.playout_id;
    each.values[1] = ended ? samples_to_ms(note.played_samples) : note.mark_id;
    outlets_.events.post(each);
  }
}

void MediaSession::post_digits_sent(int64_t at_ns) {
  const uint32_t sent = audio_->digits.take_sent();
  if (sent == 0) return;
  Event done = event(EventType::digits_sent, at_ns);
  done.values[0] = sent;
  outlets_.events.post(done);
}

/** A peer that sends nothing while it is silent must not leave speech without an end. */
void MediaSession::listen_to_silence(int64_t now_ns) {
  if (!audio_->receive.last_audio_ns() || !audio_->receive.silent(now_ns)) return;
  static constexpr SlotRoom kSilence{};
  on_audio(std::span(kSilence).first(slot_samples(audio_->sample_rate_hz)), now_ns);
}

void MediaSession::watch_rtp_timeout(int64_t now_ns) {
  const int64_t since_ns = std::max(connected_ns_, audio_->receive.last_arrival_ns().value_or(0));
  const double silent_ms = to_ms(now_ns - since_ns);
  if (options_.rtp_timeout_ms <= 0 || silent_ms < options_.rtp_timeout_ms) {
    timeout_reported_ = false;
    return;
  }
  if (timeout_reported_) return;
  timeout_reported_ = true;
  Event timeout = event(EventType::rtp_timeout, now_ns);
  timeout.values[0] = silent_ms;
  outlets_.events.post(timeout);
}

ReceivedTotals MediaSession::received_totals() const {
  const ReceiveCounts& counts = audio_->receive.counts();
  return {
      .packets = counts.received,
      .lost = counts.lost,
      .gaps = counts.gaps,
      .jitter_ms = audio_->receive.reception().jitter_ms(),
      .playout_delay_ms = audio_->receive.playout_delay_ms(),
  };
}

void MediaSession::report_quality(int64_t now_ns) {
  Event quality = event(EventType::quality, now_ns);
  put(quality_.take_interval(received_totals(), now_ns), quality.values, 0);
  outlets_.events.post(quality);
}

void MediaSession::send_rtcp(int64_t now_ns, bool bye) {
  rtp::RtcpBuffer buffer;
  ReceivePath& receive = audio_->receive;
  size_t length = rtcp_.report(audio_->send.sent(), receive.reception(), {now_ns, realtime_ns(), bye}, buffer);
  const rtp::Endpoint& rtp_peer = receive.latch().destination();
  if (connection_->srtp) length = connection_->srtp->sender->protect_rtcp(buffer, length);
  if (length == 0) return;
  const std::span<const uint8_t> datagram = std::span(buffer).first(length);
  if (connection_->remote.rtcp_mux) {
    ports_.rtp.send(datagram, rtp_peer);
  } else if (rtp_peer.port() < 65535) {
    ports_.rtcp.send(datagram, rtp_peer.with_port(static_cast<uint16_t>(rtp_peer.port() + 1)));
  }
}

void MediaSession::on_audio(std::span<const int16_t> samples, int64_t arrival_ns) {
  if (audio_->detector) audio_->detector->push(samples, arrival_ns, *this, outlets_.frames);
  audio_->tones.push(samples, arrival_ns, *this);
}

void MediaSession::on_digit(const rtp::Digit& digit) {
  Event pressed = event(EventType::digit, monotonic_ns());
  pressed.values = {static_cast<double>(digit.key), digit.duration_ms, to_ms(digit.onset_ns), kAsEvent};
  outlets_.events.post(pressed);
}

void MediaSession::on_dtmf_tone(const dsp::DtmfTone& tone) {
  Event pressed = event(EventType::digit, monotonic_ns());
  pressed.values = {static_cast<double>(tone.key), static_cast<double>(tone.duration_ms), to_ms(tone.onset_ns),
                    kAsTone};
  outlets_.events.post(pressed);
}

void MediaSession::on_tone(const dsp::HeardTone& tone) {
  Event heard = event(EventType::tone, monotonic_ns());
  heard.values = {static_cast<double>(tone.kind), to_ms(tone.onset_ns), static_cast<double>(tone.duration_ms),
                  static_cast<double>(tone.hz)};
  outlets_.events.post(heard);
}

void MediaSession::on_latched(const rtp::Endpoint& source) {
  Event started = event(EventType::rtp_started, monotonic_ns());
  const auto words = source.words();
  started.values[0] = source.port();
  started.values[1] = source.family() == AF_INET6 ? 6 : 4;
  for (size_t i = 0; i < words.size(); ++i) started.values[2 + i] = words[i];
  outlets_.events.post(started);
}

void MediaSession::on_speech_event(const vad::SpeechEvent& speech) {
  Event each = event(event_type(speech.type), monotonic_ns());
  each.values[0] = to_ms(speech.onset_ns);
  each.values[1] = to_ms(speech.end_ns);
  outlets_.events.post(each);
}

/** The reflex: what it did too early, it takes back. */
void MediaSession::on_frame(float probability, bool speaking) {
  switch (audio_->reflex.push(probability, speaking)) {
    case vad::Reflex::Verdict::onset:
      if (duck_on_speech_ && options_.listening.duck_db < 0) playouts().duck();
      break;
    case vad::Reflex::Verdict::false_alarm:
      playouts().release();
      break;
    case vad::Reflex::Verdict::nothing:
      break;
  }
}

void MediaSession::listen(const ListeningOptions& options) {
  options_.listening = options;
  audio_->listen(options);
}

void MediaSession::play_background(const Background& background) {
  audio_->background.play(background.loop, background.gain, random_u32());
}

double MediaSession::samples_to_ms(uint64_t samples) const {
  return static_cast<double>(samples) * 1000 / audio_->sample_rate_hz;
}

Event MediaSession::event(EventType type, int64_t at_ns) const {
  Event event;
  event.type = type;
  event.session_id = options_.id;
  event.at_ns = at_ns;
  return event;
}

}  // namespace trunkline::engine
