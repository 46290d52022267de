#include "../engine/audio_ring.h"

#include <set>
#include <thread>

#include "check.h"

using namespace trunkline;

namespace {

void write(engine::AudioRing& ring, uint32_t number) {
  engine::AudioRecord& record = ring.claim();
  record.session_id = number;
  ring.publish(record);
}

/** Reads everything; returns how many, and checks that the numbers rise. */
int read(engine::AudioRing& ring, uint32_t& last) {
  int count = 0;
  for (engine::AudioRecord* record = ring.take_all(); record != nullptr; ++count) {
    engine::AudioRecord* following = record->next;
    CHECK(record->session_id > last);
    last = record->session_id;
    ring.give_back(record);
    record = following;
  }
  return count;
}

}  // namespace

TEST("records come out in order and go round") {
  engine::AudioRing ring(8);
  uint32_t last = 0;
  for (uint32_t i = 1; i <= 100; ++i) {
    write(ring, i);
    if (i % 5 == 0) CHECK(read(ring, last) == 5);
  }
  CHECK(ring.overwritten() == 0);
}

TEST("when nobody reads, the oldest are overwritten and counted") {
  engine::AudioRing ring(8);
  for (uint32_t i = 1; i <= 100; ++i) write(ring, i);
  uint32_t last = 0;
  const int count = read(ring, last);
  CHECK(count > 0 && count <= 8 && last == 100);
  CHECK(ring.overwritten() == static_cast<uint64_t>(100 - count));
}

TEST("while the reader holds every record, the writer goes on and counts") {
  engine::AudioRing ring(2);
  write(ring, 1);
  write(ring, 2);
  engine::AudioRecord* held = ring.take_all();
  write(ring, 3);
  CHECK(ring.overwritten() == 1);
  CHECK(held->session_id == 1 && held->next->session_id == 2);
}

TEST("while the reader keeps up, the same few records are used") {
  engine::AudioRing ring(1000);
  uint32_t last = 0;
  std::set<const engine::AudioRecord*> used;
  for (uint32_t i = 1; i <= 500; ++i) {
    engine::AudioRecord& record = ring.claim();
    used.insert(&record);
    record.session_id = i;
    ring.publish(record);
    CHECK(read(ring, last) == 1);
  }
  CHECK(used.size() <= 2);
}

TEST("a ring that has grown holds more before anything is overwritten, and never shrinks") {
  engine::AudioRing ring(8);
  ring.reserve(100);
  ring.reserve(50);
  for (uint32_t i = 1; i <= 100; ++i) write(ring, i);
  CHECK(ring.overwritten() == 0);
  uint32_t last = 0;
  CHECK(read(ring, last) == 100);
  write(ring, 101);
  CHECK(read(ring, last) == 1 && ring.overwritten() == 0);
}

TEST("nothing is lost uncounted between two threads") {
  constexpr uint32_t kRecords = 20'000;
  engine::AudioRing ring(64);
  std::thread writer([&] {
    for (uint32_t i = 1; i <= kRecords; ++i) write(ring, i);
  });
  uint32_t last = 0;
  uint64_t count = 0;
  while (last < kRecords && count + ring.overwritten() < kRecords) count += static_cast<uint64_t>(read(ring, last));
  writer.join();
  count += static_cast<uint64_t>(read(ring, last));
  CHECK(count + ring.overwritten() == kRecords);
}
