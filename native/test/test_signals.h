#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <span>
#include <vector>

namespace trunkline::test {

inline std::vector<int16_t> sine(double frequency_hz, int sample_rate_hz, size_t samples, double amplitude) {
  std::vector<int16_t> pcm(samples);
  for (size_t i = 0; i < samples; ++i) {
    pcm[i] = static_cast<int16_t>(
        std::lrint(amplitude * std::sin(2 * std::numbers::pi * frequency_hz * i / sample_rate_hz)));
  }
  return pcm;
}

inline std::vector<int16_t> noise(unsigned seed, size_t samples, int amplitude) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(-amplitude, amplitude);
  std::vector<int16_t> pcm(samples);
  for (int16_t& sample : pcm) sample = static_cast<int16_t>(std::clamp(value(random), -32768, 32767));
  return pcm;
}

/** Glottal pulses of wandering pitch through three wandering formants, in syllables with pauses: has what speech coders
 * live on. */
inline std::vector<int16_t> speech(unsigned seed, int sample_rate_hz, size_t samples) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  const double pi = std::numbers::pi;
  std::vector<int16_t> pcm(samples);
  double phase = 0;
  double state[3][2] = {};
  for (size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / sample_rate_hz;
    const double pitch_hz = 130 + 30 * std::sin(2 * pi * 0.7 * t) + 8 * std::sin(2 * pi * 3.1 * t);
    phase += pitch_hz / sample_rate_hz;
    double pulse = 0;
    if (phase >= 1) {
      phase -= 1;
      pulse = 1;
    }
    const double syllable = std::fmod(t * 3.3, 1.0);
    const double envelope = syllable < 0.75 ? std::sin(pi * syllable / 0.75) : 0;
    const bool fricative = std::fmod(t * 3.3, 4.0) > 3;
    double value = (fricative ? 0.15 * uniform(random) : pulse + 0.01 * uniform(random)) * envelope;
    const double formants[3] = {550 + 200 * std::sin(2 * pi * 1.1 * t), 1500 + 500 * std::sin(2 * pi * 0.9 * t), 2600};
    for (int f = 0; f < 3; ++f) {
      const double radius = std::exp(-pi * 90 * (f + 1) / sample_rate_hz);
      const double next = value + 2 * radius * std::cos(2 * pi * formants[f] / sample_rate_hz) * state[f][0] -
                          radius * radius * state[f][1];
      state[f][1] = state[f][0];
      state[f][0] = next;
      value = f == 0 ? next : value * 0.3 + next * 0.1;
    }
    pcm[i] = static_cast<int16_t>(std::clamp(value * 5000, -32000.0, 32000.0));
  }
  return pcm;
}

/** Of `heard` against `meant`, with the gain that fits best taken out, in dB. */
inline double signal_to_noise_db(std::span<const int16_t> meant, std::span<const int16_t> heard) {
  double cross = 0;
  double meant_power = 0;
  double heard_power = 0;
  const size_t count = std::min(meant.size(), heard.size());
  for (size_t i = 0; i < count; ++i) {
    cross += static_cast<double>(meant[i]) * heard[i];
    meant_power += static_cast<double>(meant[i]) * meant[i];
    heard_power += static_cast<double>(heard[i]) * heard[i];
  }
  const double explained = meant_power > 0 ? cross * cross / meant_power : 0;
  return 10 * std::log10(explained / std::max(heard_power - explained, 1e-9));
}

inline double level_db(std::span<const int16_t> pcm) {
  double power = 1e-9;
  for (const int16_t sample : pcm) power += static_cast<double>(sample) * sample;
  return 10 * std::log10(power / static_cast<double>(pcm.size()));
}

}  // namespace trunkline::test
