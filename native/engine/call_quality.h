#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "../codec/audio_codec.h"
#include "../rtp/quality.h"
#include "../rtp/rtcp_packet.h"

namespace trunkline::engine {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/** Each figure is `kUnknown` while there is nothing to make it from. */
struct DirectionQuality {
  double loss_percent = kUnknown;
  double jitter_ms = kUnknown;
  double mos = kUnknown;
  /** Of the intervals so far. */
  double lowest_mos = kUnknown;
};

struct QualityReport {
  /** What we hear of the peer. */
  DirectionQuality received;
  /** What the peer says in its RTCP of what it hears of us. */
  DirectionQuality sent;
  double round_trip_ms = kUnknown;
};

/** Since the session was opened. */
struct ReceivedTotals {
  uint64_t packets = 0;
  /** Those that came too late are lost, too. */
  uint64_t lost = 0;
  /** Losses in a row are one. */
  uint64_t gaps = 0;
  double jitter_ms = 0;
  /** What the jitter buffer adds. */
  double playout_delay_ms = 0;
};

/** ITU-T G.113 on the narrowband scale of the E-model. */
rtp::CodecImpairment impairment_of(codec::CodecId codec);

/** How a call sounds both ways, by intervals and as a whole. Sans-IO. */
class CallQuality {
 public:
  static constexpr int64_t kIntervalNs = 5'000'000'000;

  void start(codec::CodecId codec, int ptime_ms, int64_t now_ns);
  bool due(int64_t now_ns) const { return now_ns >= next_ns_; }

  /** `clock_rate_hz` is that of what we send. */
  void on_peer_report(const rtp::ReportBlock& block, int clock_rate_hz);
  void on_round_trip(double round_trip_ms);

  /** Of the time since the last one. */
  QualityReport take_interval(const ReceivedTotals& totals, int64_t now_ns);
  QualityReport whole(const ReceivedTotals& totals, uint64_t packets_sent) const;

 private:
  /** A figure that comes now and then. */
  class Mean {
   public:
    void add(double value) {
      sum_ += value;
      ++count_;
    }
    double value_or(double otherwise) const { return count_ == 0 ? otherwise : sum_ / count_; }

   private:
    double sum_ = 0;
    int count_ = 0;
  };

  double received_mos(uint64_t packets, uint64_t lost, uint64_t gaps, double round_trip_ms, double playout_ms) const;
  double sent_mos(double loss_percent, double jitter_ms, double round_trip_ms) const;

  rtp::CodecImpairment codec_;
  double ptime_ms_ = 20;
  int64_t next_ns_ = 0;
  ReceivedTotals before_;
  Mean received_jitter_ms_;
  double lowest_received_ = kUnknown;
  /** Since the last interval. */
  std::optional<rtp::ReportBlock> peer_report_;
  double peer_jitter_ms_ = kUnknown;
  Mean sent_jitter_ms_;
  int32_t sent_lost_ = 0;
  double lowest_sent_ = kUnknown;
  double last_round_trip_ms_ = kUnknown;
  Mean round_trip_ms_;
};

}  // namespace trunkline::engine
