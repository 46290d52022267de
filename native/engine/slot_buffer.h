#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../dsp/concealer.h"

namespace trunkline::engine {

inline constexpr size_t kSlotSamples = 160;
using PcmSlot = std::array<int16_t, kSlotSamples>;

/**
 * Received audio cut into the 20 ms slots in which it is handed up beside what was sent: one slot in real time for
 * every slot out, filled in where nothing came. A lost packet whose slot was already filled in is not filled in again,
 * so that the stream keeps in step with the clock. Surplus (a fast peer clock, a burst) is dropped where it is quiet.
 */
class SlotBuffer {
 public:
  void push(std::span<const int16_t> samples);
  /** 20 ms that were lost on the way. */
  void push_lost(std::span<const int16_t, kSlotSamples> concealed);
  /** What is missing from here on is silence, not loss. */
  void expect_silence() { concealer_.reset(); }
  /** 160 samples. */
  void take(std::span<int16_t> slot);
  void restart();

 private:
  static constexpr size_t kCapacity = 16 * kSlotSamples;
  /** Surplus is measured over two seconds. */
  static constexpr int kSurplusSlots = 100;
  static constexpr size_t kMostSurplus = 2 * kSlotSamples;
  static constexpr int kMostFilledIn = 3;

  int16_t peek(size_t index) const { return ring_[(begin_ + index) % kCapacity]; }
  void drop(size_t count);
  void watch_surplus();
  bool next_slot_quiet() const;

  std::array<int16_t, kCapacity> ring_;
  size_t begin_ = 0;
  size_t size_ = 0;
  dsp::Concealer concealer_;
  int filled_in_ = 0;
  size_t least_left_ = kCapacity;
  int watched_slots_ = 0;
};

}  // namespace trunkline::engine
