#include "../dsp/concealer.h"

#include <vector>

#include "../dsp/pitch.h"
#include "check.h"
#include "test_voice.h"

using namespace trunkline;
using Samples = std::vector<int16_t>;

namespace {

constexpr int kRates[] = {8000, 16000};

/** `signal` with the given stretch lost, cut into frames of 20 ms. */
Samples lose(const Samples& signal, int rate_hz, size_t from, size_t count) {
  dsp::Concealer concealer(rate_hz);
  Samples heard = signal;
  const size_t frame = static_cast<size_t>(rate_hz) / 50;
  for (size_t at = 0; at + frame <= heard.size(); at += frame) {
    const std::span<int16_t> out(heard.data() + at, frame);
    at >= from&& at < from + count ? concealer.conceal(out) : concealer.accept(out);
  }
  return heard;
}

double error_db(const Samples& clean, const Samples& heard, size_t from, size_t count) {
  double signal = 0;
  double error = 1;
  for (size_t i = from; i < from + count; ++i) {
    signal += std::pow(clean[i], 2);
    error += std::pow(clean[i] - heard[i], 2);
  }
  return 10 * std::log10(error / signal);
}

}  // namespace

TEST("the pitch of a tone is found to a sample") {
  for (const int rate_hz : kRates) {
    for (const double frequency_hz : {80.0, 125.0, 200.0, 250.0}) {
      const Samples heard = test::tone(frequency_hz, rate_hz, static_cast<size_t>(rate_hz) / 20);
      const dsp::Pitch pitch = dsp::find_pitch(heard, static_cast<size_t>(rate_hz) / 50,
                                               static_cast<size_t>(rate_hz) / 300, dsp::longest_lag(rate_hz));
      const double periods = static_cast<double>(pitch.lag) * frequency_hz / rate_hz;
      CHECK(std::abs(periods - std::round(periods)) < 0.03 && pitch.correlation > 0.97F);
    }
  }
}

TEST("silence and noise have no pitch") {
  CHECK(dsp::find_pitch(Samples(400), 80, 24, 120).correlation == 0);
  CHECK(dsp::find_pitch(test::noise(400, 2000), 160, 24, 120).correlation < 0.5F);
}

TEST("a lost frame of a periodic signal goes on as if it had come") {
  for (const int rate_hz : kRates) {
    const Samples signal = test::tone(160, rate_hz, static_cast<size_t>(rate_hz) / 2);
    const size_t frame = static_cast<size_t>(rate_hz) / 50;
    const Samples heard = lose(signal, rate_hz, 10 * frame, frame);
    CHECK(error_db(signal, heard, 10 * frame, frame / 2) < -25);
    CHECK(test::largest_step(heard) <= test::largest_step(signal) * 5 / 4);
  }
}

TEST("a voice has no step that it did not have, wherever the loss and however long") {
  for (const int rate_hz : kRates) {
    const Samples signal = test::voice(rate_hz, 1000);
    const size_t frame = static_cast<size_t>(rate_hz) / 50;
    const int natural = test::largest_step(signal);
    for (size_t frames : {1u, 2u, 5u}) {
      for (size_t from = 4; from < 40; ++from) {
        const Samples heard = lose(signal, rate_hz, from * frame, frames * frame);
        CHECK(test::largest_step(heard) <= natural * 5 / 4);
      }
    }
  }
}

TEST("the level falls after 10 ms and is nothing at 80 ms") {
  for (const int rate_hz : kRates) {
    const size_t ms = static_cast<size_t>(rate_hz) / 1000;
    dsp::Concealer concealer(rate_hz);
    Samples heard = test::tone(200, rate_hz, 60 * ms);
    concealer.accept(heard);
    Samples filled(100 * ms);
    concealer.conceal(filled);
    const double level = test::rms(heard);
    const std::span<const int16_t> gap(filled);
    CHECK(test::rms(gap.first(10 * ms)) > 0.95 * level);
    CHECK(test::rms(gap.subspan(40 * ms, 10 * ms)) < 0.6 * level);
    CHECK(test::rms(gap.subspan(40 * ms, 10 * ms)) > 0.4 * level);
    CHECK(test::rms(gap.subspan(80 * ms)) == 0);
    CHECK(concealer.silent() && concealer.gap_samples() == 80 * ms);
  }
}

TEST("a hiss stays a hiss: same level, no tone") {
  for (const int rate_hz : kRates) {
    const size_t ms = static_cast<size_t>(rate_hz) / 1000;
    dsp::Concealer concealer(rate_hz);
    Samples heard = test::noise(60 * ms, 1000);
    concealer.accept(heard);
    Samples filled(20 * ms);
    concealer.conceal(filled);
    CHECK(test::rms(filled) > 600 && test::rms(filled) < 1200);
    const dsp::Pitch pitch = dsp::find_pitch(filled, 5 * ms, 3 * ms, 15 * ms);
    CHECK(pitch.correlation < 0.8F);
  }
}

TEST("the same comes out however the gap is cut") {
  Samples heard = test::voice(8000, 400);
  dsp::Concealer whole(8000);
  dsp::Concealer cut(8000);
  whole.accept(heard);
  cut.accept(heard);
  Samples one(480);
  whole.conceal(one);
  Samples other(480);
  for (size_t at = 0; at < 480; at += 60) cut.conceal(std::span(other).subspan(at, 60));
  CHECK(one == other);
}

TEST("nothing is made up before audio came or after a reset, and then nothing is blended") {
  dsp::Concealer concealer(8000);
  Samples gap(160, 1);
  concealer.conceal(gap);
  CHECK(gap == Samples(160));
  Samples loud(160, 9000);
  concealer.accept(loud);
  CHECK(loud == Samples(160, 9000));
  concealer.reset();
  concealer.conceal(gap);
  CHECK(gap == Samples(160));
}

TEST("audio that comes back is blended in over 4 to 10 ms and then is itself") {
  dsp::Concealer concealer(8000);
  Samples heard = test::voice(8000, 300);
  concealer.accept(heard);
  Samples gap(160);
  concealer.conceal(gap);
  const Samples clean = test::voice(8000, 20, 2);
  Samples back = clean;
  concealer.accept(back);
  CHECK(!std::equal(back.begin(), back.begin() + 32, clean.begin()));
  CHECK(std::equal(back.begin() + 80, back.end(), clean.begin() + 80));
}

TEST("full scale and lengths of nothing and of a second do no harm") {
  dsp::Concealer concealer(16000);
  Samples square(3200);
  for (size_t i = 0; i < square.size(); ++i) square[i] = i / 50 % 2 == 0 ? 32767 : -32768;
  concealer.accept(square);
  Samples gap(16000);
  concealer.conceal(std::span(gap).first(0));
  concealer.conceal(gap);
  concealer.accept(std::span(gap).first(0));
  concealer.accept(gap);
  CHECK(gap[15999] == 0);
}
