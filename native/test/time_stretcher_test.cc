#include "../dsp/time_stretcher.h"

#include <vector>

#include "../dsp/pitch.h"
#include "check.h"
#include "test_voice.h"

using namespace trunkline;
using Samples = std::vector<int16_t>;

namespace {

constexpr int kRates[] = {8000, 16000};

/** Every 60 ms once, the audio goes through the stretcher in pieces. */
Samples stretch(const Samples& input, int rate_hz, bool shorten, int& splices) {
  const dsp::TimeStretcher stretcher(rate_hz);
  const size_t piece = static_cast<size_t>(rate_hz) * 60 / 1000;
  const size_t lag = dsp::longest_lag(rate_hz);
  Samples output;
  for (size_t at = 0; at + piece <= input.size(); at += piece) {
    Samples room(piece + lag);
    std::copy_n(input.begin() + static_cast<ptrdiff_t>(at), piece, room.begin());
    size_t size = piece;
    const size_t changed =
        shorten ? stretcher.shorten(std::span(room).first(piece), lag) : stretcher.lengthen(room, piece, lag);
    size = shorten ? size - changed : size + changed;
    splices += changed > 0 ? 1 : 0;
    output.insert(output.end(), room.begin(), room.begin() + static_cast<ptrdiff_t>(size));
  }
  return output;
}

}  // namespace

TEST("a voice is shortened and lengthened without a step that it did not have") {
  for (const int rate_hz : kRates) {
    const Samples input = test::voice(rate_hz, 6000);
    for (const bool shorten : {true, false}) {
      int splices = 0;
      const Samples output = stretch(input, rate_hz, shorten, splices);
      CHECK(splices > 50);
      CHECK(shorten ? output.size() < input.size() * 95 / 100 : output.size() > input.size() * 105 / 100);
      CHECK(test::largest_step(output) <= test::largest_step(input) * 21 / 20);
    }
  }
}

TEST("what was one tone stays one tone: whole periods go and come") {
  for (const int rate_hz : kRates) {
    for (const double frequency_hz : {100.0, 140.0, 220.0, 350.0}) {
      const Samples input = test::tone(frequency_hz, rate_hz, static_cast<size_t>(rate_hz));
      for (const bool shorten : {true, false}) {
        int splices = 0;
        const Samples output = stretch(input, rate_hz, shorten, splices);
        CHECK(splices > 10);
        CHECK(test::largest_step(output) <= test::largest_step(input) * 11 / 10);
        CHECK(std::abs(test::rms(output) / test::rms(input) - 1) < 0.03);
      }
    }
  }
}

TEST("where it is quiet exactly as much goes and comes as was wanted") {
  for (const int rate_hz : kRates) {
    const dsp::TimeStretcher stretcher(rate_hz);
    const Samples quiet = test::noise(static_cast<size_t>(rate_hz) / 20, 40);
    for (const size_t wanted : {1u, 7u, 50u, 120u}) {
      Samples audio = quiet;
      CHECK(stretcher.shorten(audio, wanted) == wanted);
      audio = quiet;
      audio.resize(quiet.size() + wanted);
      CHECK(stretcher.lengthen(audio, quiet.size(), wanted) == wanted);
      CHECK(test::largest_step(audio) < 2 * test::largest_step(quiet));
    }
  }
}

TEST("what neither repeats itself nor is quiet is left alone") {
  const dsp::TimeStretcher stretcher(8000);
  const Samples input = test::noise(400, 3000);
  Samples audio = input;
  CHECK(stretcher.shorten(audio, 120) == 0 && audio == input);
  audio.resize(520);
  CHECK(stretcher.lengthen(audio, 400, 120) == 0);
}

TEST("no more goes than may, and nothing without a whole window or without room") {
  const dsp::TimeStretcher stretcher(8000);
  Samples audio = test::tone(100, 8000, 480);
  CHECK(stretcher.shorten(audio, 60) == 0);
  CHECK(stretcher.shorten(audio, 80) == 80);
  Samples little = test::tone(200, 8000, stretcher.window() - 1);
  CHECK(stretcher.shorten(little, 120) == 0);
  CHECK(stretcher.lengthen(little, little.size(), 120) == 0);
  Samples full = test::tone(200, 8000, 240);
  CHECK(stretcher.lengthen(full, 240, 40) == 0);
}
