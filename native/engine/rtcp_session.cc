#include "rtcp_session.h"

#include <algorithm>
#include <string_view>

#include "random.h"

namespace trunkline::engine {
namespace {

constexpr double kMostClockErrorMs = 5;
constexpr int64_t kIntervalNs = 5'000'000'000;
/** From 1900 to 1970. */
constexpr uint64_t kNtpEpochOffsetS = 2'208'988'800;

uint64_t ntp_timestamp(int64_t realtime_ns) {
  const auto ns = static_cast<uint64_t>(realtime_ns);
  const uint64_t seconds = ns / 1'000'000'000 + kNtpEpochOffsetS;
  const uint64_t fraction = ((ns % 1'000'000'000) << 32) / 1'000'000'000;
  return seconds << 32 | fraction;
}

}  // namespace

/** RFC 7022 section 4.2: a random name for each session. */
RtcpSession::RtcpSession() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz012345";
  for (char& letter : cname_) letter = letters[random_u32() % letters.size()];
}

size_t RtcpSession::report(const SentStream& sent, rtp::ReceptionStats& reception, const ReportTime& time,
                           rtp::RtcpBuffer& buffer) {
  rtp::RtcpReport report{.ssrc = sent.ssrc, .sender_info = {}, .block = {}, .cname = cname_, .bye = time.bye};
  if (sent.ssrc != ssrc_) reported_packets_ = 0;
  ssrc_ = sent.ssrc;
  if (sent.packets > reported_packets_) {
    report.sender_info = rtp::SenderInfo{
        .ntp_timestamp = ntp_timestamp(time.realtime_ns),
        .rtp_timestamp = sent.rtp_timestamp,
        .packets = static_cast<uint32_t>(sent.packets),
        .octets = static_cast<uint32_t>(sent.octets),
    };
    const auto middle = static_cast<uint32_t>(report.sender_info->ntp_timestamp >> 16);
    reports_[reports_sent_++ % reports_.size()] = {middle, time.monotonic_ns};
  }
  if (reception.active()) report.block = reception.take_report(time.monotonic_ns);
  reported_packets_ = sent.packets;
  schedule(time.monotonic_ns);
  return rtp::serialize_rtcp(report, buffer);
}

std::optional<PeerReport> RtcpSession::handle_datagram(std::span<const uint8_t> datagram, uint32_t own_ssrc,
                                                       int64_t arrival_ns, rtp::ReceptionStats& reception) {
  const auto summary = rtp::parse_rtcp(datagram, own_ssrc);
  if (!summary) return std::nullopt;
  if (summary->sender_info) reception.on_sender_report(summary->sender_info->ntp_timestamp, arrival_ns);
  PeerReport report{.block = summary->about_us, .round_trip_ms = {}};
  if (report.block) report.round_trip_ms = round_trip_ms(*report.block, arrival_ns);
  return report;
}

/** RFC 3550 section 6.4.1. Nothing when the peer answers no report of ours, or claims to have held it for too long. */
std::optional<double> RtcpSession::round_trip_ms(const rtp::ReportBlock& block, int64_t arrival_ns) const {
  const auto known = std::span(reports_).first(std::min(reports_sent_, reports_.size()));
  const auto answered = std::ranges::find(known, block.last_sender_report, &Sent::middle);
  if (answered == known.end()) return std::nullopt;
  const double held_ms = block.delay_since_last_sender_report * 1000.0 / 65536;
  const double round_trip_ms = static_cast<double>(arrival_ns - answered->at_ns) / 1e6 - held_ms;
  // Clocks run at slightly different speeds and are read at slightly different places.
  if (round_trip_ms < -kMostClockErrorMs) return std::nullopt;
  return std::max(round_trip_ms, 0.0);
}

/** RFC 3550 section 6.2: between half and one and a half of the interval, so that parties do not fall into step. */
void RtcpSession::schedule(int64_t now_ns) {
  next_ns_ = now_ns + kIntervalNs / 2 + static_cast<int64_t>(random_u32() % 1000) * (kIntervalNs / 1000);
}

}  // namespace trunkline::engine
