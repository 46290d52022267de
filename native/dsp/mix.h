#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/** Adds as many as fit both, with saturation. */
inline void mix_into(std::span<int16_t> sum, std::span<const int16_t> more) {
  const size_t count = std::min(sum.size(), more.size());
  for (size_t i = 0; i < count; ++i) {
    sum[i] = static_cast<int16_t>(std::clamp<int>(sum[i] + more[i], INT16_MIN, INT16_MAX));
  }
}

}  // namespace trunkline::dsp
