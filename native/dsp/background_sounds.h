#pragma once

#include <cstdint>
#include <vector>

namespace trunkline::dsp {

enum class BackgroundKind : uint8_t { office, cafe, street, call_centre, keyboard };

inline constexpr int kBackgroundKinds = 5;

/** RMS of every loop. What is louder than 18 dB above it is bent down. */
inline constexpr double kBackgroundLoopDbfs = -26;

/** A loop of 24 s without a seam, made by this project from noise, filters and a voice synthesiser: the same on each
 * run. */
struct BackgroundSound {
  std::vector<int16_t> at_8khz;
  std::vector<int16_t> at_16khz;
};

/** Takes some tenths of a second: never on a thread that has something else to do. */
BackgroundSound make_background_sound(BackgroundKind kind);

}  // namespace trunkline::dsp
