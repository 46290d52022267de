#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "gain_ramp.h"

namespace trunkline::dsp {

/**
 * Makes the seams of a signal inaudible: where one sound stops in mid-wave (the source ran dry, say) its last period
 * goes on for 20 ms, fading; where one begins in mid-wave it fades in. A step of less than -40 dBFS is left alone, so
 * that audio which fits is joined as it is. Slots in order, one thread, allocates nothing.
 */
class SeamSmoother {
 public:
  explicit SeamSmoother(int sample_rate_hz);

  /** Changes `slot` in place. `seams` are rising indices of samples that do not continue those before them. */
  void apply(std::span<int16_t> slot, std::span<const size_t> seams);

 private:
  static constexpr size_t kMostSlot = 320;

  void join(std::span<int16_t> slot, size_t at);
  void begin_tail(std::span<const int16_t> slot, size_t at);
  void go_on(std::span<int16_t> piece);
  /** The sample `back` before `at`, 1 being the one just before. */
  int16_t sample_before(std::span<const int16_t> slot, size_t at, size_t back) const;

  size_t slot_samples_;
  /** The slot before. */
  std::array<int16_t, kMostSlot> last_{};
  std::array<int16_t, kMostSlot> tail_{};
  /** Of the tail, samples played; `slot_samples_` = none left. */
  size_t tail_position_;
  GainRamp entry_;
};

}  // namespace trunkline::dsp
