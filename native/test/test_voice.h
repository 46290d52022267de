#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <vector>

namespace trunkline::test {

inline std::vector<int16_t> tone(double frequency_hz, int rate_hz, size_t count, double peak = 8000) {
  std::vector<int16_t> samples(count);
  for (size_t i = 0; i < count; ++i) {
    samples[i] =
        static_cast<int16_t>(std::lround(peak * std::sin(2 * M_PI * frequency_hz * static_cast<double>(i) / rate_hz)));
  }
  return samples;
}

inline std::vector<int16_t> noise(size_t count, double rms, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, rms);
  std::vector<int16_t> samples(count);
  for (int16_t& sample : samples) sample = static_cast<int16_t>(std::clamp(normal(random), -32000.0, 32000.0));
  return samples;
}

/** Speech-like: pulses of a gliding pitch through two formants, in phrases of 700 ms with 300 ms of faint noise
 * between. */
inline std::vector<int16_t> voice(int rate_hz, int duration_ms, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> hiss(0, 12);
  std::vector<int16_t> samples(static_cast<size_t>(rate_hz) * static_cast<size_t>(duration_ms) / 1000);
  double phase = 0;
  double state[2][2] = {};
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    const double in_phrase = std::fmod(t, 1.0) / 0.7;
    const double level = in_phrase < 1 ? std::pow(std::sin(M_PI * in_phrase), 0.5) : 0;
    phase += (130 + 25 * std::sin(2 * M_PI * 0.9 * t)) / rate_hz;
    double wave = 0;
    if (phase >= 1) {
      phase -= 1;
      wave = 1;
    }
    for (int k = 0; k < 2; ++k) {
      const double frequency_hz =
          k == 0 ? 500 + 200 * std::sin(2 * M_PI * 2.1 * t) : 1500 + 500 * std::sin(2 * M_PI * 1.3 * t);
      const double radius = std::exp(-M_PI * (100 + 50 * k) / rate_hz);
      const double out =
          wave + 2 * radius * std::cos(2 * M_PI * frequency_hz / rate_hz) * state[k][0] - radius * radius * state[k][1];
      state[k][1] = state[k][0];
      state[k][0] = out;
      wave = out;
    }
    samples[i] =
        static_cast<int16_t>(std::clamp(wave * 900 * 8000 / rate_hz * level + hiss(random), -30000.0, 30000.0));
  }
  return samples;
}

/** The largest difference of two neighbours: a click is one that the signal itself does not have. */
inline int largest_step(std::span<const int16_t> samples) {
  int largest = 0;
  for (size_t i = 1; i < samples.size(); ++i) largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  return largest;
}

inline double rms(std::span<const int16_t> samples) {
  double sum = 0;
  for (const int16_t sample : samples) sum += static_cast<double>(sample) * sample;
  return samples.empty() ? 0 : std::sqrt(sum / static_cast<double>(samples.size()));
}

}  // namespace trunkline::test
