#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace trunkline::dsp {

/** What 32 ms of 8 kHz audio are, as far as tones go. */
struct ToneFrame {
  enum class Kind { silent, one_tone, two_tones, other };

  Kind kind = Kind::silent;
  /** Mean square of the samples. */
  float power = 0;
  /** The lower of two; nothing else holds more than a tenth of the energy. To 2 Hz. */
  float low_hz = 0;
  float high_hz = 0;
};

/**
 * One or two steady tones between 300 and 2,300 Hz, from a Hann window and an FFT of 256 samples. Tones less than 80 Hz
 * apart are one that wobbles. Allocates nothing.
 */
inline constexpr size_t kToneFrameSamples = 256;
ToneFrame analyse_tones(std::span<const float, kToneFrameSamples> samples);

}  // namespace trunkline::dsp
