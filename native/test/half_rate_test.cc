#include "../dsp/half_rate.h"

#include <vector>

#include "check.h"
#include "dtmf_signal.h"

using namespace trunkline;

namespace {

double peak_of(double hz) {
  const std::vector<int16_t> input = test::Signal(16'000).tones(100, {hz}, -6).pcm();
  std::vector<int16_t> output(input.size() / 2);
  dsp::HalfRate half;
  CHECK(half.process(input, output) == output.size());
  double peak = 0;
  for (size_t i = 100; i < output.size(); ++i) peak = std::fmax(peak, std::abs(output[i]));
  return peak / test::amplitude_of(-6);
}

}  // namespace

TEST("at half the rate tones up to 3.3 kHz keep their level to 0.5 dB, and what would fold onto them is gone") {
  for (const double hz : {300.0, 697.0, 1633.0, 2100.0, 3266.0}) CHECK(std::abs(20 * std::log10(peak_of(hz))) < 0.5);
  for (const double hz : {5200.0, 5600.0, 6300.0, 7300.0}) CHECK(20 * std::log10(peak_of(hz)) < -40);
}

TEST("at half the rate pieces of any length give the same") {
  const std::vector<int16_t> input = test::Signal(16'000).key('5', 40).pcm();
  std::vector<int16_t> whole(input.size() / 2);
  dsp::HalfRate().process(input, whole);
  for (const size_t piece : {1u, 7u, 320u}) {
    dsp::HalfRate half;
    std::vector<int16_t> output(input.size() / 2);
    size_t written = 0;
    for (size_t done = 0; done < input.size(); done += piece) {
      const auto part = std::span(input).subspan(done, std::min(piece, input.size() - done));
      written += half.process(part, std::span(output).subspan(written));
    }
    CHECK(written == output.size() && output == whole);
  }
}
