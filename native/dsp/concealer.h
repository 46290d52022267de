#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/** Fills in for lost audio: the last 20 ms again, fading out over three frames, then silence. */
class Concealer {
 public:
  static constexpr size_t kFrameSamples = 160;

  /** The last audio that really came. */
  void remember(std::span<const int16_t> samples);
  void conceal(std::span<int16_t, kFrameSamples> frame);
  /** What is missing from here on was silence. */
  void reset();

 private:
  std::array<int16_t, kFrameSamples> last_{};
  int repeated_ = 0;
};

}  // namespace trunkline::dsp
