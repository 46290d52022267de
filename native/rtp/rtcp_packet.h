#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace trunkline::rtp {

/** RFC 3550 section 6.4.1, one report block: what we received of the peer's stream. */
struct ReportBlock {
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;
  /** 24 bits, signed. */
  int32_t cumulative_lost = 0;
  uint32_t extended_highest_sequence = 0;
  uint32_t jitter = 0;
  uint32_t last_sender_report = 0;
  /** In 1/65,536 s. */
  uint32_t delay_since_last_sender_report = 0;
};

/** RFC 3550 section 6.4.1, sender info. */
struct SenderInfo {
  uint64_t ntp_timestamp = 0;
  uint32_t rtp_timestamp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;
};

/** What of a compound packet matters to us. */
struct RtcpSummary {
  uint32_t sender_ssrc = 0;
  std::optional<SenderInfo> sender_info;
  /** What the sender says of the stream whose SSRC was asked for. */
  std::optional<ReportBlock> about_us;
  /** The sender itself leaves; a BYE of another source does not count. */
  bool bye = false;
};

/** Nothing unless the datagram passes the checks of RFC 3550 appendix A.2. */
std::optional<RtcpSummary> parse_rtcp(std::span<const uint8_t> datagram, uint32_t own_ssrc);

/** A compound packet of ours: a report, the CNAME and perhaps a BYE (RFC 3550 section 6.1). */
struct RtcpReport {
  uint32_t ssrc = 0;
  /** Present when we sent since the last report: an SR, otherwise an RR. */
  std::optional<SenderInfo> sender_info;
  std::optional<ReportBlock> block;
  /** At most 63 bytes are taken. */
  std::span<const char> cname;
  bool bye = false;
};

using RtcpBuffer = std::array<uint8_t, 256>;

/** Returns the length. */
size_t serialize_rtcp(const RtcpReport& report, RtcpBuffer& buffer);

}  // namespace trunkline::rtp
