#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace trunkline::test {

inline constexpr double kToneAmplitude = 16000;

inline std::vector<int16_t> tone(double frequency_hz, int rate_hz, int count, double amplitude = kToneAmplitude) {
  std::vector<int16_t> samples(count);
  for (int i = 0; i < count; ++i) {
    samples[i] = static_cast<int16_t>(std::lround(amplitude * std::sin(2 * M_PI * frequency_hz * i / rate_hz)));
  }
  return samples;
}

struct ToneFit {
  /** Of the tone itself and of all else, relative to an amplitude of `kToneAmplitude`. */
  double tone_db;
  double rest_db;
};

/** Fits a tone of the frequency by least squares. */
inline ToneFit fit_tone(std::span<const int16_t> samples, double frequency_hz, double rate_hz) {
  double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, xx = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * M_PI * frequency_hz * static_cast<double>(i) / rate_hz;
    const double c = std::cos(angle), s = std::sin(angle), x = samples[i];
    cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s, xx += x * x;
  }
  const double determinant = cc * ss - cs * cs;
  const double a = (xc * ss - xs * cs) / determinant;
  const double b = (xs * cc - xc * cs) / determinant;
  const double rest = std::max(xx - a * xc - b * xs, 0.0);
  const double whole = kToneAmplitude * kToneAmplitude / 2;
  return {10 * std::log10((a * a + b * b) / 2 / whole + 1e-12),
          10 * std::log10(rest / static_cast<double>(samples.size()) / whole + 1e-12)};
}

inline double power_db(std::span<const int16_t> samples) {
  double power = 0;
  for (const int16_t sample : samples) power += static_cast<double>(sample) * sample;
  return 10 * std::log10(power / static_cast<double>(samples.size()) / (kToneAmplitude * kToneAmplitude / 2) + 1e-12);
}

}  // namespace trunkline::test
