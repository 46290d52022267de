#include "pitch.h"

#include <algorithm>
#include <cmath>

namespace trunkline::dsp {
namespace {

/** Below it the line is silent and repeats nothing: the RMS of two steps of 16 bits. */
constexpr float kLeastPower = 4;

template <size_t kStep>
float similarity(const int16_t* one, const int16_t* other, size_t count) {
  float product = 0;
  float power_one = 0;
  float power_other = 0;
  for (size_t i = 0; i < count; i += kStep) {
    const float a = one[i];
    const float b = other[i];
    product += a * b;
    power_one += a * a;
    power_other += b * b;
  }
  const float least = kLeastPower * static_cast<float>(count / kStep);
  return product / std::sqrt(std::max(power_one, least) * std::max(power_other, least));
}

}  // namespace

float correlation(std::span<const int16_t> one, std::span<const int16_t> other) {
  return similarity<1>(one.data(), other.data(), std::min(one.size(), other.size()));
}

Pitch find_pitch(std::span<const int16_t> history, size_t window, size_t least, size_t most) {
  const int16_t* last = history.data() + history.size() - window;
  Pitch coarse{least, -1};
  for (size_t lag = least; lag <= most; lag += 2) {
    const float each = similarity<2>(last, last - lag, window);
    if (each > coarse.correlation) coarse = {lag, each};
  }
  Pitch best{coarse.lag, -1};
  for (size_t lag = std::max(coarse.lag - 1, least); lag <= std::min(coarse.lag + 1, most); ++lag) {
    const float each = similarity<1>(last, last - lag, window);
    if (each > best.correlation) best = {lag, each};
  }
  return best;
}

}  // namespace trunkline::dsp
