#pragma once

#include <cstdint>
#include <optional>

#include "rtcp_packet.h"

namespace trunkline::rtp {

/** Loss and jitter of one source as RFC 3550 appendices A.3 and A.8 count them. */
class ReceptionStats {
 public:
  /** A packet of the source, whatever its order. */
  void on_packet(uint16_t sequence_number, uint32_t timestamp, int64_t arrival_ns);
  /** One whose timestamp is not that of its departure: an RFC 4733 event has that of its beginning. */
  void on_untimed_packet(uint16_t sequence_number);
  void on_sender_report(uint64_t ntp_timestamp, int64_t arrival_ns);
  /** A new source: the sequence begins anew. */
  void restart(uint32_t ssrc);
  /** Of the RTP timestamps; 8000 until told. */
  void set_clock_rate(int hz);

  bool active() const { return received_ > 0; }
  double jitter_ms() const { return jitter_ * 1000 / clock_rate_hz_; }
  /** Closes the interval that `fraction_lost` is about. */
  ReportBlock take_report(int64_t now_ns);

 private:
  void track_sequence(uint16_t sequence_number);
  void track_jitter(uint32_t timestamp, int64_t arrival_ns);
  int64_t expected() const { return static_cast<int64_t>(highest_) - base_ + 1; }

  int clock_rate_hz_ = 8000;
  uint32_t ssrc_ = 0;
  uint32_t received_ = 0;
  uint32_t base_ = 0;
  /** Extended by the count of wraps. */
  uint32_t highest_ = 0;
  int64_t expected_before_ = 0;
  uint32_t received_before_ = 0;
  double jitter_ = 0;
  std::optional<uint32_t> last_transit_;
  uint32_t last_sender_report_ = 0;
  int64_t last_sender_report_ns_ = 0;
};

}  // namespace trunkline::rtp
