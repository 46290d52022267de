#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <vector>

#include "../dsp/background_player.h"
#include "../dsp/background_sounds.h"
#include "check.h"
#include "tone.h"

using namespace trunkline;
using dsp::BackgroundKind;

namespace {

constexpr std::array kKinds{BackgroundKind::office, BackgroundKind::cafe, BackgroundKind::street,
                            BackgroundKind::call_centre, BackgroundKind::keyboard};

/** Made once for all tests: it takes long under a sanitizer. */
const dsp::BackgroundSound& sound(BackgroundKind kind) {
  static std::array<dsp::BackgroundSound, dsp::kBackgroundKinds> made;
  auto& each = made[static_cast<size_t>(kind)];
  if (each.at_8khz.empty()) each = dsp::make_background_sound(kind);
  return each;
}

double rms_dbfs(std::span<const int16_t> samples) {
  double power = 0;
  for (const int16_t sample : samples) power += static_cast<double>(sample) * sample;
  return 10 * std::log10(power / static_cast<double>(samples.size()) / (32768.0 * 32768.0) + 1e-12);
}

/** Power by frequency over the whole loop: 256 points, Hann windows side by side. */
std::array<double, 128> spectrum(const std::vector<int16_t>& loop) {
  constexpr size_t kPoints = 256;
  std::array<double, kPoints / 2> power{};
  std::array<std::complex<double>, kPoints> turns;
  for (size_t i = 0; i < kPoints; ++i) turns[i] = std::polar(1.0, -2 * M_PI * static_cast<double>(i) / kPoints);
  for (size_t at = 0; at + kPoints <= loop.size(); at += 3 * kPoints) {
    for (size_t bin = 0; bin < kPoints / 2; ++bin) {
      std::complex<double> sum;
      for (size_t i = 0; i < kPoints; ++i) {
        sum += (0.5 - 0.5 * turns[i].real()) * loop[at + i] * turns[bin * i % kPoints];
      }
      power[bin] += std::norm(sum);
    }
  }
  return power;
}

/** Share of the power between two frequencies, of a loop at 8 kHz. */
double share(const std::array<double, 128>& power, double from_hz, double to_hz) {
  double all = 0, within = 0;
  for (size_t bin = 1; bin < power.size(); ++bin) {
    const double hz = static_cast<double>(bin) * 31.25;
    all += power[bin];
    if (hz >= from_hz && hz < to_hz) within += power[bin];
  }
  return within / all;
}

/** How far the level of 100 ms pieces varies: 95th percentile against 5th, in dB. */
double liveliness_db(std::span<const int16_t> loop) {
  std::vector<double> levels;
  for (size_t at = 0; at + 800 <= loop.size(); at += 800) levels.push_back(rms_dbfs(loop.subspan(at, 800)));
  std::ranges::sort(levels);
  return levels[levels.size() * 95 / 100] - levels[levels.size() * 5 / 100];
}

struct Playing {
  dsp::BackgroundLoop loop;
  dsp::BackgroundPlayer player{8000};
  explicit Playing(BackgroundKind kind) { loop.publish(sound(kind)); }
  std::vector<int16_t> slot(int16_t speech = 0) {
    std::vector<int16_t> samples(160, speech);
    player.add_to(samples);
    return samples;
  }
};

}  // namespace

TEST("every background is 24 s at both rates, at its level, and its peaks are bounded") {
  for (const BackgroundKind kind : kKinds) {
    CHECK(sound(kind).at_16khz.size() == 24 * 16000 && sound(kind).at_8khz.size() == 24 * 8000);
    CHECK(std::abs(rms_dbfs(sound(kind).at_16khz) - dsp::kBackgroundLoopDbfs) < 0.1);
    CHECK(std::abs(rms_dbfs(sound(kind).at_8khz) - dsp::kBackgroundLoopDbfs) < 2.5);
    for (const int16_t sample : sound(kind).at_16khz) CHECK(std::abs(sample) < 32768 * 0.41);
  }
}

TEST("every background is the same on each run, and unlike the others") {
  CHECK(dsp::make_background_sound(BackgroundKind::keyboard).at_8khz == sound(BackgroundKind::keyboard).at_8khz);
  for (const BackgroundKind kind : kKinds) {
    for (const BackgroundKind other : kKinds) {
      CHECK((kind == other) == (sound(kind).at_8khz == sound(other).at_8khz));
    }
  }
}

TEST("a loop has no seam: nothing at its ends stands out from the steps within") {
  for (const BackgroundKind kind : kKinds) {
    for (const std::vector<int16_t>* loop : {&sound(kind).at_8khz, &sound(kind).at_16khz}) {
      std::vector<int> bends;
      const size_t n = loop->size();
      const auto at = [&](size_t i) { return static_cast<int>((*loop)[i % n]); };
      for (size_t i = 0; i < n; ++i) bends.push_back(std::abs(at(i) - 2 * at(i + 1) + at(i + 2)));
      const int around = *std::max_element(bends.end() - 4, bends.end());
      std::ranges::nth_element(bends, bends.begin() + static_cast<ptrdiff_t>(n * 995 / 1000));
      CHECK(around <= bends[n * 995 / 1000] + 4);
    }
  }
}

TEST("no background has a tone in it") {
  for (const BackgroundKind kind : kKinds) {
    const auto power = spectrum(sound(kind).at_8khz);
    for (size_t bin = 4; bin + 4 < power.size(); ++bin) {
      std::array<double, 8> beside{power[bin - 4], power[bin - 3], power[bin - 2], power[bin + 2],
                                   power[bin + 3], power[bin + 4], power[bin - 1], power[bin + 1]};
      std::ranges::sort(beside);
      CHECK(power[bin] < 12 * beside[4]);
    }
  }
}

TEST("each background sounds as its name says, in the band of a telephone") {
  const auto of = [](BackgroundKind kind) { return spectrum(sound(kind).at_8khz); };
  // Where voices are, their formants are; ventilation and traffic are low; keys are high.
  CHECK(share(of(BackgroundKind::cafe), 300, 1200) > 0.4);
  CHECK(share(of(BackgroundKind::call_centre), 300, 1200) > 0.4);
  CHECK(share(of(BackgroundKind::office), 0, 900) > 0.7);
  CHECK(share(of(BackgroundKind::street), 0, 600) > 0.6);
  CHECK(share(of(BackgroundKind::keyboard), 1200, 4000) > 0.2);
  // Traffic comes and goes, keys more so, a full room hardly.
  CHECK(liveliness_db(sound(BackgroundKind::street).at_8khz) > 4);
  CHECK(liveliness_db(sound(BackgroundKind::keyboard).at_8khz) > 10);
  CHECK(liveliness_db(sound(BackgroundKind::call_centre).at_8khz) < 9);
}

TEST("a background fades in, goes round without end, and fades out") {
  Playing call(BackgroundKind::office);
  const size_t begin = 24 * 8000 - 240;
  CHECK(call.slot() == std::vector<int16_t>(160));
  call.player.play(&call.loop, 1, static_cast<uint32_t>(begin));
  const auto first = call.slot();
  CHECK(std::abs(first[0]) < 4);
  const auto second = call.slot();
  for (size_t i = 0; i < 160; ++i) CHECK(second[i] == call.loop.samples(8000)[(begin + 160 + i) % (24 * 8000)]);
  call.player.play(nullptr, 0, 0);
  const auto last = call.slot();
  CHECK(last[0] != 0 && last[159] == 0);
  CHECK(call.slot() == std::vector<int16_t>(160));
}

TEST("another background takes the place of one that has faded") {
  Playing call(BackgroundKind::office);
  dsp::BackgroundLoop street;
  street.publish(sound(BackgroundKind::street));
  call.player.play(&call.loop, 1, 0);
  call.slot();
  call.player.play(&street, 1, 1000);
  call.slot();
  call.slot();
  const auto heard = call.slot();
  for (size_t i = 0; i < 160; ++i) CHECK(heard[i] == street.samples(8000)[1160 + i]);
}

TEST("a loop that is not made yet is silence, and fades in when it is") {
  dsp::BackgroundLoop loop;
  dsp::BackgroundPlayer player(8000);
  std::vector<int16_t> slot(160);
  player.play(&loop, 1, 0);
  player.add_to(slot);
  CHECK(std::ranges::count(slot, 0) == 160);
  loop.publish(sound(BackgroundKind::cafe));
  player.add_to(slot);
  CHECK(std::abs(slot[0]) < 4 && std::ranges::count(slot, 0) < 100);
}

TEST("under speech it is added, at full scale it gives way, and nothing saturates") {
  Playing call(BackgroundKind::call_centre);
  call.player.play(&call.loop, 1, 5000);
  call.slot();
  std::vector<int16_t> alone = call.slot();
  Playing same(BackgroundKind::call_centre);
  same.player.play(&same.loop, 1, 5000);
  same.slot();
  const std::vector<int16_t> sum = same.slot(10000);
  for (size_t i = 0; i < 160; ++i) CHECK(sum[i] == 10000 + alone[i]);
  for (const int16_t speech : {int16_t{32767}, int16_t{-32767}}) {
    const std::vector<int16_t> full = call.slot(speech);
    for (const int16_t sample : full) CHECK(sample == speech);
  }
}
