#include "half_rate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace trunkline::dsp {
namespace {

/** Half-band low-pass: a sinc under a Hamming window. */
template <size_t N>
struct HalfBand {
  std::array<float, N> taps;

  HalfBand() {
    constexpr int kCentre = N / 2;
    double sum = 0;
    for (int i = 0; i < static_cast<int>(N); ++i) {
      const double at = M_PI * (i - kCentre) / 2;
      const double window = 0.54 + 0.46 * std::cos(M_PI * (i - kCentre) / (kCentre + 1));
      taps[i] = static_cast<float>(window * (i == kCentre ? 1 : std::sin(at) / at));
      sum += taps[i];
    }
    for (float& tap : taps) tap = static_cast<float>(tap / sum);
  }
};

}  // namespace

size_t HalfRate::process(std::span<const int16_t> input, std::span<int16_t> output) {
  static const HalfBand<kTaps> kFilter;
  size_t written = 0;
  for (const int16_t sample : input) {
    history_[next_] = history_[next_ + kTaps] = sample;
    next_ = (next_ + 1) % kTaps;
    odd_ = !odd_;
    if (odd_) continue;
    std::array<float, 4> sums{};
    for (size_t i = 0; i + 4 <= kTaps; i += 4) {
      for (size_t lane = 0; lane < 4; ++lane) sums[lane] += kFilter.taps[i + lane] * history_[next_ + i + lane];
    }
    float sum = sums[0] + sums[1] + sums[2] + sums[3];
    for (size_t i = kTaps / 4 * 4; i < kTaps; ++i) sum += kFilter.taps[i] * history_[next_ + i];
    output[written++] = static_cast<int16_t>(std::lround(std::clamp(sum, -32768.0f, 32767.0f)));
  }
  return written;
}

}  // namespace trunkline::dsp
