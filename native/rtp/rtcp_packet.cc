#include "rtcp_packet.h"

#include <algorithm>

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

constexpr int kVersion = 2;
constexpr uint8_t kSenderReport = 200;
constexpr uint8_t kReceiverReport = 201;
constexpr uint8_t kSourceDescription = 202;
constexpr uint8_t kBye = 203;
constexpr uint8_t kCnameItem = 1;
constexpr size_t kHeaderBytes = 4;
constexpr size_t kSenderInfoBytes = 20;
constexpr size_t kBlockBytes = 24;
constexpr size_t kLongestCname = 63;

size_t packet_bytes(std::span<const uint8_t> rest) { return 4 * (static_cast<size_t>(load_u16(rest.data() + 2)) + 1); }

ReportBlock read_block(const uint8_t* bytes) {
  const uint32_t loss = load_u32(bytes + 4);
  return {
      .ssrc = load_u32(bytes),
      .fraction_lost = static_cast<uint8_t>(loss >> 24),
      // The sign is the highest of 24 bits.
      .cumulative_lost = static_cast<int32_t>(loss << 8) >> 8,
      .extended_highest_sequence = load_u32(bytes + 8),
      .jitter = load_u32(bytes + 12),
      .last_sender_report = load_u32(bytes + 16),
      .delay_since_last_sender_report = load_u32(bytes + 20),
  };
}

bool read_report(std::span<const uint8_t> packet, uint32_t own_ssrc, RtcpSummary& summary) {
  const bool from_sender = packet[1] == kSenderReport;
  const size_t blocks = packet[0] & 0x1F;
  const size_t fixed = kHeaderBytes + 4 + (from_sender ? kSenderInfoBytes : 0);
  if (packet.size() < fixed + kBlockBytes * blocks) return false;
  summary.sender_ssrc = load_u32(packet.data() + 4);
  if (from_sender) {
    summary.sender_info = SenderInfo{
        .ntp_timestamp = static_cast<uint64_t>(load_u32(packet.data() + 8)) << 32 | load_u32(packet.data() + 12),
        .rtp_timestamp = load_u32(packet.data() + 16),
        .packets = load_u32(packet.data() + 20),
        .octets = load_u32(packet.data() + 24),
    };
  }
  for (size_t i = 0; i < blocks; ++i) {
    const ReportBlock block = read_block(packet.data() + fixed + kBlockBytes * i);
    if (block.ssrc == own_ssrc) summary.about_us = block;
  }
  return true;
}

/** RFC 3550 section 6.6. False when the list of sources is longer than the packet. */
bool read_bye(std::span<const uint8_t> packet, RtcpSummary& summary) {
  const size_t sources = packet[0] & 0x1F;
  if (packet.size() < kHeaderBytes + 4 * sources) return false;
  for (size_t i = 0; i < sources; ++i) {
    if (load_u32(packet.data() + kHeaderBytes + 4 * i) == summary.sender_ssrc) summary.bye = true;
  }
  return true;
}

class Writer {
 public:
  explicit Writer(RtcpBuffer& buffer) : buffer_(buffer) {}

  void u8(uint8_t value) { buffer_[length_++] = value; }
  void u32(uint32_t value) {
    store_u32(buffer_.data() + length_, value);
    length_ += 4;
  }
  void u64(uint64_t value) {
    u32(static_cast<uint32_t>(value >> 32));
    u32(static_cast<uint32_t>(value));
  }
  void begin(uint8_t type, uint8_t count) {
    packet_ = length_;
    u8(static_cast<uint8_t>(kVersion << 6 | count));
    u8(type);
    length_ += 2;
  }
  /** Pads to the 32-bit boundary and fills in the length. */
  void end() {
    while ((length_ - packet_) % 4 != 0) u8(0);
    store_u16(buffer_.data() + packet_ + 2, static_cast<uint16_t>((length_ - packet_) / 4 - 1));
  }
  size_t length() const { return length_; }

 private:
  RtcpBuffer& buffer_;
  size_t length_ = 0;
  size_t packet_ = 0;
};

void write_sender_info(Writer& writer, const SenderInfo& info) {
  writer.u64(info.ntp_timestamp);
  writer.u32(info.rtp_timestamp);
  writer.u32(info.packets);
  writer.u32(info.octets);
}

void write_block(Writer& writer, const ReportBlock& block) {
  writer.u32(block.ssrc);
  writer.u32(static_cast<uint32_t>(block.fraction_lost) << 24 |
             (static_cast<uint32_t>(block.cumulative_lost) & 0xFFFFFF));
  writer.u32(block.extended_highest_sequence);
  writer.u32(block.jitter);
  writer.u32(block.last_sender_report);
  writer.u32(block.delay_since_last_sender_report);
}

void write_cname(Writer& writer, uint32_t ssrc, std::span<const char> cname) {
  const size_t length = std::min(cname.size(), kLongestCname);
  writer.begin(kSourceDescription, 1);
  writer.u32(ssrc);
  writer.u8(kCnameItem);
  writer.u8(static_cast<uint8_t>(length));
  for (const char letter : cname.first(length)) writer.u8(static_cast<uint8_t>(letter));
  writer.u8(0);
  writer.end();
}

}  // namespace

std::optional<RtcpSummary> parse_rtcp(std::span<const uint8_t> datagram, uint32_t own_ssrc) {
  RtcpSummary summary;
  std::span<const uint8_t> rest = datagram;
  while (!rest.empty()) {
    if (rest.size() < kHeaderBytes || rest[0] >> 6 != kVersion) return std::nullopt;
    const size_t length = packet_bytes(rest);
    if (length > rest.size()) return std::nullopt;
    const std::span<const uint8_t> packet = rest.first(length);
    const bool first = rest.size() == datagram.size();
    const bool report = packet[1] == kSenderReport || packet[1] == kReceiverReport;
    const bool last = length == rest.size();
    const bool padded = (packet[0] & 0x20) != 0;
    if ((first && !report) || (padded && (first || !last))) return std::nullopt;
    if (report && !read_report(packet, own_ssrc, summary)) return std::nullopt;
    if (packet[1] == kBye && !read_bye(packet, summary)) return std::nullopt;
    rest = rest.subspan(length);
  }
  if (datagram.empty()) return std::nullopt;
  return summary;
}

size_t serialize_rtcp(const RtcpReport& report, RtcpBuffer& buffer) {
  Writer writer(buffer);
  writer.begin(report.sender_info ? kSenderReport : kReceiverReport, report.block ? 1 : 0);
  writer.u32(report.ssrc);
  if (report.sender_info) write_sender_info(writer, *report.sender_info);
  if (report.block) write_block(writer, *report.block);
  writer.end();
  write_cname(writer, report.ssrc, report.cname);
  if (report.bye) {
    writer.begin(kBye, 1);
    writer.u32(report.ssrc);
    writer.end();
  }
  return writer.length();
}

}  // namespace trunkline::rtp
