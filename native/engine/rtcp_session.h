#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "../rtp/endpoint.h"
#include "../rtp/reception_stats.h"
#include "../rtp/rtcp_packet.h"

namespace trunkline::engine {

/** What was sent so far, for the sender report. */
struct SentStream {
  uint32_t ssrc = 0;
  /** Of the next packet, which is due now. */
  uint32_t rtp_timestamp = 0;
  uint64_t packets = 0;
  uint64_t octets = 0;
};

/** What a peer says of what we send. */
struct PeerReport {
  std::optional<rtp::ReportBlock> block;
  /** When it answers a report of ours. */
  std::optional<double> round_trip_ms;
};

/** The same instant on both clocks, and whether it is the last report. */
struct ReportTime {
  int64_t monotonic_ns = 0;
  int64_t realtime_ns = 0;
  bool bye = false;
};

/** RFC 3550 section 6 for two parties: when a report is due, and what is in it. Sans-IO. */
class RtcpSession {
 public:
  RtcpSession();

  void start(int64_t now_ns) { schedule(now_ns); }
  bool due(int64_t now_ns) const { return now_ns >= next_ns_; }
  /** Writes a report (and a BYE) into `buffer` and returns its length. */
  size_t report(const SentStream& sent, rtp::ReceptionStats& reception, const ReportTime& time,
                rtp::RtcpBuffer& buffer);
  /** Nothing when it is not RTCP. */
  std::optional<PeerReport> handle_datagram(std::span<const uint8_t> datagram, uint32_t own_ssrc, int64_t arrival_ns,
                                            rtp::ReceptionStats& reception);

 private:
  void schedule(int64_t now_ns);
  std::optional<double> round_trip_ms(const rtp::ReportBlock& block, int64_t arrival_ns) const;

  std::array<char, 16> cname_;
  int64_t next_ns_ = 0;
  /** Ours, as last reported. */
  uint32_t ssrc_ = 0;
  uint64_t reported_packets_ = 0;
  /** The last few sender reports of ours, by the middle of their NTP timestamp: a step of that clock does not matter.
   */
  struct Sent {
    uint32_t middle = 0;
    int64_t at_ns = 0;
  };
  std::array<Sent, 4> reports_{};
  size_t reports_sent_ = 0;
};

}  // namespace trunkline::engine
