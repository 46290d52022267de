#include "../engine/heard_audio.h"

#include <algorithm>
#include <vector>

#include "check.h"

using namespace trunkline;
using Samples = std::vector<int16_t>;

namespace {

Samples frame(int16_t value, size_t samples = 160) { return Samples(samples, value); }

Samples take(engine::HeardAudio& heard, bool silent_line = false) {
  Samples room(320);
  room.resize(heard.take(room, silent_line));
  return room;
}

}  // namespace

TEST("what came since the last slot comes with the next, in order and once") {
  engine::HeardAudio heard(8000);
  heard.push(frame(1, 240));
  heard.push(frame(2, 40));
  const Samples first = take(heard);
  CHECK(first.size() == 280 && first[239] == 1 && first[240] == 2);
  CHECK(take(heard).empty());
}

TEST("a burst comes in two slots at a time") {
  engine::HeardAudio heard(8000);
  for (int16_t i = 1; i <= 5; ++i) heard.push(frame(i));
  CHECK(take(heard).size() == 320 && take(heard).size() == 320);
  CHECK(take(heard) == frame(5));
}

TEST("when nobody takes it the oldest goes") {
  engine::HeardAudio heard(8000);
  for (int16_t i = 1; i <= 40; ++i) heard.push(frame(i));
  size_t count = 0;
  int16_t last = 0;
  for (Samples slot = take(heard); !slot.empty(); slot = take(heard)) {
    if (count == 0) CHECK(slot[0] == 25);
    count += slot.size();
    last = slot.back();
  }
  CHECK(count == 16 * 160 && last == 40);
}

TEST("a silent line is silence in real time, with the time in which it was not known") {
  engine::HeardAudio heard(8000);
  heard.push(frame(9));
  take(heard);
  for (int i = 0; i < 4; ++i) CHECK(take(heard).empty());
  size_t silence = 0;
  for (int i = 0; i < 10; ++i) {
    const Samples slot = take(heard, true);
    CHECK(std::ranges::all_of(slot, [](int16_t sample) { return sample == 0; }));
    silence += slot.size();
  }
  CHECK(silence == 14 * 160);
  heard.push(frame(7));
  CHECK(take(heard) == frame(7));
}

TEST("before the first packet the line is silent") {
  engine::HeardAudio heard(16000);
  CHECK(take(heard, true) == Samples(320));
  CHECK(take(heard, true) == Samples(320));
}
