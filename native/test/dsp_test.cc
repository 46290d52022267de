#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "../dsp/gain_ramp.h"
#include "check.h"

using namespace trunkline;

TEST("a ramp takes 20 ms, reaches its level and has no step above -40 dBFS") {
  for (const int rate_hz : {8000, 16000}) {
    const size_t length = static_cast<size_t>(rate_hz) / 50;
    for (const auto& [from, to] : {std::pair{1.0f, 0.0f}, {0.0f, 1.0f}, {1.0f, 0.125f}}) {
      dsp::GainRamp gain(rate_hz, from);
      std::vector<int16_t> samples(2 * length, 32767);
      gain.ramp_to(to);
      gain.apply(std::span(samples).first(50));
      CHECK(gain.remaining() == static_cast<int>(length) - 50 && !gain.settled());
      gain.apply(std::span(samples).subspan(50));
      CHECK(gain.settled() && gain.silent() == (to == 0));
      CHECK(samples[length - 1] == std::lrintf(32767 * to) && samples.back() == samples[length - 1]);
      for (size_t i = 1; i < samples.size(); ++i) CHECK(std::abs(samples[i] - samples[i - 1]) <= 327);
    }
  }
}

TEST("a ramp that turns round begins where it was") {
  dsp::GainRamp gain(8000);
  std::vector<int16_t> samples(280, 10000);
  gain.ramp_to(0);
  gain.apply(std::span(samples).first(90));
  gain.ramp_to(1);
  gain.apply(std::span(samples).subspan(90));
  for (size_t i = 1; i < 280; ++i) CHECK(std::abs(samples[i - 1] - samples[i]) < 100);
  CHECK(samples[90] < 5000 && samples[279] == 10000);
}

