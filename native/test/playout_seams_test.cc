// No cut that the engine makes is heard: neither its own (flush, pause, duck) nor those of a source that stops or
// begins in mid-wave.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "../engine/playout_queue.h"
#include "check.h"
#include "tone.h"

using namespace trunkline;
using engine::PlayoutNote;

namespace {

/** -40 dBFS, and a little for rounding. */
constexpr int kMostStep = 327 + 2;

/** Frees what is in it at the end: a queue gives back what was not heard when it goes. */
class SpentChunks : public engine::HandoffList<engine::PlayoutChunk> {
 public:
  ~SpentChunks() { free_all(); }
  void free_all() {
    for (auto* chunk = take_all(); chunk != nullptr;) delete std::exchange(chunk, chunk->next);
  }
};

class Speaker {
 public:
  explicit Speaker(int rate_hz) : slot_(static_cast<size_t>(rate_hz) / 50), queue(spent_, 0.125f, rate_hz) {}

  void write(uint32_t playout, std::span<const int16_t> samples) {
    queue.write(new engine::PlayoutChunk{.playout_id = playout, .samples = {samples.begin(), samples.end()}});
  }

  void play(int slots) {
    for (int i = 0; i < slots; ++i) {
      std::vector<int16_t> packet(slot_);
      queue.fill(packet);
      for (const PlayoutNote& note : queue.notes()) underruns += note.type == PlayoutNote::Type::underrun ? 1 : 0;
      heard.insert(heard.end(), packet.begin(), packet.end());
      spent_.free_all();
    }
  }

  size_t slot() const { return slot_; }

 private:
  SpentChunks spent_;
  size_t slot_;

 public:
  engine::PlayoutQueue queue;
  std::vector<int16_t> heard;
  int underruns = 0;
};

int steepest(std::span<const int16_t> samples) {
  int most = 0;
  for (size_t i = 1; i < samples.size(); ++i) most = std::max(most, std::abs(samples[i] - samples[i - 1]));
  return most;
}

/** Full scale, and slow: what is steeper than the tone is a step of ours. */
std::vector<int16_t> loud_tone(double frequency_hz, int rate_hz, size_t samples) {
  return test::tone(frequency_hz, rate_hz, static_cast<int>(samples), 32'767);
}

/** Vowels: pulses through a formant, at full scale. */
std::vector<int16_t> speech(int rate_hz, size_t samples) {
  std::vector<double> wave(samples);
  double one = 0, two = 0, most = 0, phase = 0;
  for (size_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    phase += (120 + 15 * std::sin(9 * t)) / rate_hz;
    const double pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    const double radius = std::exp(-M_PI * 120 / rate_hz);
    const double formant = 450 + 150 * std::sin(17 * t);
    wave[i] = pulse + 2 * radius * std::cos(2 * M_PI * formant / rate_hz) * one - radius * radius * two;
    two = std::exchange(one, wave[i]);
    most = std::max(most, std::abs(wave[i]));
  }
  std::vector<int16_t> result(samples);
  for (size_t i = 0; i < samples; ++i) result[i] = static_cast<int16_t>(std::lround(32'000 * wave[i] / most));
  return result;
}

void for_each_signal(const std::function<void(int rate_hz, const std::vector<int16_t>& signal)>& check) {
  for (const int rate_hz : {8000, 16000}) {
    const auto length = static_cast<size_t>(rate_hz) * 2 / 5;
    check(rate_hz, std::vector<int16_t>(length, 32'767));
    check(rate_hz, loud_tone(50, rate_hz, length));
    check(rate_hz, loud_tone(210, rate_hz, length));
    check(rate_hz, speech(rate_hz, length));
  }
}

/** Of a signal that is cut anywhere. A tail may be as steep as what it goes on with and a part of the fade. */
void check_steps(const Speaker& speaker, std::span<const int16_t> signal, int cuts_at_once = 1) {
  CHECK(steepest(speaker.heard) <= steepest(signal) + cuts_at_once * kMostStep);
}

constexpr size_t kCuts = 43;

}  // namespace

TEST("a source that stops in mid-wave fades out, wherever that is") {
  for_each_signal([](int rate_hz, const std::vector<int16_t>& signal) {
    for (size_t cut = 1; cut <= kCuts; ++cut) {
      for (const bool finished : {true, false}) {
        Speaker speaker(rate_hz);
        const auto said = std::span(signal).first(2 * speaker.slot() + 7 * cut);
        speaker.write(1, said);
        if (finished) speaker.queue.finish(1);
        speaker.play(6);
        check_steps(speaker, signal);
        CHECK(speaker.underruns == (finished ? 0 : 1));
        const auto silence = std::span(speaker.heard).subspan(said.size() + speaker.slot());
        CHECK(steepest(silence) == 0 && silence.front() == 0);
      }
    }
  });
}

TEST("a source that begins in mid-wave fades in, one that begins softly is left as it is") {
  for_each_signal([](int rate_hz, const std::vector<int16_t>& signal) {
    for (size_t cut = 0; cut < kCuts; ++cut) {
      Speaker speaker(rate_hz);
      const auto said = std::span(signal).subspan(11 * cut, 3 * speaker.slot());
      speaker.play(1);
      speaker.write(1, said);
      speaker.play(3);
      check_steps(speaker, signal);
      const std::span<const int16_t> heard = std::span(speaker.heard).subspan(speaker.slot());
      const size_t same_from = std::abs(said[0]) <= 327 ? 0 : speaker.slot();
      CHECK(std::ranges::equal(heard.subspan(same_from, speaker.slot()), said.subspan(same_from, speaker.slot())));
    }
  });
}

TEST("an underrun and the return from it have no step") {
  for_each_signal([](int rate_hz, const std::vector<int16_t>& signal) {
    for (size_t cut = 1; cut <= kCuts; ++cut) {
      Speaker speaker(rate_hz);
      const size_t first = speaker.slot() + 5 * cut;
      speaker.write(1, std::span(signal).first(first));
      speaker.play(3 + static_cast<int>(cut % 3));
      speaker.write(1, std::span(signal).subspan(first));
      speaker.play(4);
      check_steps(speaker, signal, 2);
      CHECK(speaker.underruns == 1);
    }
  });
}

TEST("a playout that cuts in where another stops in mid-wave has no step") {
  for_each_signal([](int rate_hz, const std::vector<int16_t>& signal) {
    for (size_t cut = 1; cut <= kCuts; ++cut) {
      Speaker speaker(rate_hz);
      speaker.write(1, std::span(signal).first(speaker.slot() + 3 * cut));
      speaker.queue.finish(1);
      speaker.write(2, std::span(signal).subspan(5 * cut, 3 * speaker.slot()));
      speaker.play(3);
      CHECK(steepest(speaker.heard) <= 2 * steepest(signal) + 2 * kMostStep);
    }
  });
}

TEST("audio of two playouts that fits is joined as it is") {
  const std::vector<int16_t> signal = loud_tone(20, 8000, 640);
  Speaker speaker(8000);
  speaker.write(1, std::span(signal).first(301));
  speaker.queue.finish(1);
  speaker.write(2, std::span(signal).subspan(301));
  speaker.play(3);
  CHECK(std::ranges::equal(speaker.heard, std::span(signal).first(480)));
}

TEST("flush, pause and resume, duck and release have no step, wherever they come") {
  using Queue = engine::PlayoutQueue;
  const std::vector<std::pair<void (Queue::*)(), void (Queue::*)()>> cuts{
      {&Queue::flush, nullptr},       {&Queue::pause, &Queue::resume}, {&Queue::duck, &Queue::release},
      {&Queue::duck, &Queue::pause},  {&Queue::duck, &Queue::flush},   {&Queue::pause, &Queue::flush},
      {&Queue::duck, &Queue::resume},
  };
  for_each_signal([&](int rate_hz, const std::vector<int16_t>& signal) {
    for (const auto& [first, second] : cuts) {
      for (size_t shift = 0; shift < kCuts; ++shift) {
        Speaker speaker(rate_hz);
        speaker.write(1, std::span(signal).subspan(3 * shift));
        speaker.play(2);
        (speaker.queue.*first)();
        speaker.play(1 + static_cast<int>(shift % 3));
        if (second != nullptr) (speaker.queue.*second)();
        speaker.play(3);
        check_steps(speaker, signal);
      }
    }
  });
}

TEST("whatever the bursts, a source that is ahead of real time is heard without a gap, sample by sample") {
  uint32_t seed = 1;
  const auto random = [&seed](uint32_t below) {
    seed = seed * 1664525 + 1013904223;
    return static_cast<uint32_t>(static_cast<uint64_t>(seed) * below >> 32);
  };
  for (int round = 0; round < 200; ++round) {
    const int rate_hz = round % 2 == 0 ? 8000 : 16000;
    Speaker speaker(rate_hz);
    const std::vector<int16_t> signal = loud_tone(90, rate_hz, static_cast<size_t>(rate_hz) * 3);
    size_t written = 0;
    for (int slot = 0; slot < 140; ++slot) {
      const size_t needed = (static_cast<size_t>(slot) + 1) * speaker.slot();
      while (written < needed || random(40) == 0) {
        const size_t count = std::min<size_t>(1 + random(static_cast<uint32_t>(rate_hz)), signal.size() - written);
        speaker.write(1, std::span(signal).subspan(written, count));
        written += count;
        if (count == 0) break;
      }
      speaker.play(1);
    }
    CHECK(speaker.underruns == 0);
    CHECK(std::ranges::equal(speaker.heard, std::span(signal).first(speaker.heard.size())));
  }
}

TEST("a second of speech in 50 ms, then nothing for 300 ms: no gap but the source's own") {
  Speaker speaker(8000);
  const std::vector<int16_t> signal = loud_tone(90, 8000, 80'000);
  size_t written = 0;
  for (int slot = 0; slot < 480; ++slot) {
    // Every 350 ms a second, written in three parts within 50 ms, until ten seconds are there.
    if (slot * 20 % 350 < 60 && written < signal.size()) {
      speaker.write(1, std::span(signal).subspan(written, std::min<size_t>(2667, signal.size() - written)));
      written += std::min<size_t>(2667, signal.size() - written);
    }
    speaker.play(1);
  }
  CHECK(speaker.underruns == 0);
  CHECK(std::ranges::equal(speaker.heard, std::span(signal).first(speaker.heard.size())));
}
