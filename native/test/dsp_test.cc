#include <cmath>
#include <vector>

#include "../dsp/concealer.h"
#include "../dsp/gain_ramp.h"
#include "../dsp/resampler.h"
#include "check.h"

using namespace trunkline;

namespace {

std::vector<int16_t> tone(double frequency_hz, int rate_hz, int count) {
  std::vector<int16_t> samples(count);
  for (int i = 0; i < count; ++i) {
    samples[i] = static_cast<int16_t>(std::lround(16000 * std::sin(2 * M_PI * frequency_hz * i / rate_hz)));
  }
  return samples;
}

std::vector<int16_t> convert(const std::vector<int16_t>& input, int rate_hz, size_t piece = 1 << 20) {
  dsp::Resampler resampler(std::make_shared<dsp::ResamplerKernel>(rate_hz));
  std::vector<int16_t> output;
  for (size_t done = 0; done < input.size(); done += piece) {
    resampler.process(std::span(input).subspan(done, std::min(piece, input.size() - done)), output);
  }
  resampler.drain(output);
  return output;
}

/** RMS of the middle, relative to the tone's. */
double gain_db(double frequency_hz, int rate_hz) {
  const std::vector<int16_t> output = convert(tone(frequency_hz, rate_hz, rate_hz), rate_hz);
  double power = 0;
  for (size_t i = 1000; i < 7000; ++i) power += static_cast<double>(output[i]) * output[i];
  return 10 * std::log10(std::max(power / 6000, 1e-3) / (16000.0 * 16000.0 / 2));
}

constexpr int kRates[] = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000};

}  // namespace

TEST("n samples become ceil(n * 8000 / rate), however they are cut") {
  for (const int rate_hz : kRates) {
    const std::vector<int16_t> input = tone(440, rate_hz, rate_hz / 7);
    const std::vector<int16_t> whole = convert(input, rate_hz);
    CHECK(whole.size() == static_cast<size_t>((static_cast<int64_t>(input.size()) * 8000 + rate_hz - 1) / rate_hz));
    CHECK(convert(input, rate_hz, 37) == whole);
    CHECK(convert(input, rate_hz, 1) == whole);
  }
}

TEST("the telephone band passes, what would fold into it does not") {
  for (const int rate_hz : {16000, 22050, 24000, 44100, 48000}) {
    for (const double frequency_hz : {100.0, 1000.0, 3300.0}) CHECK(std::abs(gain_db(frequency_hz, rate_hz)) < 0.2);
    for (const double frequency_hz : {4050.0, 4600.0, 5000.0, 7000.0}) CHECK(gain_db(frequency_hz, rate_hz) < -50);
  }
}

TEST("a tone keeps its place in time") {
  for (const int rate_hz : {16000, 24000, 44100}) {
    const std::vector<int16_t> output = convert(tone(440, rate_hz, rate_hz / 10), rate_hz);
    const std::vector<int16_t> expected = tone(440, 8000, 800);
    for (size_t i = 100; i < 700; ++i) CHECK(std::abs(output[i] - expected[i]) < 60);
  }
}

TEST("full scale does not wrap") {
  std::vector<int16_t> square(4800);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 30 % 2 == 0 ? 32767 : -32768;
  const std::vector<int16_t> output = convert(square, 24000);
  for (size_t i = 103; i < 107; ++i) CHECK(output[i] > 20000 || output[i] < -20000);
}

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

TEST("a loss is the last frame fading over 60 ms, then silence") {
  dsp::Concealer concealer;
  concealer.remember(std::vector<int16_t>(160, 9000));
  std::array<int16_t, 160> frame;
  int before = 9001;
  for (int i = 0; i < 3; ++i) {
    concealer.conceal(frame);
    for (const int16_t sample : frame) {
      CHECK(sample <= before);
      before = sample;
    }
  }
  CHECK(before == 0);
  concealer.conceal(frame);
  for (const int16_t sample : frame) CHECK(sample == 0);
}
