#include "comfort_noise.h"

#include <algorithm>
#include <cmath>

namespace trunkline::rtp {
namespace {

/** A louder background is no background: -35 dBFS. */
constexpr float kMostBackground = 583;
/** Of each call of `listen`: 6 dB in some 230 of them, so that a sentence is not taken for background. */
constexpr float kRise = 1.003F;
/** A pole on the unit circle would ring for ever. */
constexpr float kMostReflection = 0.98F;

}  // namespace

/** Section 3.2: k = 258 (N - 127) / 32768. */
std::optional<NoiseDescription> parse_comfort_noise(std::span<const uint8_t> payload) {
  if (payload.empty()) return std::nullopt;
  NoiseDescription description;
  description.level_dbov = -(payload[0] & 0x7F);
  description.order = std::min(payload.size() - 1, NoiseDescription::kMostOrder);
  for (size_t i = 0; i < description.order; ++i) {
    const float value = 258.0F * static_cast<float>(payload[i + 1] - 127) / 32768;
    description.reflection[i] = std::clamp(value, -kMostReflection, kMostReflection);
  }
  return description;
}

/** Levels glide with a time constant of 20 ms. */
ComfortNoise::ComfortNoise(int sample_rate_hz) : glide_(50.0F / static_cast<float>(sample_rate_hz)) {}

bool ComfortNoise::handle_payload(std::span<const uint8_t> payload) {
  const auto description = parse_comfort_noise(payload);
  if (!description) return false;
  description_ = *description;
  target_ = 32768 * std::pow(10.0F, static_cast<float>(description_.level_dbov) / 20);
  for (size_t i = 0; i < description_.order; ++i) {
    target_ *= std::sqrt(1 - description_.reflection[i] * description_.reflection[i]);
  }
  return true;
}

void ComfortNoise::listen(std::span<const int16_t> samples) {
  if (samples.empty()) return;
  float power = 0;
  for (const int16_t sample : samples) power += static_cast<float>(sample) * static_cast<float>(sample);
  const float level = std::sqrt(power / static_cast<float>(samples.size()));
  const float risen = heard_ ? std::max(background_, 1.0F) * kRise : kMostBackground;
  background_ = std::min({level, risen, kMostBackground});
  heard_ = true;
}

void ComfortNoise::use_background() {
  description_ = {};
  target_ = background_;
}

void ComfortNoise::generate(std::span<int16_t> samples) {
  for (int16_t& sample : samples) {
    gain_ += (target_ - gain_) * glide_;
    // All-pole lattice of the reflection coefficients.
    float forward = random() * gain_;
    for (size_t i = description_.order; i-- > 0;) {
      forward -= description_.reflection[i] * state_[i];
      state_[i + 1] = state_[i] + description_.reflection[i] * forward;
    }
    state_[0] = forward;
    sample = static_cast<int16_t>(std::lround(std::clamp(forward, -32768.0F, 32767.0F)));
  }
}

/** Uniform, of power 1. */
float ComfortNoise::random() {
  seed_ = seed_ * 1664525 + 1013904223;
  return static_cast<float>(static_cast<int32_t>(seed_)) * (1.7320508F / 2147483648.0F);
}

}  // namespace trunkline::rtp
