#include "../engine/slot_buffer.h"

#include <array>
#include <vector>

#include "check.h"

using namespace trunkline;
using PcmSlot = std::array<int16_t, 160>;

namespace {

std::vector<int16_t> frame(int16_t value, size_t samples = 160) { return std::vector<int16_t>(samples, value); }

PcmSlot take(engine::SlotBuffer& buffer) {
  PcmSlot slot;
  buffer.take(slot);
  return slot;
}

PcmSlot concealed(int16_t value) {
  PcmSlot slot;
  slot.fill(value);
  return slot;
}

}  // namespace

TEST("audio comes out in slots of 20 ms, however the packets were cut") {
  engine::SlotBuffer buffer(8000);
  buffer.push(frame(1, 240));
  buffer.push(frame(2, 80));
  CHECK(take(buffer)[159] == 1);
  const PcmSlot second = take(buffer);
  CHECK(second[79] == 1 && second[80] == 2 && second[159] == 2);
}

TEST("a slot without audio is filled in from the last, fading") {
  engine::SlotBuffer buffer(8000);
  buffer.push(frame(9000));
  take(buffer);
  const PcmSlot filled = take(buffer);
  CHECK(filled[0] == 9000 && filled[159] < 7800 && filled[159] > 7600);
}

TEST("after an announced silence the filling is silence") {
  engine::SlotBuffer buffer(8000);
  buffer.push(frame(9000));
  take(buffer);
  buffer.expect_silence();
  CHECK(take(buffer)[0] == 0);
}

TEST("a loss whose slot was already filled in is not filled in again") {
  engine::SlotBuffer buffer(8000);
  buffer.push(frame(1));
  take(buffer);
  take(buffer);
  buffer.push_lost(concealed(5));
  buffer.push(frame(2));
  CHECK(take(buffer)[159] == 2);
}

TEST("a loss whose slot is still to come is filled in") {
  engine::SlotBuffer buffer(8000);
  buffer.push(frame(1));
  buffer.push_lost(concealed(5));
  buffer.push(frame(2));
  take(buffer);
  CHECK(take(buffer)[0] == 5);
  CHECK(take(buffer)[0] == 2);
}

TEST("a surplus of two slots that stays for two seconds shrinks by a quiet slot") {
  engine::SlotBuffer buffer(8000);
  for (int i = 0; i < 3; ++i) buffer.push(frame(100));
  for (int i = 0; i < 110; ++i) {
    take(buffer);
    buffer.push(frame(100));
  }
  int left = 0;
  while (take(buffer)[159] == 100) ++left;
  CHECK(left == 2);
}

TEST("what an outage left over is gone within the first quiet moment after two seconds") {
  engine::SlotBuffer buffer(8000);
  for (int i = 0; i < 10; ++i) buffer.push(frame(5000));
  for (int i = 0; i < 120; ++i) {
    take(buffer);
    buffer.push(frame(i < 100 ? 5000 : 100));
  }
  int left = 0;
  while (take(buffer)[159] == 100) ++left;
  CHECK(left == 2);
}

TEST("a surplus is never taken out of loud audio") {
  engine::SlotBuffer buffer(8000);
  for (int i = 0; i < 3; ++i) buffer.push(frame(5000));
  int count = 3;
  for (int i = 0; i < 300; ++i) {
    take(buffer);
    buffer.push(frame(5000));
  }
  while (take(buffer)[159] == 5000) --count;
  CHECK(count == 0);
}

TEST("a flood keeps the newest 320 ms") {
  engine::SlotBuffer buffer(8000);
  for (int16_t i = 0; i < 40; ++i) buffer.push(frame(i));
  CHECK(take(buffer)[0] == 24);
}

TEST("a slot of which half came is filled in by the other half, and a loss makes up only what was not") {
  for (const int rate_hz : {8000, 16000}) {
    engine::SlotBuffer buffer(rate_hz);
    const size_t slot = static_cast<size_t>(rate_hz) / 50;
    std::vector<int16_t> out(slot);
    buffer.push(frame(1000, slot));
    buffer.take(out);
    buffer.push(frame(1000, slot / 2));
    buffer.take(out);
    CHECK(out[slot - 1] > 950);
    buffer.push_lost(frame(77, slot));
    buffer.push(frame(1000, slot));
    buffer.take(out);
    CHECK(out[slot / 2 - 1] == 77 && out[slot / 2] == 1000);
  }
}
