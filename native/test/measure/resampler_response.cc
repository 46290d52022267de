// Prints what the resampler does to tones, as CSV: input Hz, output Hz, tone Hz, dB of what comes out at the tone's own
// frequency (of everything, where the output has no such frequency), dB of all else. With "cost": microseconds per 20
// ms.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "../../dsp/resampler.h"
#include "../tone.h"

using namespace trunkline;

namespace {

constexpr int kInputRates[] = {8000, 16000, 22050, 24000, 44100, 48000};
constexpr int kOutputRates[] = {8000, 16000};
constexpr double kStepHz = 20;

void print_response(const std::shared_ptr<const dsp::ResamplerKernel>& kernel) {
  const int input_hz = kernel->input_rate_hz();
  const int output_hz = kernel->output_rate_hz();
  for (double tone_hz = kStepHz; tone_hz < input_hz / 2.0; tone_hz += kStepHz) {
    dsp::Resampler resampler(kernel);
    std::vector<int16_t> output;
    resampler.process(test::tone(tone_hz, input_hz, input_hz / 10), output);
    const auto middle = std::span(output).subspan(output_hz / 100, output_hz / 20);
    const bool kept = tone_hz < output_hz / 2.0;
    const test::ToneFit fit =
        kept ? test::fit_tone(middle, tone_hz, output_hz) : test::ToneFit{test::power_db(middle), -120};
    std::printf("%d,%d,%.0f,%.3f,%.2f\n", input_hz, output_hz, tone_hz, fit.tone_db, fit.rest_db);
  }
}

double microseconds(std::chrono::steady_clock::duration duration, int runs) {
  return std::chrono::duration<double, std::micro>(duration).count() / runs;
}

void print_cost(const std::shared_ptr<const dsp::ResamplerKernel>& kernel) {
  constexpr int kRuns = 20'000;
  dsp::Resampler resampler(kernel);
  const std::vector<int16_t> input = test::tone(440, kernel->input_rate_hz(), kernel->input_rate_hz() / 50);
  std::vector<int16_t> output;
  output.reserve(1024);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRuns; ++i) {
    output.clear();
    resampler.process(input, output);
  }
  const double each = microseconds(std::chrono::steady_clock::now() - begin, kRuns);
  std::printf("%d Hz to %d Hz: %.2f us per 20 ms\n", kernel->input_rate_hz(), kernel->output_rate_hz(), each);
}

}  // namespace

int main(int argc, char** argv) {
  const bool cost = argc > 1 && std::strcmp(argv[1], "cost") == 0;
  for (const int output_hz : kOutputRates) {
    for (const int input_hz : kInputRates) {
      if (input_hz == output_hz) continue;
      const auto kernel = std::make_shared<const dsp::ResamplerKernel>(input_hz, output_hz);
      cost ? print_cost(kernel) : print_response(kernel);
    }
  }
}
