#include "pacing_histogram.h"

#include <algorithm>

namespace trunkline::engine {

void PacingHistogram::add(int64_t late_ns) {
  const auto step = static_cast<size_t>(std::clamp<int64_t>(late_ns / kStepNs, 0, kSteps - 1));
  counts_[step].fetch_add(1, std::memory_order_relaxed);
  int64_t worst = worst_ns_.load(std::memory_order_relaxed);
  while (late_ns > worst && !worst_ns_.compare_exchange_weak(worst, late_ns, std::memory_order_relaxed)) {
  }
}

Pacing PacingHistogram::take() {
  std::array<uint32_t, kSteps> counts;
  uint64_t total = 0;
  for (size_t i = 0; i < kSteps; ++i) {
    counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
    total += counts[i];
  }
  const double worst_ms = static_cast<double>(worst_ns_.exchange(0, std::memory_order_relaxed)) / 1e6;
  const uint64_t above = total / 100;
  uint64_t seen = 0;
  for (size_t i = kSteps; i-- > 0;) {
    seen += counts[i];
    const double upper_ms = static_cast<double>((static_cast<int64_t>(i) + 1) * kStepNs) / 1e6;
    if (seen > above) return {std::min(i == kSteps - 1 ? worst_ms : upper_ms, worst_ms), worst_ms};
  }
  return {0, worst_ms};
}

}  // namespace trunkline::engine
