#include "../engine/slot_buffer.h"

#include <vector>

#include "check.h"

using namespace trunkline;
using engine::PcmSlot;

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
  engine::SlotBuffer buffer;
  buffer.push(frame(1, 240));
  buffer.push(frame(2, 80));
  CHECK(take(buffer)[159] == 1);
  const PcmSlot second = take(buffer);
  CHECK(second[79] == 1 && second[80] == 2 && second[159] == 2);
}

TEST("a slot without audio is filled in from the last, fading") {
  engine::SlotBuffer buffer;
  buffer.push(frame(9000));
  take(buffer);
  const PcmSlot filled = take(buffer);
  CHECK(filled[0] > 8900 && filled[159] < 6100 && filled[159] > 5900);
}

TEST("after an announced silence the filling is silence") {
  engine::SlotBuffer buffer;
  buffer.push(frame(9000));
  take(buffer);
  buffer.expect_silence();
  CHECK(take(buffer)[0] == 0);
}

TEST("a loss whose slot was already filled in is not filled in again") {
  engine::SlotBuffer buffer;
  buffer.push(frame(1));
  take(buffer);
  take(buffer);
  buffer.push_lost(concealed(5));
  buffer.push(frame(2));
  CHECK(take(buffer)[0] == 2);
}

TEST("a loss whose slot is still to come is filled in") {
  engine::SlotBuffer buffer;
  buffer.push(frame(1));
  buffer.push_lost(concealed(5));
  buffer.push(frame(2));
  take(buffer);
  CHECK(take(buffer)[0] == 5);
  CHECK(take(buffer)[0] == 2);
}

TEST("a surplus of two slots that stays for two seconds shrinks by a quiet slot") {
  engine::SlotBuffer buffer;
  for (int i = 0; i < 3; ++i) buffer.push(frame(1));
  for (int i = 0; i < 110; ++i) {
    take(buffer);
    buffer.push(frame(1));
  }
  int left = 0;
  buffer.expect_silence();
  while (take(buffer)[159] == 1) ++left;
  CHECK(left == 2);
}

TEST("what an outage left over is gone within the first quiet moment after two seconds") {
  engine::SlotBuffer buffer;
  for (int i = 0; i < 10; ++i) buffer.push(frame(5000));
  for (int i = 0; i < 120; ++i) {
    take(buffer);
    buffer.push(frame(i < 100 ? 5000 : 1));
  }
  int left = 0;
  buffer.expect_silence();
  while (take(buffer)[159] == 1) ++left;
  CHECK(left == 2);
}

TEST("a surplus is never taken out of loud audio") {
  engine::SlotBuffer buffer;
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
  engine::SlotBuffer buffer;
  for (int16_t i = 0; i < 40; ++i) buffer.push(frame(i));
  CHECK(take(buffer)[0] == 24);
}
