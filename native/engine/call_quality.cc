#include "call_quality.h"

#include <algorithm>
#include <cmath>

namespace trunkline::engine {
namespace {

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? kUnknown : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

/** G.107 section 7.6: the mean length of a gap, by what it would be if losses were independent. */
double burst_ratio(uint64_t lost, uint64_t gaps, double loss_percent) {
  if (gaps == 0) return 1;
  return static_cast<double>(lost) / static_cast<double>(gaps) * (1 - loss_percent / 100);
}

double half(double round_trip_ms) { return std::isnan(round_trip_ms) ? 0 : round_trip_ms / 2; }

double score(const rtp::EModelInput& input) { return rtp::mean_opinion_score(rtp::transmission_rating(input)); }

/** Unknown values do not count. */
double lower(double a, double b) { return std::fmin(a, b); }

}  // namespace

rtp::CodecImpairment impairment_of(codec::CodecId codec) {
  switch (codec) {
    case codec::CodecId::opus:
      // No recommendation has figures for it: this is G.711's, and the better for its in-band FEC.
      return {.equipment = 0, .loss_robustness = 30};
    case codec::CodecId::pcmu:
    case codec::CodecId::pcma:
    case codec::CodecId::g722:
    case codec::CodecId::l16:
      break;
  }
  // G.113 table I.4: G.711 with concealment. Wideband gains nothing on this scale, and loses as much.
  return {.equipment = 0, .loss_robustness = 25.1};
}

void CallQuality::start(codec::CodecId codec, int ptime_ms, int64_t now_ns) {
  codec_ = impairment_of(codec);
  ptime_ms_ = ptime_ms;
  if (next_ns_ == 0) next_ns_ = now_ns + kIntervalNs;
}

void CallQuality::on_peer_report(const rtp::ReportBlock& block, int clock_rate_hz) {
  peer_report_ = block;
  peer_jitter_ms_ = block.jitter * 1000.0 / clock_rate_hz;
  sent_jitter_ms_.add(peer_jitter_ms_);
  sent_lost_ = block.cumulative_lost;
}

void CallQuality::on_round_trip(double round_trip_ms) {
  last_round_trip_ms_ = round_trip_ms;
  round_trip_ms_.add(round_trip_ms);
}

QualityReport CallQuality::take_interval(const ReceivedTotals& totals, int64_t now_ns) {
  next_ns_ = now_ns + kIntervalNs;
  const uint64_t packets = totals.packets - before_.packets;
  const uint64_t lost = totals.lost - before_.lost;
  const uint64_t gaps = totals.gaps - before_.gaps;
  before_ = totals;
  QualityReport report;
  report.round_trip_ms = last_round_trip_ms_;
  if (packets > 0) {
    received_jitter_ms_.add(totals.jitter_ms);
    const double mos = received_mos(packets, lost, gaps, last_round_trip_ms_, totals.playout_delay_ms);
    lowest_received_ = lower(lowest_received_, mos);
    report.received = {percent(lost, packets + lost), totals.jitter_ms, mos, lowest_received_};
  }
  if (peer_report_) {
    const double loss_percent = peer_report_->fraction_lost * 100.0 / 256;
    const double mos = sent_mos(loss_percent, peer_jitter_ms_, last_round_trip_ms_);
    lowest_sent_ = lower(lowest_sent_, mos);
    report.sent = {loss_percent, peer_jitter_ms_, mos, lowest_sent_};
    peer_report_.reset();
  }
  return report;
}

QualityReport CallQuality::whole(const ReceivedTotals& totals, uint64_t packets_sent) const {
  QualityReport report;
  report.round_trip_ms = round_trip_ms_.value_or(kUnknown);
  if (totals.packets > 0) {
    const double mos =
        received_mos(totals.packets, totals.lost, totals.gaps, report.round_trip_ms, totals.playout_delay_ms);
    report.received = {percent(totals.lost, totals.packets + totals.lost),
                       received_jitter_ms_.value_or(totals.jitter_ms), mos, lower(lowest_received_, mos)};
  }
  const double jitter_ms = sent_jitter_ms_.value_or(kUnknown);
  if (!std::isnan(jitter_ms) && packets_sent > 0) {
    const auto lost = static_cast<uint64_t>(std::max(sent_lost_, 0));
    const double loss_percent = percent(std::min(lost, packets_sent), packets_sent);
    const double mos = sent_mos(loss_percent, jitter_ms, report.round_trip_ms);
    report.sent = {loss_percent, jitter_ms, mos, lower(lowest_sent_, mos)};
  }
  return report;
}

double CallQuality::received_mos(uint64_t packets, uint64_t lost, uint64_t gaps, double round_trip_ms,
                                 double playout_ms) const {
  const double loss_percent = percent(lost, packets + lost);
  return score({
      .delay_ms = half(round_trip_ms) + ptime_ms_ + playout_ms,
      .loss_percent = loss_percent,
      .burst_ratio = burst_ratio(lost, gaps, loss_percent),
      .codec = codec_,
  });
}

/** How long the peer buffers is not known: twice its jitter is what it needs. */
double CallQuality::sent_mos(double loss_percent, double jitter_ms, double round_trip_ms) const {
  return score({
      .delay_ms = half(round_trip_ms) + ptime_ms_ + 2 * jitter_ms,
      .loss_percent = loss_percent,
      .burst_ratio = 1,
      .codec = codec_,
  });
}

}  // namespace trunkline::engine
