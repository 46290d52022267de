#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/** How well a signal repeats itself after `lag` samples: -1 to 1, 0 for silence. */
struct Pitch {
  size_t lag = 0;
  float correlation = 0;
};

/** Voices repeat within 15 ms (66 Hz). */
inline constexpr size_t longest_lag(int sample_rate_hz) { return static_cast<size_t>(sample_rate_hz) * 15 / 1000; }

/** Normalized cross-correlation of two equally long pieces. */
float correlation(std::span<const int16_t> one, std::span<const int16_t> other);

/**
 * The lag between `least` and `most` at which the last `window` samples of `history` look most like those before them.
 * Coarse search on every other sample, then the neighbours: at most some 5,000 multiplications at 8 kHz, 20,000 at 16.
 * `history` is at least `window + most` long.
 */
Pitch find_pitch(std::span<const int16_t> history, size_t window, size_t least, size_t most);

}  // namespace trunkline::dsp
