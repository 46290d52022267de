#include "reorder_wait.h"

#include <algorithm>

namespace trunkline::rtp {
namespace {

constexpr int64_t kMarginNs = 1'000'000;
/** 2 ms a second. */
constexpr int64_t kDecayDivisor = 500;

}  // namespace

int64_t ReorderWait::at(int64_t now_ns) const {
  return std::max<int64_t>(peak_ns_ - std::max<int64_t>(now_ns - peak_at_ns_, 0) / kDecayDivisor, 0);
}

void ReorderWait::on_overtaken(int64_t behind_ns, int64_t now_ns) {
  if (behind_ns > kLongestNs) return;
  const int64_t needed_ns = std::min(behind_ns + behind_ns / 4 + kMarginNs, kLongestNs);
  if (needed_ns < at(now_ns)) return;
  peak_ns_ = needed_ns;
  peak_at_ns_ = now_ns;
}

}  // namespace trunkline::rtp
