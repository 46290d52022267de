#include "../dsp/resampler.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "check.h"
#include "tone.h"

using namespace trunkline;
using test::tone;

namespace {

constexpr int kInputRates[] = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000};
constexpr int kOutputRates[] = {8000, 16000};

std::vector<int16_t> convert(const std::vector<int16_t>& input,
                             const std::shared_ptr<const dsp::ResamplerKernel>& kernel, size_t piece = 1 << 20) {
  dsp::Resampler resampler(kernel);
  std::vector<int16_t> output;
  for (size_t done = 0; done < input.size(); done += piece) {
    resampler.process(std::span(input).subspan(done, std::min(piece, input.size() - done)), output);
  }
  resampler.drain(output);
  return output;
}

auto kernel(int input_hz, int output_hz) { return std::make_shared<const dsp::ResamplerKernel>(input_hz, output_hz); }

/** The middle of what 60 ms of the tone become. */
std::vector<int16_t> settled(double frequency_hz, const std::shared_ptr<const dsp::ResamplerKernel>& kernel) {
  const int rate_hz = kernel->input_rate_hz();
  const std::vector<int16_t> output = convert(tone(frequency_hz, rate_hz, rate_hz * 6 / 100), kernel);
  return {output.begin() + kernel->output_rate_hz() / 100, output.end() - kernel->output_rate_hz() / 100};
}

void check_response(int input_hz, int output_hz) {
  const auto taps = kernel(input_hz, output_hz);
  const double edge_hz = std::min(input_hz, output_hz) / 2.0;
  for (double at = 0.05; at * edge_hz < input_hz / 2.0; at += at < 1.3 ? 0.0371 : 0.193) {
    const double frequency_hz = at * edge_hz;
    const std::vector<int16_t> output = settled(frequency_hz, taps);
    if (at >= 1) {
      CHECK(test::power_db(output) < -60);
    } else {
      const test::ToneFit fit = test::fit_tone(output, frequency_hz, output_hz);
      CHECK(fit.rest_db < -60);
      if (at <= 0.85) CHECK(std::abs(fit.tone_db) < 0.02);
    }
  }
  CHECK(test::power_db(settled(edge_hz, taps)) < -60 || input_hz <= output_hz);
}

}  // namespace

TEST("n samples become ceil(n * output / input), however they are cut") {
  for (const int output_hz : kOutputRates) {
    for (const int input_hz : kInputRates) {
      const auto taps = kernel(input_hz, output_hz);
      const std::vector<int16_t> input = tone(440, input_hz, input_hz / 17);
      const std::vector<int16_t> whole = convert(input, taps);
      const int64_t scaled = static_cast<int64_t>(input.size()) * output_hz;
      CHECK(whole.size() == static_cast<size_t>((scaled + input_hz - 1) / input_hz));
      CHECK(convert(input, taps, 37) == whole);
      CHECK(convert(input, taps, 1) == whole);
    }
  }
}

TEST("every rate to 8 kHz: flat to 3.4 kHz, what would fold back or appear as an image is 60 dB down") {
  for (const int input_hz : kInputRates) check_response(input_hz, 8000);
}

TEST("every rate to 16 kHz: flat to 6.8 kHz or 0.85 of what the source has, the rest is 60 dB down") {
  for (const int input_hz : kInputRates) check_response(input_hz, 16000);
}

TEST("rates without a common divisor are converted as well, from a bounded table") {
  for (const int input_hz : {8001, 11111, 44099, 47999}) check_response(input_hz, 8000);
  check_response(47999, 16000);
}

TEST("a tone keeps its place in time") {
  for (const int output_hz : kOutputRates) {
    for (const int input_hz : kInputRates) {
      const std::vector<int16_t> output = convert(tone(440, input_hz, input_hz / 10), kernel(input_hz, output_hz));
      const std::vector<int16_t> expected = tone(440, output_hz, output_hz / 10);
      for (size_t i = output_hz / 80; i < static_cast<size_t>(output_hz) * 7 / 80; ++i) {
        CHECK(std::abs(output[i] - expected[i]) < 60);
      }
    }
  }
}

TEST("full scale does not wrap") {
  std::vector<int16_t> square(4800);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 30 % 2 == 0 ? 32767 : -32768;
  const std::vector<int16_t> output = convert(square, kernel(24000, 8000));
  for (size_t i = 103; i < 107; ++i) CHECK(output[i] > 20000 || output[i] < -20000);
}

TEST("live: each piece comes out whole, and the stream is the same however it is cut") {
  for (const int input_hz : {8000, 16000}) {
    const int output_hz = 24000 - input_hz;
    const std::vector<int16_t> input = tone(700, input_hz, input_hz / 5);
    std::vector<int16_t> expected;
    for (const size_t piece : {320u, 160u, 2u, 80u, 960u}) {
      dsp::LiveResampler resampler(input_hz, output_hz);
      std::vector<int16_t> heard;
      for (size_t done = 0; done < input.size(); done += piece) {
        const auto part = std::span(input).subspan(done, std::min(piece, input.size() - done));
        std::vector<int16_t> output(1920);
        const size_t written = resampler.process(part, output);
        CHECK(written == part.size() * output_hz / input_hz);
        heard.insert(heard.end(), output.begin(), output.begin() + static_cast<ptrdiff_t>(written));
      }
      if (expected.empty()) expected = heard;
      CHECK(heard == expected);
    }
    const size_t late = static_cast<size_t>(output_hz) * 7 / 2000;
    const std::vector<int16_t> ideal = tone(700, output_hz, output_hz / 5);
    for (size_t i = 400; i + late < expected.size(); ++i) CHECK(std::abs(expected[i + late] - ideal[i]) < 500);
    CHECK(test::fit_tone(std::span(expected).subspan(400, 1000), 700, output_hz).rest_db < -60);
  }
}

TEST("live: the rate that stays is a copy, a reset forgets") {
  dsp::LiveResampler same(16000, 16000);
  const std::vector<int16_t> input = tone(300, 16000, 320);
  std::vector<int16_t> output(320);
  CHECK(same.process(input, output) == 320 && output == input);
  dsp::LiveResampler halving(16000, 8000);
  halving.process(input, output);
  halving.reset();
  const std::vector<int16_t> silence(320);
  CHECK(halving.process(silence, output) == 160);
  CHECK(std::all_of(output.begin(), output.begin() + 160, [](int16_t sample) { return sample == 0; }));
}
