#include "../engine/packetizer.h"

#include <numeric>
#include <vector>

#include "check.h"

using namespace trunkline;

namespace {

struct Departure {
  uint64_t tick;
  std::vector<int16_t> samples;
};

/** Slots every fourth tick, as a media thread pushes them. */
std::vector<Departure> departures(int sample_rate_hz, int ptime_ms, uint64_t ticks) {
  engine::Packetizer packetizer;
  packetizer.configure(sample_rate_hz, ptime_ms);
  std::vector<Departure> all;
  std::vector<int16_t> slot(engine::slot_samples(sample_rate_hz));
  int16_t next = 0;
  for (uint64_t tick = 0; tick < ticks; ++tick) {
    if (tick % 4 == 0) {
      std::iota(slot.begin(), slot.end(), next);
      next = static_cast<int16_t>(next + static_cast<int16_t>(slot.size()));
      packetizer.push(slot);
    }
    for (auto packet = packetizer.poll(tick); !packet.empty(); packet = packetizer.poll(tick)) {
      all.push_back({tick, {packet.begin(), packet.end()}});
    }
  }
  return all;
}

}  // namespace

TEST("packets of 10 to 60 ms carry every sample once and leave at their own pace") {
  for (const int rate : {8000, 16000}) {
    for (const int ptime_ms : {10, 20, 30, 40, 50, 60}) {
      const auto all = departures(rate, ptime_ms, 400);
      CHECK(all.size() >= 2000u / static_cast<size_t>(ptime_ms) - 2);
      int16_t expected = 0;
      for (size_t i = 0; i < all.size(); ++i) {
        CHECK(all[i].samples.size() == static_cast<size_t>(rate * ptime_ms / 1000));
        for (const int16_t sample : all[i].samples) CHECK(sample == expected++);
        if (i > 0) CHECK(all[i].tick - all[i - 1].tick == static_cast<uint64_t>(ptime_ms / 5));
      }
    }
  }
}

TEST("a packet of 20 ms leaves with its slot") {
  for (const Departure& departure : departures(8000, 20, 40)) CHECK(departure.tick % 4 == 0);
}

TEST("after a stop of the clock what waits leaves at once") {
  engine::Packetizer packetizer;
  packetizer.configure(8000, 30);
  const std::vector<int16_t> slot(160);
  packetizer.push(slot);
  packetizer.push(slot);
  CHECK(packetizer.poll(0).size() == 240);
  for (int i = 0; i < 3; ++i) packetizer.push(slot);
  CHECK(packetizer.poll(1).size() == 240);
  CHECK(packetizer.poll(1).empty());
}
