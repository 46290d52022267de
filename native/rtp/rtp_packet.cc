#include "rtp_packet.h"

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

constexpr int kVersion = 2;
constexpr size_t kExtensionHeaderBytes = 4;
constexpr uint8_t kFirstRtcpType = 192;
constexpr uint8_t kLastRtcpType = 223;

}  // namespace

std::optional<size_t> rtp_header_bytes(std::span<const uint8_t> datagram) {
  if (datagram.size() < kRtpHeaderBytes || datagram[0] >> 6 != kVersion) return std::nullopt;
  const bool extended = (datagram[0] & 0x10) != 0;
  size_t bytes = kRtpHeaderBytes + 4 * static_cast<size_t>(datagram[0] & 0x0F);
  if (extended) {
    if (bytes + kExtensionHeaderBytes > datagram.size()) return std::nullopt;
    bytes += kExtensionHeaderBytes + 4 * static_cast<size_t>(load_u16(datagram.data() + bytes + 2));
  }
  if (bytes > datagram.size()) return std::nullopt;
  return bytes;
}

std::optional<RtpPacket> parse_rtp(std::span<const uint8_t> datagram) {
  const std::optional<size_t> begin = rtp_header_bytes(datagram);
  if (!begin) return std::nullopt;
  const bool padded = (datagram[0] & 0x20) != 0;
  size_t end = datagram.size();
  if (padded) {
    const size_t padding = datagram[end - 1];
    if (padding == 0 || padding > end - *begin) return std::nullopt;
    end -= padding;
  }
  return RtpPacket{
      .marker = (datagram[1] & 0x80) != 0,
      .payload_type = static_cast<uint8_t>(datagram[1] & 0x7F),
      .sequence_number = load_u16(datagram.data() + 2),
      .timestamp = load_u32(datagram.data() + 4),
      .ssrc = load_u32(datagram.data() + 8),
      .payload = datagram.subspan(*begin, end - *begin),
  };
}

void serialize_rtp_header(const RtpPacket& packet, std::span<uint8_t, kRtpHeaderBytes> header) {
  header[0] = kVersion << 6;
  header[1] = static_cast<uint8_t>((packet.marker ? 0x80 : 0) | (packet.payload_type & 0x7F));
  store_u16(header.data() + 2, packet.sequence_number);
  store_u32(header.data() + 4, packet.timestamp);
  store_u32(header.data() + 8, packet.ssrc);
}

bool is_rtcp(std::span<const uint8_t> datagram) {
  return datagram.size() >= 2 && datagram[1] >= kFirstRtcpType && datagram[1] <= kLastRtcpType;
}

}  // namespace trunkline::rtp
