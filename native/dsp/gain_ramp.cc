#include "gain_ramp.h"

#include <array>
#include <cmath>
#include <numbers>

namespace trunkline::dsp {
namespace {

constexpr int kCurveHz = 16'000;
constexpr int kCurveSteps = kCurveHz / 50;

using Curve = std::array<float, kCurveSteps + 1>;

Curve raised_cosine() {
  Curve curve;
  for (int i = 0; i <= kCurveSteps; ++i) {
    curve[i] = static_cast<float>(0.5 - 0.5 * std::cos(std::numbers::pi * i / kCurveSteps));
  }
  return curve;
}

const Curve kCurve = raised_cosine();

}  // namespace

GainRamp::GainRamp(int sample_rate_hz, float level)
    : length_(sample_rate_hz / 50),
      stride_(kCurveHz / sample_rate_hz),
      from_(level),
      target_(level),
      position_(length_) {}

void GainRamp::ramp_to(float level) {
  if (level == target_) return;
  from_ = level_at(position_);
  target_ = level;
  position_ = 0;
}

void GainRamp::jump_to(float level) {
  from_ = level;
  target_ = level;
  position_ = length_;
}

float GainRamp::level_at(int position) const { return from_ + (target_ - from_) * kCurve[position * stride_]; }

void GainRamp::apply(std::span<int16_t> samples) {
  if (settled() && target_ == 1) return;
  for (int16_t& sample : samples) {
    if (!settled()) ++position_;
    sample = static_cast<int16_t>(std::lrintf(static_cast<float>(sample) * level_at(position_)));
  }
}

float fade_out_at(int position, int count) { return 1 - kCurve[(position + 1) * (kCurveSteps / count)]; }

}  // namespace trunkline::dsp
