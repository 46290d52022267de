#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace trunkline::rtp {

/** So many units a second in the long run, and at once no more than come in `burst_s` seconds. Sans-IO. */
class RateLimit {
 public:
  constexpr RateLimit(int64_t units_per_s, int64_t burst_s)
      : unit_ns_(1'000'000'000 / units_per_s), burst_ns_(burst_s * 1'000'000'000) {}

  /** False: too much by now, and nothing is counted. */
  bool admit(size_t units, int64_t now_ns) {
    const int64_t used_until_ns = std::max(used_until_ns_, now_ns) + static_cast<int64_t>(units) * unit_ns_;
    if (used_until_ns - now_ns > burst_ns_) return false;
    used_until_ns_ = used_until_ns;
    return true;
  }

 private:
  int64_t unit_ns_;
  int64_t burst_ns_;
  /** When everything admitted so far would have come at the long-run rate. */
  int64_t used_until_ns_ = 0;
};

}  // namespace trunkline::rtp
