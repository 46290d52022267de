#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "../rtp/srtp_receiver.h"

namespace trunkline::engine {

/** Why a datagram went no further. The order is the wire between the engine and its driver. */
enum class Drop : uint8_t {
  /** Not RTP or RTCP, or its lengths are wrong. */
  malformed,
  /** Longer than any of ours. */
  oversized,
  /** Before `connect`. */
  early,
  /** Not from the peer. */
  foreign,
  /** Not agreed. */
  payload_type,
  /** SRTP: the tag is wrong, or there is none. */
  bad_tag,
  /** SRTP: came before. */
  replayed,
  /** More than twice real time. */
  flood,
  /** A sequence number that came before. */
  duplicate,
};

/** Of a packet that was not genuine. */
constexpr Drop drop_reason(rtp::SrtpReceiver::Verdict verdict) {
  if (verdict == rtp::SrtpReceiver::Verdict::forged) return Drop::bad_tag;
  return verdict == rtp::SrtpReceiver::Verdict::replayed ? Drop::replayed : Drop::malformed;
}

class DropCounts {
 public:
  static constexpr size_t kReasons = 9;

  void add(Drop reason) { ++counts_[static_cast<size_t>(reason)]; }
  uint64_t of(Drop reason) const { return counts_[static_cast<size_t>(reason)]; }
  void add(const DropCounts& more) {
    for (size_t i = 0; i < kReasons; ++i) counts_[i] += more.counts_[i];
  }
  uint64_t total() const { return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0}); }
  const std::array<uint64_t, kReasons>& all() const { return counts_; }

 private:
  std::array<uint64_t, kReasons> counts_{};
};

}  // namespace trunkline::engine
