#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace trunkline::engine {

struct Pacing {
  double p99_ms = 0;
  double max_ms = 0;
};

/** How late packets left, in steps of 50 us up to 50 ms. Written by media threads, read by the control thread. */
class PacingHistogram {
 public:
  void add(int64_t late_ns);
  /** Since the last call. */
  Pacing take();

 private:
  static constexpr int64_t kStepNs = 50'000;
  static constexpr size_t kSteps = 1000;

  std::array<std::atomic<uint32_t>, kSteps> counts_{};
  std::atomic<int64_t> worst_ns_{0};
};

}  // namespace trunkline::engine
