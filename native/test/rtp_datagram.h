#pragma once

#include <cstdint>
#include <vector>

#include "../rtp/rtp_packet.h"

namespace trunkline::test {

/** A datagram with `bytes` of mu-law silence, or of `fill`. */
inline std::vector<uint8_t> rtp_datagram(uint16_t sequence_number, uint32_t timestamp, size_t bytes = 160,
                                         uint8_t fill = 0xFF, uint8_t payload_type = 0, uint32_t ssrc = 7) {
  std::vector<uint8_t> datagram(rtp::kRtpHeaderBytes + bytes, fill);
  rtp::RtpPacket packet;
  packet.payload_type = payload_type;
  packet.sequence_number = sequence_number;
  packet.timestamp = timestamp;
  packet.ssrc = ssrc;
  rtp::serialize_rtp_header(packet, std::span(datagram).first<rtp::kRtpHeaderBytes>());
  return datagram;
}

}  // namespace trunkline::test
