#include "reception_stats.h"

#include <algorithm>
#include <cmath>

namespace trunkline::rtp {
namespace {

constexpr int32_t kMostLost = 0x7FFFFF;

uint8_t fraction(int64_t lost, int64_t expected) {
  if (expected <= 0 || lost <= 0) return 0;
  return static_cast<uint8_t>(std::min<int64_t>((lost << 8) / expected, 255));
}

}  // namespace

void ReceptionStats::restart(uint32_t ssrc) {
  const int clock_rate_hz = clock_rate_hz_;
  *this = ReceptionStats{};
  clock_rate_hz_ = clock_rate_hz;
  ssrc_ = ssrc;
}

/** What was measured stays, in the new units; transit times of two clocks have nothing to do with each other. */
void ReceptionStats::set_clock_rate(int hz) {
  if (hz == clock_rate_hz_) return;
  jitter_ = jitter_ * hz / clock_rate_hz_;
  clock_rate_hz_ = hz;
  last_transit_.reset();
}

void ReceptionStats::on_packet(uint16_t sequence_number, uint32_t timestamp, int64_t arrival_ns) {
  track_jitter(timestamp, arrival_ns);
  on_untimed_packet(sequence_number);
}

void ReceptionStats::on_untimed_packet(uint16_t sequence_number) {
  track_sequence(sequence_number);
  ++received_;
}

void ReceptionStats::track_sequence(uint16_t sequence_number) {
  if (received_ == 0) {
    base_ = highest_ = sequence_number;
    return;
  }
  const auto ahead = static_cast<int16_t>(sequence_number - static_cast<uint16_t>(highest_));
  if (ahead > 0) highest_ += static_cast<uint32_t>(ahead);
}

void ReceptionStats::track_jitter(uint32_t timestamp, int64_t arrival_ns) {
  const int64_t arrival_units = arrival_ns / 1000 * clock_rate_hz_ / 1'000'000;
  const auto transit = static_cast<uint32_t>(arrival_units) - timestamp;
  if (last_transit_) {
    const double change = std::abs(static_cast<double>(static_cast<int32_t>(transit - *last_transit_)));
    // By a second and more: the sender's clock was set anew, which says nothing of the network.
    if (change < clock_rate_hz_) jitter_ += (change - jitter_) / 16;
  }
  last_transit_ = transit;
}

void ReceptionStats::on_sender_report(uint64_t ntp_timestamp, int64_t arrival_ns) {
  last_sender_report_ = static_cast<uint32_t>(ntp_timestamp >> 16);
  last_sender_report_ns_ = arrival_ns;
}

ReportBlock ReceptionStats::take_report(int64_t now_ns) {
  const int64_t expected_now = expected();
  const int64_t expected_interval = expected_now - expected_before_;
  const int64_t lost_interval = expected_interval - static_cast<int64_t>(received_ - received_before_);
  expected_before_ = expected_now;
  received_before_ = received_;
  const int64_t lost = expected_now - static_cast<int64_t>(received_);
  const bool reported = last_sender_report_ns_ != 0;
  const double since_s = reported ? static_cast<double>(now_ns - last_sender_report_ns_) / 1e9 : 0;
  return ReportBlock{
      .ssrc = ssrc_,
      .fraction_lost = fraction(lost_interval, expected_interval),
      .cumulative_lost = static_cast<int32_t>(std::clamp<int64_t>(lost, -kMostLost - 1, kMostLost)),
      .extended_highest_sequence = highest_,
      .jitter = static_cast<uint32_t>(jitter_),
      .last_sender_report = last_sender_report_,
      .delay_since_last_sender_report = static_cast<uint32_t>(since_s * 65536),
  };
}

}  // namespace trunkline::rtp
