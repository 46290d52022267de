#include "send_path.h"

#include <algorithm>

#include "random.h"

namespace trunkline::engine {

SendPath::SendPath(int sample_rate_hz, DigitSender& digits, DatagramSink& sink)
    : sample_rate_hz_(sample_rate_hz), digits_(digits), sink_(sink) {
  renew_ssrc();
}

void SendPath::connect(const Connection& connection) {
  connection_ = &connection;
  next_packet_.payload_type = connection.remote.payload_type;
  packetizer_.configure(sample_rate_hz_, connection.remote.ptime_ms);
  const bool events = connection.remote.telephone_event_payload_type.has_value();
  digits_.connect(events ? std::optional(connection.remote.event_clock_rate_hz()) : std::nullopt);
}

/** RFC 3550 section 5.1 wants it random; the upper half is left out so that no first packet is lost before a wrap (RFC
 * 3711). */
void SendPath::renew_ssrc() {
  former_packets_ += sent_.packets;
  next_packet_.ssrc = random_u32();
  next_packet_.sequence_number = static_cast<uint16_t>(random_u32() & 0x7FFF);
  next_packet_.timestamp = random_u32();
  sent_ = {.ssrc = next_packet_.ssrc, .rtp_timestamp = next_packet_.timestamp};
}

void SendPath::push(std::span<const int16_t> slot, uint64_t tick) {
  packetizer_.push(slot);
  send_due(tick);
}

void SendPath::handle_tick(uint64_t tick) {
  if (packetizer_.departs_between_slots()) send_due(tick);
}

void SendPath::send_due(uint64_t tick) {
  for (auto audio = packetizer_.poll(tick); !audio.empty(); audio = packetizer_.poll(tick)) send_packet(audio);
}

void SendPath::send_packet(std::span<const int16_t> audio) {
  const auto duration = static_cast<uint32_t>(static_cast<int64_t>(audio.size()) *
                                              connection_->remote.codec.clock_rate_hz / sample_rate_hz_);
  rtp::RtpPacket packet = next_packet_;
  const size_t payload_bytes = fill_payload(audio, packet);
  rtp::serialize_rtp_header(packet, std::span(datagram_).first<rtp::kRtpHeaderBytes>());
  sink_.on_datagram(std::span(datagram_).first(rtp::kRtpHeaderBytes + payload_bytes));
  ++next_packet_.sequence_number;
  next_packet_.timestamp += duration;
  ++sent_.packets;
  sent_.octets += payload_bytes;
  sent_.rtp_timestamp = next_packet_.timestamp;
}

/** An event in place of the audio, or the audio. */
size_t SendPath::fill_payload(std::span<const int16_t> audio, rtp::RtpPacket& packet) {
  const std::span<uint8_t> room = std::span(datagram_).subspan<rtp::kRtpHeaderBytes, kLongestPayloadBytes>();
  const auto event_duration = static_cast<uint32_t>(static_cast<int64_t>(audio.size()) *
                                                    connection_->remote.event_clock_rate_hz() / sample_rate_hz_);
  const auto event = digits_.next_packet(packet.timestamp, event_duration);
  if (!event) return connection_->encoder->encode(audio, room);
  packet.marker = event->marker;
  packet.timestamp = event->timestamp;
  packet.payload_type = *connection_->remote.telephone_event_payload_type;
  std::ranges::copy(event->payload, room.begin());
  return event->payload.size();
}

}  // namespace trunkline::engine
