#include "../rtp/comfort_noise.h"

#include <cmath>
#include <vector>

#include "../dsp/pitch.h"
#include "check.h"
#include "test_voice.h"

using namespace trunkline;
using Samples = std::vector<int16_t>;

namespace {

double level_dbov(const Samples& samples) { return 20 * std::log10(test::rms(samples) / 32768); }

Samples settled(rtp::ComfortNoise& noise, int rate_hz) {
  Samples samples(static_cast<size_t>(rate_hz));
  noise.generate(samples);
  noise.generate(samples);
  return samples;
}

}  // namespace

TEST("the first octet is the level, the others are reflection coefficients (RFC 3389 3.1, 3.2)") {
  const uint8_t payload[] = {0x80 | 40, 127, 254, 0};
  const auto description = rtp::parse_comfort_noise(payload);
  CHECK(description && description->level_dbov == -40 && description->order == 3);
  CHECK(description->reflection[0] == 0);
  CHECK(description->reflection[1] == 0.98F && description->reflection[2] == -0.98F);
  CHECK(!rtp::parse_comfort_noise({}));
}

TEST("a model of any order is taken, what is beyond twelve left out") {
  for (size_t bytes = 1; bytes < 300; ++bytes) {
    const std::vector<uint8_t> payload(bytes, 200);
    CHECK(rtp::parse_comfort_noise(payload)->order == std::min<size_t>(bytes - 1, 12));
  }
}

TEST("the noise has the level that was announced, whatever its spectrum") {
  for (const int rate_hz : {8000, 16000}) {
    for (const std::vector<uint8_t>& payload :
         {std::vector<uint8_t>{40}, {50, 60}, {45, 40, 160, 100}, {30, 200, 90}}) {
      rtp::ComfortNoise noise(rate_hz);
      CHECK(noise.handle_payload(payload));
      CHECK(std::abs(level_dbov(settled(noise, rate_hz)) + payload[0]) < 1.5);
    }
  }
}

TEST("a negative first coefficient is noise of low frequency") {
  rtp::ComfortNoise noise(8000);
  noise.handle_payload(std::vector<uint8_t>{30, 20});
  const Samples samples = settled(noise, 8000);
  const std::span<const int16_t> all(samples);
  CHECK(dsp::correlation(all.first(7000), all.subspan(1, 7000)) > 0.6F);
}

TEST("the level glides: noise begins from silence and changes without a step") {
  rtp::ComfortNoise noise(8000);
  noise.handle_payload(std::vector<uint8_t>{35});
  Samples samples(80);
  noise.generate(samples);
  CHECK(test::rms(std::span(samples).first(20)) < 0.1 * 32768 * std::pow(10, -35.0 / 20));
}

TEST("without a description the noise is as loud as the background was between words") {
  rtp::ComfortNoise noise(8000);
  const Samples background = test::noise(80'000, 100);
  Samples heard = test::voice(8000, 10'000);
  for (size_t i = 0; i < heard.size(); ++i) heard[i] = static_cast<int16_t>(heard[i] + background[i]);
  for (size_t at = 0; at + 160 <= heard.size(); at += 160) noise.listen(std::span(heard).subspan(at, 160));
  noise.use_background();
  const double level = test::rms(settled(noise, 8000));
  CHECK(level > 70 && level < 150);
}

TEST("nothing heard is silence, and loud speech without a pause is not taken for background") {
  rtp::ComfortNoise noise(8000);
  noise.use_background();
  CHECK(test::rms(settled(noise, 8000)) == 0);
  for (int i = 0; i < 1000; ++i) noise.listen(Samples(160, 9000));
  CHECK(noise.background() <= 583);
}
