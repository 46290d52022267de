#include "media_session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../rtp/byte_order.h"
#include "clock.h"
#include "random.h"

namespace trunkline::engine {
namespace {

/** After this long without a packet the line is silent, not late: the detector hears silence in real time. */
constexpr int64_t kSilentLineNs = 100 * kNsPerMs;
constexpr size_t kPacketBytes = rtp::kRtpHeaderBytes + kSlotSamples;

double to_ms(int64_t ns) { return static_cast<double>(ns) / kNsPerMs; }
double samples_to_ms(uint64_t samples) { return static_cast<double>(samples) / 8; }

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
    : options_(options),
      ports_(std::move(ports)),
      outlets_(outlets),
      receive_(*this),
      playouts_(outlets.spent_chunks, static_cast<float>(std::pow(10, options.duck_db / 20))) {
  if (weights != nullptr) detector_.emplace(*weights, options.vad);
  next_packet_.ssrc = random_u32();
  next_packet_.sequence_number = static_cast<uint16_t>(random_u32());
  next_packet_.timestamp = random_u32();
}

void MediaSession::connect(const RtpRemote& remote, int64_t now_ns) {
  if (!remote_) rtcp_.start(now_ns);
  remote_ = remote;
  next_packet_.payload_type = remote.payload_type;
  receive_.connect(remote, now_ns);
  connected_ns_ = now_ns;
  timeout_reported_ = false;
}

void MediaSession::close(int64_t now_ns) {
  if (remote_) send_rtcp(now_ns, true);
  ports_.rtp.close();
  ports_.rtcp.close();
  const ReceiveCounts& counts = receive_.counts();
  Event closed = event(EventType::closed, now_ns);
  closed.values = {static_cast<double>(counts.received),  static_cast<double>(packets_sent_),
                   static_cast<double>(counts.lost),      static_cast<double>(counts.late),
                   static_cast<double>(counts.discarded), samples_to_ms(counts.concealed_samples),
                   receive_.reception().jitter_ms()};
  outlets_.events.post(closed);
}

void MediaSession::handle_rtp(const Datagram& datagram) {
  if (!rtp::is_rtcp(datagram.bytes)) {
    receive_.handle_datagram(datagram.bytes, datagram.source, datagram.arrival_ns);
  } else if (remote_ && remote_->rtcp_mux) {
    handle_rtcp(datagram);
  } else {
    receive_.discard();
  }
}

/** RTCP is believed from the host that is heard. */
void MediaSession::handle_rtcp(const Datagram& datagram) {
  const bool ours = remote_ && datagram.source.same_address(receive_.latch().destination());
  if (!ours || !rtcp_.handle_datagram(datagram.bytes, datagram.arrival_ns, receive_.reception())) receive_.discard();
}

void MediaSession::handle_timeout(int64_t now_ns) {
  if (receive_.waiting()) receive_.handle_timeout(now_ns);
}

bool MediaSession::send_slot() {
  if (!remote_) return false;
  AudioRecord& record = outlets_.audio.claim();
  playouts_.fill(record.sent);
  const int64_t now_ns = send_packet(record.sent);
  post_notes(now_ns);
  listen_to_silence(now_ns);
  receive_.slots().take(record.received);
  record.session_id = options_.id;
  record.at_ns = now_ns;
  outlets_.audio.publish(record);
  watch_rtp_timeout(now_ns);
  if (rtcp_.due(now_ns)) send_rtcp(now_ns, false);
  return true;
}

/** Returns when the kernel had it. */
int64_t MediaSession::send_packet(const PcmSlot& slot) {
  std::array<uint8_t, kPacketBytes> packet;
  rtp::serialize_rtp_header(next_packet_, std::span(packet).first<rtp::kRtpHeaderBytes>());
  codec::encode_g711(remote_->law, slot, std::span(packet).subspan<rtp::kRtpHeaderBytes>());
  ports_.rtp.send(packet, receive_.latch().destination());
  ++packets_sent_;
  ++next_packet_.sequence_number;
  next_packet_.timestamp += kSlotSamples;
  return monotonic_ns();
}

void MediaSession::post_notes(int64_t at_ns) {
  for (const PlayoutNote& note : playouts_.notes()) {
    Event each = event(event_type(note.type), at_ns);
    const bool ended = note.type == PlayoutNote::Type::completed || note.type == PlayoutNote::Type::flushed;
    each.values[0] = note.playout_id;
    each.values[1] = ended ? samples_to_ms(note.played_samples) : note.mark_id;
    outlets_.events.post(each);
  }
}

/** A peer that sends nothing while it is silent must not leave speech without an end. */
void MediaSession::listen_to_silence(int64_t now_ns) {
  const auto last_ns = receive_.last_audio_ns();
  if (!last_ns || now_ns - *last_ns < kSilentLineNs) return;
  static constexpr PcmSlot kSilence{};
  on_audio(kSilence, now_ns);
}

void MediaSession::watch_rtp_timeout(int64_t now_ns) {
  const int64_t since_ns = std::max(connected_ns_, receive_.last_arrival_ns().value_or(0));
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

void MediaSession::send_rtcp(int64_t now_ns, bool bye) {
  const SentStream sent{next_packet_.ssrc, next_packet_.timestamp, packets_sent_, packets_sent_ * kSlotSamples};
  rtp::RtcpBuffer buffer;
  const size_t length = rtcp_.report(sent, receive_.reception(), {now_ns, realtime_ns(), bye}, buffer);
  const rtp::Endpoint& rtp_peer = receive_.latch().destination();
  const std::span<const uint8_t> datagram = std::span(buffer).first(length);
  if (remote_->rtcp_mux) {
    ports_.rtp.send(datagram, rtp_peer);
  } else if (rtp_peer.port() < 65535) {
    ports_.rtcp.send(datagram, rtp_peer.with_port(static_cast<uint16_t>(rtp_peer.port() + 1)));
  }
}

void MediaSession::on_audio(std::span<const int16_t> samples, int64_t arrival_ns) {
  if (detector_) detector_->push(samples, arrival_ns, *this);
}

void MediaSession::on_digit(const rtp::Digit& digit) {
  Event pressed = event(EventType::digit, monotonic_ns());
  pressed.values[0] = digit.key;
  pressed.values[1] = samples_to_ms(digit.duration_samples);
  outlets_.events.post(pressed);
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
  if (speech.type == vad::SpeechEvent::Type::started && duck_on_speech_ && options_.duck_db < 0) playouts_.duck();
  Event each = event(event_type(speech.type), monotonic_ns());
  each.values[0] = to_ms(speech.onset_ns);
  each.values[1] = to_ms(speech.end_ns);
  outlets_.events.post(each);
}

Event MediaSession::event(EventType type, int64_t at_ns) const {
  Event event;
  event.type = type;
  event.session_id = options_.id;
  event.at_ns = at_ns;
  return event;
}

}  // namespace trunkline::engine
