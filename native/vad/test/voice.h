#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

/** Speech-like sound at 8 or 16 kHz: pulses of a gliding pitch through three formants that move from vowel to vowel. */
class Voice {
 public:
  explicit Voice(int rate_hz = 8000) : rate_hz_(rate_hz) {}

  /** `level_dbfs` is the level of each stretch of 20 ms within the voice, about. */
  std::vector<int16_t> speak(int milliseconds, double level_dbfs = -20) {
    std::vector<double> wave(static_cast<size_t>(milliseconds * rate_hz_ / 1000));
    double energy = 0;
    for (double& sample : wave) {
      sample = next();
      energy += sample * sample;
    }
    const double gain = 32768 * std::pow(10, level_dbfs / 20) / std::sqrt(energy / static_cast<double>(wave.size()));
    std::vector<int16_t> samples;
    for (const double sample : wave) samples.push_back(clip(sample * gain));
    return samples;
  }

  std::vector<int16_t> noise(int milliseconds, double level_dbfs) {
    const double gain = 32768 * std::pow(10, level_dbfs / 20) * std::sqrt(3.0);
    std::vector<int16_t> samples(static_cast<size_t>(milliseconds * rate_hz_ / 1000));
    for (int16_t& sample : samples) sample = clip(uniform() * gain);
    return samples;
  }

 private:
  struct Resonator {
    double before = 0, before_that = 0;
    double pass(double input, double frequency_hz, double bandwidth_hz, double rate_hz) {
      const double radius = std::exp(-M_PI * bandwidth_hz / rate_hz);
      const double output = input * (1 - radius) + 2 * radius * std::cos(2 * M_PI * frequency_hz / rate_hz) * before -
                            radius * radius * before_that;
      before_that = before;
      before = output;
      return output;
    }
  };

  double next() {
    static constexpr double kVowelsHz[][3] = {{730, 1090, 2440}, {270, 2290, 3010}, {570, 840, 2410}, {530, 1840, 2480}, {300, 870, 2240}};
    const double t = static_cast<double>(time_++) / rate_hz_;
    const double turn = t / 0.16;
    const auto& from = kVowelsHz[static_cast<size_t>(turn) % 5];
    const auto& to = kVowelsHz[(static_cast<size_t>(turn) + 1) % 5];
    const double blend = turn - std::floor(turn);
    phase_ += (125 + 20 * std::sin(2 * M_PI * 1.3 * t)) / rate_hz_;
    double pulse = 0.02 * uniform();
    if (phase_ >= 1) {
      phase_ -= 1;
      pulse += 1;
    }
    double wave = 0;
    for (int i = 0; i < 3; ++i) {
      wave += formants_[i].pass(pulse, from[i] + (to[i] - from[i]) * blend, 80 + 40 * i, rate_hz_) / (1 + 0.6 * i);
    }
    return wave;
  }

  double uniform() {
    random_ = random_ * 1664525 + 1013904223;
    return static_cast<double>(static_cast<int32_t>(random_)) / 2147483648.0;
  }

  static int16_t clip(double value) { return static_cast<int16_t>(std::lround(std::fmin(std::fmax(value, -32768), 32767))); }

  double rate_hz_;
  uint32_t random_ = 1;
  int64_t time_ = 0;
  double phase_ = 0;
  Resonator formants_[3];
};
