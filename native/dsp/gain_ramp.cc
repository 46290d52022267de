#include "gain_ramp.h"

#include <array>
#include <cmath>
#include <numbers>

namespace trunkline::dsp {
namespace {

using Curve = std::array<float, GainRamp::kRampSamples>;

Curve raised_cosine() {
  Curve curve;
  for (int i = 0; i < GainRamp::kRampSamples; ++i) {
    const double phase = std::numbers::pi * (i + 1) / GainRamp::kRampSamples;
    curve[i] = static_cast<float>(0.5 - 0.5 * std::cos(phase));
  }
  return curve;
}

const Curve kCurve = raised_cosine();

float level_at(float from, float target, int position) {
  return position == 0 ? from : from + (target - from) * kCurve[position - 1];
}

}  // namespace

void GainRamp::ramp_to(float level) {
  if (level == target_) return;
  from_ = level_at(from_, target_, position_);
  target_ = level;
  position_ = 0;
}

void GainRamp::jump_to(float level) {
  from_ = level;
  target_ = level;
  position_ = kRampSamples;
}

float GainRamp::next() {
  if (!settled()) ++position_;
  return level_at(from_, target_, position_);
}

void GainRamp::apply(std::span<int16_t> samples) {
  if (settled() && target_ == 1) return;
  for (int16_t& sample : samples) sample = static_cast<int16_t>(std::lrintf(sample * next()));
}

}  // namespace trunkline::dsp
