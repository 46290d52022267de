#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * 16 kHz audio at half its rate, for detectors that listen below 3.3 kHz: what is above 5.2 kHz comes out 40 dB weaker.
 * Not good enough to be heard. Allocates nothing.
 */
class HalfRate {
 public:
  /** Returns how many samples it wrote: half of those given, an odd one waits for the next. `output` has room for them.
   */
  size_t process(std::span<const int16_t> input, std::span<int16_t> output);

 private:
  static constexpr size_t kTaps = 23;

  /** Twice the last `kTaps`, so that they are always in one piece. */
  std::array<float, 2 * kTaps> history_{};
  size_t next_ = 0;
  bool odd_ = false;
};

}  // namespace trunkline::dsp
