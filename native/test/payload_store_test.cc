#include "../rtp/payload_store.h"

#include <array>
#include <vector>

#include "check.h"

using namespace trunkline;
using Bytes = std::vector<uint8_t>;

TEST("payloads of any length come out as they went in, in any order, and leave their place") {
  rtp::PayloadStore store(20);
  std::array<uint8_t, rtp::kLongestPayloadBytes> room;
  uint32_t random = 3;
  std::vector<std::pair<rtp::PayloadStore::Handle, Bytes>> held;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 1664525 + 1013904223;
    const size_t bytes = (random >> 8) % 700;
    if (store.has_room(bytes)) {
      const Bytes payload(bytes, static_cast<uint8_t>(i));
      held.emplace_back(store.put(payload), payload);
    } else {
      CHECK(!held.empty());
      const size_t which = (random >> 20) % held.size();
      const auto out = store.take(held[which].first, room);
      CHECK(Bytes(out.begin(), out.end()) == held[which].second);
      held.erase(held.begin() + static_cast<ptrdiff_t>(which));
    }
  }
  for (const auto& each : held) store.free(each.first);
  CHECK(store.has_room(20 * 160) && !store.has_room(20 * 160 + 1));
}

TEST("an empty payload needs no place") {
  rtp::PayloadStore store(1);
  const Bytes payload(160, 7);
  const auto full = store.put(payload);
  CHECK(store.has_room(0) && !store.has_room(1));
  const auto empty = store.put({});
  std::array<uint8_t, 160> room;
  CHECK(store.take(empty, room).empty());
  CHECK(store.take(full, room).size() == 160);
}
