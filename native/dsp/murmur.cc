#include "murmur.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace trunkline::dsp {
namespace {

constexpr double kRate = SoundCanvas::kRateHz;

/** Three formants of eight vowels, in Hz. */
constexpr std::array<std::array<double, 3>, 8> kVowelsHz{{{730, 1090, 2440},
                                                          {270, 2290, 3010},
                                                          {570, 840, 2410},
                                                          {530, 1840, 2480},
                                                          {300, 870, 2240},
                                                          {660, 1720, 2410},
                                                          {490, 1350, 1690},
                                                          {390, 1990, 2550}}};

class Resonator {
 public:
  void tune(double frequency_hz, double bandwidth_hz) {
    const double radius = std::exp(-std::numbers::pi * bandwidth_hz / kRate);
    turn_ = 2 * radius * std::cos(2 * std::numbers::pi * frequency_hz / kRate);
    square_ = radius * radius;
  }
  double pass(double input) {
    const double output = input * (1 - turn_ + square_) + turn_ * one_ - square_ * two_;
    two_ = one_;
    one_ = output;
    return output;
  }

 private:
  double turn_ = 0, square_ = 0;
  double one_ = 0, two_ = 0;
};

struct Syllable {
  size_t begin, length;
  std::array<double, 3> formants_hz;
  double loudness;
  double pitch;
  bool hisses;
};

std::vector<Syllable> syllables(const Speaker& speaker, SoundRandom& random, double seconds) {
  std::vector<Syllable> found;
  size_t at = 0;
  while (static_cast<double>(at) < seconds * kRate) {
    Syllable syllable{.begin = at, .length = static_cast<size_t>(random.between(0.10, 0.24) * kRate)};
    syllable.formants_hz = kVowelsHz[static_cast<size_t>(random.between(0, 7.999))];
    for (double& formant : syllable.formants_hz) formant *= random.between(0.94, 1.06) / speaker.tract;
    const double declination = 1.12 - 0.25 * static_cast<double>(at) / (seconds * kRate);
    syllable.pitch = speaker.pitch_hz * declination * random.between(0.92, 1.12);
    syllable.loudness = random.between(0.5, 1);
    syllable.hisses = random.between(0, 1) < 0.35;
    at += syllable.length;
    found.push_back(syllable);
  }
  return found;
}

/** One breath. */
std::vector<float> phrase(const Speaker& speaker, SoundRandom& random) {
  const auto plan = syllables(speaker, random, random.between(1, 3.2));
  std::vector<float> sound(plan.back().begin + plan.back().length + 800);
  std::array<Resonator, 3> tract;
  Resonator lips;
  lips.tune(3'600, 1'500);
  std::array<double, 3> formants = plan.front().formants_hz;
  double phase = 0, pitch = plan.front().pitch, source = 0, level = 0;
  for (const Syllable& syllable : plan) {
    for (size_t i = 0; i < syllable.length; ++i) {
      const double within = static_cast<double>(i) / static_cast<double>(syllable.length);
      if (i % 16 == 0) {
        for (size_t f = 0; f < 3; ++f) {
          formants[f] += (syllable.formants_hz[f] - formants[f]) * 0.035;
          tract[f].tune(formants[f], 70 + 50 * static_cast<double>(f));
        }
      }
      pitch += (syllable.pitch * random.between(0.985, 1.015) - pitch) * 0.001;
      phase += pitch / kRate;
      const double pulse = phase >= 1 ? 1 : 0;
      phase -= pulse;
      source = 0.6 * source + pulse;
      const double wanted = within < 0.22 ? 0.06 : syllable.loudness * (1 - 0.5 * within);
      level += (wanted - level) * 0.004;
      double wave = (source + 0.05 * random.noise()) * level;
      for (size_t f = 0; f < 3; ++f) wave = tract[f].pass(wave);
      const double hiss = syllable.hisses && within < 0.3 ? std::sin(std::numbers::pi * within / 0.3) : 0;
      wave += lips.pass(random.noise() * hiss * 0.25);
      sound[syllable.begin + i] = static_cast<float>(wave);
    }
  }
  const size_t fade = std::min<size_t>(1'200, sound.size());
  for (size_t i = 0; i < fade; ++i) sound[sound.size() - 1 - i] *= static_cast<float>(i) / static_cast<float>(fade);
  return sound;
}

}  // namespace

void add_murmur(SoundCanvas& canvas, const Speaker& speaker, SoundRandom& random, double gain) {
  const double begin = random.between(0, SoundCanvas::kSeconds);
  for (double at = 0; at < SoundCanvas::kSeconds - 1;) {
    const std::vector<float> sound = phrase(speaker, random);
    canvas.add(begin + at, sound, gain * random.between(0.6, 1));
    at += static_cast<double>(sound.size()) / kRate + random.between(0.2, 2 * speaker.pause_seconds);
  }
}

}  // namespace trunkline::dsp
