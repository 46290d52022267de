#include "../dsp/dtmf_generator.h"

#include <string>
#include <vector>

#include "../dsp/half_rate.h"
#include "check.h"
#include "dtmf_signal.h"

using namespace trunkline;

namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD";

/** In pieces of `piece` samples, with pauses of 50 ms. */
std::vector<int16_t> dial(std::string_view keys, int rate_hz, size_t duration_ms, size_t piece) {
  dsp::DtmfGenerator generator(rate_hz);
  std::vector<int16_t> pcm(static_cast<size_t>(rate_hz) / 20);
  for (const char key : keys) {
    generator.press(key, static_cast<size_t>(rate_hz) / 1000 * duration_ms);
    while (!generator.idle()) {
      std::vector<int16_t> slot(piece);
      slot.resize(generator.fill(slot));
      pcm.insert(pcm.end(), slot.begin(), slot.end());
    }
    pcm.resize(pcm.size() + static_cast<size_t>(rate_hz) / 20);
  }
  return pcm;
}

}  // namespace

TEST("generated keys are heard, at 8 and at 16 kHz, in slots of any length") {
  for (const size_t piece : {160u, 7u}) CHECK(test::DtmfEar(dial(kKeys, 8000, 50, piece)).keys == kKeys);
  const std::vector<int16_t> wide = dial(kKeys, 16'000, 50, 320);
  std::vector<int16_t> narrow(wide.size() / 2);
  dsp::HalfRate().process(wide, narrow);
  CHECK(test::DtmfEar(narrow).keys == kKeys);
}

TEST("a key has its duration, -9 and -7 dBm0, and edges that do not click") {
  const std::vector<int16_t> pcm = dial("5", 8000, 100, 160);
  CHECK(pcm.size() == 400 + 800 + 400);
  double energy = 0;
  for (size_t i = 440; i < 1160; ++i) energy += pcm[i] * pcm[i];
  const double expected = std::pow(test::amplitude_of(-9), 2) / 2 + std::pow(test::amplitude_of(-7), 2) / 2;
  CHECK(std::abs(10 * std::log10(energy / 720 / expected)) < 0.2);
  CHECK(std::abs(pcm[400]) < 300 && std::abs(pcm[1199]) < 300);
}
