#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace trunkline::rtp {

inline constexpr size_t kRtpHeaderBytes = 12;

/** RFC 3550 section 5.1. `payload` points into the datagram, without padding. */
struct RtpPacket {
  bool marker = false;
  uint8_t payload_type = 0;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  std::span<const uint8_t> payload;
};

/** Nothing when the version is not 2 or CSRCs, extension or padding reach past the end. */
std::optional<RtpPacket> parse_rtp(std::span<const uint8_t> datagram);

/** How long the header is with CSRCs and extension; nothing when they reach past the end or the version is not 2. */
std::optional<size_t> rtp_header_bytes(std::span<const uint8_t> datagram);

/** Writes the fixed header of `packet`; its payload is the caller's to append. */
void serialize_rtp_header(const RtpPacket& packet, std::span<uint8_t, kRtpHeaderBytes> header);

/** RFC 5761 section 4: what of a shared port is RTCP. */
bool is_rtcp(std::span<const uint8_t> datagram);

}  // namespace trunkline::rtp
