#include "concealer.h"

#include <algorithm>

namespace trunkline::dsp {
namespace {

constexpr int kFadeFrames = 3;
constexpr int kFadeSamples = kFadeFrames * static_cast<int>(Concealer::kFrameSamples);

}  // namespace

void Concealer::remember(std::span<const int16_t> samples) {
  repeated_ = 0;
  const size_t fresh = std::min(samples.size(), kFrameSamples);
  std::copy(last_.begin() + fresh, last_.end(), last_.begin());
  std::copy(samples.end() - fresh, samples.end(), last_.end() - fresh);
}

void Concealer::conceal(std::span<int16_t, kFrameSamples> frame) {
  if (repeated_ >= kFadeFrames) {
    std::ranges::fill(frame, 0);
    return;
  }
  int level = kFadeSamples - repeated_ * static_cast<int>(kFrameSamples);
  for (size_t i = 0; i < kFrameSamples; ++i) {
    frame[i] = static_cast<int16_t>(last_[i] * --level / kFadeSamples);
  }
  ++repeated_;
}

void Concealer::reset() { repeated_ = kFadeFrames; }

}  // namespace trunkline::dsp
