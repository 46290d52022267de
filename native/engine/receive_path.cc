#include "receive_path.h"

#include <algorithm>

namespace trunkline::engine {
namespace {

/** A longer gap is a pause of the line, not audio to make up. */
constexpr size_t kMostConcealedSlots = 10;
/** 2.5 ms, the shortest of Opus, to 120, its longest: whatever was agreed, a peer sends what it likes. */
constexpr size_t shortest_packet(int sample_rate_hz) { return static_cast<size_t>(sample_rate_hz) / 400; }
constexpr size_t longest_packet(int sample_rate_hz) { return 48 * shortest_packet(sample_rate_hz); }
constexpr size_t kLongestPacketSamples = longest_packet(kWidebandHz);

}  // namespace

ReceivePath::ReceivePath(int sample_rate_hz, ReceiveSink& sink)
    : sample_rate_hz_(sample_rate_hz),
      sink_(sink),
      concealer_(sample_rate_hz),
      heard_(sample_rate_hz),
      audio_limit_(kMostSpeed * sample_rate_hz, kSamplesBurstS),
      packet_samples_(slot_samples(sample_rate_hz)) {}

void ReceivePath::connect(Connection& connection, int64_t now_ns) {
  latch_.connect(connection.remote.endpoint, now_ns, connection.remote.strict_address);
  connection_ = &connection;
  reception_.set_clock_rate(connection.remote.codec.clock_rate_hz);
  if (playout_) playout_->connect(connection.remote);
  events_.set_clock(connection.remote.codec.clock_rate_hz, connection.remote.event_clock_rate_hz());
}

void ReceivePath::handle_datagram(std::span<uint8_t> datagram, const rtp::Endpoint& source, int64_t arrival_ns) {
  if (connection_ == nullptr) return drop(Drop::early);
  const auto clear = connection_->srtp ? unprotect(datagram) : datagram;
  if (!clear) return;
  std::optional<rtp::RtpPacket> packet = rtp::parse_rtp(*clear);
  if (!packet) return drop(Drop::malformed);
  packet->payload_type = remote().as_described(packet->payload_type);
  if (!agreed(*packet)) return pass_over(*packet, source, arrival_ns);
  const auto verdict = connection_->srtp ? latch_.judge_authenticated(source, arrival_ns)
                                         : latch_.judge(source, packet->ssrc, packet->sequence_number, arrival_ns);
  if (verdict == rtp::SourceLatch::Verdict::refused) return drop(Drop::foreign);
  if (verdict == rtp::SourceLatch::Verdict::newly_latched) sink_.on_latched(source);
  accept(*packet, arrival_ns);
}

/** Nothing, and counted, when the packet is not genuine. */
std::optional<std::span<uint8_t>> ReceivePath::unprotect(std::span<uint8_t> datagram) {
  const auto opened = connection_->srtp->receiver->unprotect_rtp(datagram);
  if (opened.verdict == rtp::SrtpReceiver::Verdict::genuine) return datagram.first(opened.length);
  drop(drop_reason(opened.verdict));
  return std::nullopt;
}

/** A codec that was not agreed, say: not heard, but the line lives, and nothing was lost in its place. */
void ReceivePath::pass_over(const rtp::RtpPacket& packet, const rtp::Endpoint& source, int64_t arrival_ns) {
  drop(Drop::payload_type);
  if (latch_.source() != source) return;
  last_arrival_ns_ = arrival_ns;
  if (packet.ssrc != ssrc_ || packet.payload_type == remote().payload_type || is_event(packet)) return;
  reception_.on_packet(packet.sequence_number, packet.timestamp, arrival_ns);
  rtp::RtpPacket place = packet;
  place.payload = {};
  if (playout_) playout_->push(place, arrival_ns);
  reorder_.push(place, arrival_ns, *this);
}

void ReceivePath::accept(const rtp::RtpPacket& packet, int64_t arrival_ns) {
  last_arrival_ns_ = arrival_ns;
  const bool audio = packet.payload_type == remote().payload_type;
  const size_t samples = audio ? connection_->decoder->duration_samples(packet.payload) : slot_samples(sample_rate_hz_);
  if (!audio_limit_.admit(samples, arrival_ns)) return drop(Drop::flood);
  ++counts_.received;
  follow_ssrc(packet.ssrc);
  if (is_event(packet)) {
    reception_.on_untimed_packet(packet.sequence_number);
    if (event_ssrc_ != packet.ssrc) events_.restart();
    event_ssrc_ = packet.ssrc;
    events_.push(packet.timestamp, packet.payload, arrival_ns, packet.marker);
    poll_digits(arrival_ns);
  } else {
    reception_.on_packet(packet.sequence_number, packet.timestamp, arrival_ns);
    if (audio) last_audio_ns_ = arrival_ns;
  }
  if (playout_) playout_->push(packet, arrival_ns);
  switch (reorder_.push(packet, arrival_ns, *this)) {
    case rtp::ReorderBuffer::Admission::taken:
      break;
    case rtp::ReorderBuffer::Admission::late:
      ++counts_.late;
      break;
    case rtp::ReorderBuffer::Admission::duplicate:
      drop(Drop::duplicate);
      break;
  }
}

void ReceivePath::handle_timeout(int64_t now_ns) {
  reorder_.handle_timeout(now_ns, *this);
  events_.handle_timeout(now_ns);
  poll_digits(now_ns);
}

void ReceivePath::take_playout_slot(std::span<int16_t> slot, int64_t now_ns) {
  if (playout_) return playout_->pull(slot, now_ns);
  std::ranges::fill(slot, 0);
}

void ReceivePath::on_ordered(const rtp::OrderedPacket& packet) {
  if (packet.payload_type != remote().payload_type) {
    // A digit or comfort noise stands for audio: what is missing around it is silence.
    concealer_.reset();
    return;
  }
  std::array<int16_t, kLongestPacketSamples> decoded;
  const std::span<int16_t> samples(decoded.data(), connection_->decoder->decode(packet.payload(), decoded));
  if (samples.empty()) return;
  packet_samples_ = samples.size();
  concealer_.accept(samples);
  heard_.push(samples);
  sink_.on_audio(samples, packet.arrival_ns);
}

/** A packet at a time; the last one has the packet behind it to help (RFC 7587: in-band FEC). */
void ReceivePath::on_lost(int packets, const rtp::OrderedPacket* next, int64_t now_ns) {
  counts_.lost += static_cast<uint64_t>(packets);
  ++counts_.gaps;
  const size_t missing =
      std::min(static_cast<size_t>(packets) * packet_samples_, kMostConcealedSlots * slot_samples(sample_rate_hz_));
  if (!audio_limit_.admit(missing, now_ns)) return;
  counts_.concealed_samples += missing;
  const bool audio_follows = next != nullptr && next->payload_type == remote().payload_type;
  std::array<int16_t, kLongestPacketSamples> room;
  for (size_t left = missing; left > 0;) {
    const std::span<int16_t> filler = std::span(room).first(std::min(packet_samples_, left));
    left -= filler.size();
    const auto helper = audio_follows && left == 0 ? next->payload() : std::span<const uint8_t>();
    if (concealer_.silent() || !connection_->decoder->conceal(filler, helper)) concealer_.conceal(filler);
    heard_.push(filler);
    sink_.on_audio(filler, now_ns);
  }
}

bool ReceivePath::agreed(const rtp::RtpPacket& packet) const {
  if (packet.payload.size() > rtp::kLongestPayloadBytes) return false;
  if (is_event(packet) || is_comfort_noise(packet)) return true;
  if (packet.payload_type != remote().payload_type) return false;
  const size_t samples = connection_->decoder->duration_samples(packet.payload);
  return samples >= shortest_packet(sample_rate_hz_) && samples <= longest_packet(sample_rate_hz_);
}

bool ReceivePath::is_event(const rtp::RtpPacket& packet) const {
  return packet.payload_type == remote().telephone_event_payload_type;
}

bool ReceivePath::is_comfort_noise(const rtp::RtpPacket& packet) const {
  return packet.payload_type == remote().comfort_noise_payload_type;
}

void ReceivePath::follow_ssrc(uint32_t ssrc) {
  if (ssrc_ == ssrc) return;
  if (ssrc_) connection_->decoder->reset();
  ssrc_ = ssrc;
  reorder_.restart();
  reception_.restart(ssrc);
}

void ReceivePath::poll_digits(int64_t now_ns) {
  while (const auto digit = events_.poll_digit()) {
    if (digit_limit_.admit(1, now_ns)) {
      sink_.on_digit(*digit);
    } else {
      drop(Drop::flood);
    }
  }
}

}  // namespace trunkline::engine
