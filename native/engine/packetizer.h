#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "slot.h"

namespace trunkline::engine {

/**
 * Cuts the 20 ms slots of a session into packets of the agreed length, 10 to 60 ms. A length that is no multiple of 20
 * ms has departures of its own between the slots, on the 5 ms ticks of the thread. Sans-IO: time is the number of the
 * tick.
 */
class Packetizer {
 public:
  static constexpr int kTickMs = 5;
  static constexpr int kLongestPtimeMs = 60;

  /** What waits of the former length is kept. */
  void configure(int sample_rate_hz, int ptime_ms);
  void push(std::span<const int16_t> slot);
  /** The packet that is due, to be called until there is none; valid until the next `push`. */
  std::span<const int16_t> poll(uint64_t tick);
  /** True when packets leave between slots: `poll` must be called at every tick. */
  bool departs_between_slots() const { return between_slots_; }

 private:
  static constexpr size_t kCapacity = 8 * kMostSlotSamples;

  std::array<int16_t, kCapacity> waiting_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t packet_samples_ = slot_samples(kNarrowbandHz);
  size_t slot_samples_ = slot_samples(kNarrowbandHz);
  uint64_t packet_ticks_ = kSlotMs / kTickMs;
  uint64_t next_tick_ = 0;
  bool between_slots_ = false;
};

}  // namespace trunkline::engine
