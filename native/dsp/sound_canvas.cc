#include "sound_canvas.h"

#include <array>
#include <cmath>
#include <numbers>

namespace trunkline::dsp {
namespace {

using std::numbers::pi;

/** Long enough for every filter and room of ours to forget. */
constexpr size_t kWarmUp = SoundCanvas::kRateHz * 2;

struct Corner {
  double cosine, alpha;
};

Corner corner(double frequency_hz, double q) {
  const double omega = 2 * pi * frequency_hz / SoundCanvas::kRateHz;
  return {std::cos(omega), std::sin(omega) / (2 * q)};
}

Biquad scaled(Biquad biquad, double a0) {
  return {biquad.b0 / a0, biquad.b1 / a0, biquad.b2 / a0, biquad.a1 / a0, biquad.a2 / a0};
}

/** A delay that feeds back into itself, with the damping of walls. */
class Comb {
 public:
  Comb(size_t delay, double decay) : line_(delay), decay_(static_cast<float>(decay)) {}
  float pass(float input) {
    const float out = line_[at_];
    damped_ += 0.45f * (out - damped_);
    line_[at_] = input + damped_ * decay_;
    at_ = (at_ + 1) % line_.size();
    return out;
  }

 private:
  std::vector<float> line_;
  size_t at_ = 0;
  float decay_;
  float damped_ = 0;
};

class AllPass {
 public:
  explicit AllPass(size_t delay) : line_(delay) {}
  float pass(float input) {
    const float held = line_[at_];
    const float stored = input + 0.6f * held;
    line_[at_] = stored;
    at_ = (at_ + 1) % line_.size();
    return held - 0.6f * stored;
  }

 private:
  std::vector<float> line_;
  size_t at_ = 0;
};

}  // namespace

Biquad Biquad::low_pass(double frequency_hz, double q) {
  const auto [c, alpha] = corner(frequency_hz, q);
  return scaled({(1 - c) / 2, 1 - c, (1 - c) / 2, -2 * c, 1 - alpha}, 1 + alpha);
}

Biquad Biquad::high_pass(double frequency_hz, double q) {
  const auto [c, alpha] = corner(frequency_hz, q);
  return scaled({(1 + c) / 2, -1 - c, (1 + c) / 2, -2 * c, 1 - alpha}, 1 + alpha);
}

Biquad Biquad::band_pass(double frequency_hz, double q) {
  const auto [c, alpha] = corner(frequency_hz, q);
  return scaled({alpha, 0, -alpha, -2 * c, 1 - alpha}, 1 + alpha);
}

uint32_t SoundRandom::next() {
  // xorshift32: the low bits are as good as the high ones, and no period of it shows within a loop.
  state_ ^= state_ << 13;
  state_ ^= state_ >> 17;
  state_ ^= state_ << 5;
  return state_;
}

double SoundRandom::between(double least, double most) { return least + (most - least) * next() / 4'294'967'296.0; }

float SoundRandom::noise() { return static_cast<float>(static_cast<int32_t>(next())) / 2'147'483'648.0f; }

void SoundCanvas::add(double at_seconds, std::span<const float> sound, double gain) {
  size_t at = static_cast<size_t>(at_seconds * kRateHz) % kSamples;
  for (const float sample : sound) {
    samples_[at] += static_cast<float>(gain) * sample;
    if (++at == kSamples) at = 0;
  }
}

void SoundCanvas::add(const SoundCanvas& layer, double gain) { add(0, layer.samples_, gain); }

void SoundCanvas::add_noise(SoundRandom& random) {
  for (float& sample : samples_) sample += random.noise();
}

void SoundCanvas::filter(const Biquad& biquad) {
  double one = 0, two = 0;
  const auto pass = [&](double input) {
    const double output = biquad.b0 * input + one;
    one = biquad.b1 * input - biquad.a1 * output + two;
    two = biquad.b2 * input - biquad.a2 * output;
    return output;
  };
  for (size_t i = kSamples - kWarmUp; i < kSamples; ++i) pass(samples_[i]);
  for (float& sample : samples_) sample = static_cast<float>(pass(sample));
}

void SoundCanvas::reverberate(double share, double decay) {
  std::array<Comb, 4> combs{Comb(479, decay), Comb(571, decay), Comb(641, decay), Comb(739, decay)};
  std::array<AllPass, 2> passes{AllPass(161), AllPass(53)};
  const auto pass = [&](float input) {
    float sum = 0;
    for (Comb& comb : combs) sum += comb.pass(input);
    for (AllPass& each : passes) sum = each.pass(sum);
    return sum;
  };
  for (size_t i = kSamples - kWarmUp; i < kSamples; ++i) pass(samples_[i]);
  for (float& sample : samples_) sample += static_cast<float>(share) * (pass(sample) - sample);
}

void SoundCanvas::swell(int cycles, double depth, double phase) {
  for (size_t i = 0; i < kSamples; ++i) {
    const double angle = 2 * pi * cycles * static_cast<double>(i) / kSamples + phase;
    samples_[i] *= static_cast<float>(1 + depth * std::sin(angle));
  }
}

void SoundCanvas::normalize() {
  double power = 0;
  for (const float sample : samples_) power += static_cast<double>(sample) * sample;
  const auto gain = static_cast<float>(1 / std::sqrt(power / kSamples + 1e-12));
  for (float& sample : samples_) sample *= gain;
}

}  // namespace trunkline::dsp
