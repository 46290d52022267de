#include <array>
#include <cmath>
#include <vector>

#include "../dsp/gain_ramp.h"
#include "check.h"

using namespace trunkline;

TEST("a ramp takes 80 samples, reaches its level and has no step") {
  dsp::GainRamp gain;
  std::vector<int16_t> samples(240, 10000);
  gain.ramp_to(0);
  gain.apply(std::span(samples).first(50));
  CHECK(gain.remaining() == 30 && !gain.silent());
  gain.apply(std::span(samples).subspan(50, 30));
  CHECK(gain.silent());
  gain.apply(std::span(samples).subspan(80));
  CHECK(samples[79] == 0 && samples[80] == 0 && samples[239] == 0);
  for (size_t i = 1; i < 80; ++i) CHECK(samples[i - 1] - samples[i] >= 0 && samples[i - 1] - samples[i] < 250);
}

TEST("a ramp that turns round begins where it was") {
  dsp::GainRamp gain;
  std::vector<int16_t> samples(120, 10000);
  gain.ramp_to(0);
  gain.apply(std::span(samples).first(40));
  gain.ramp_to(1);
  gain.apply(std::span(samples).subspan(40));
  for (size_t i = 1; i < 120; ++i) CHECK(std::abs(samples[i - 1] - samples[i]) < 250);
  CHECK(samples[119] == 10000);
}
