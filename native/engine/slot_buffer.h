#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../dsp/concealer.h"

namespace trunkline::engine {

/**
 * Received audio cut into the 20 ms slots in which it is handed up beside what was sent: one slot in real time for
 * every slot out, filled in where nothing came. Lost audio whose time was already filled in is not filled in again, so
 * that the stream keeps in step with the clock. Surplus (a fast peer clock, a burst) is dropped where it is quiet.
 * Allocates only at construction.
 */
class SlotBuffer {
 public:
  explicit SlotBuffer(int sample_rate_hz);

  void push(std::span<const int16_t> samples);
  /** In place of audio that was lost on the way. */
  void push_lost(std::span<const int16_t> concealed);
  /** What is missing from here on is silence, not loss. */
  void expect_silence() { silence_follows_ = true; }
  /** One slot. */
  void take(std::span<int16_t> slot);
  void restart();

 private:
  static constexpr size_t kCapacitySlots = 16;
  /** Surplus is measured over two seconds. */
  static constexpr int kSurplusSlots = 100;
  static constexpr size_t kMostSurplusSlots = 2;
  static constexpr size_t kMostFilledInSlots = 3;

  int16_t peek(size_t index) const { return ring_[(begin_ + index) % ring_.size()]; }
  void drop(size_t count);
  void watch_surplus();
  bool next_slot_quiet() const;

  const size_t slot_;
  std::vector<int16_t> ring_;
  size_t begin_ = 0;
  size_t size_ = 0;
  dsp::Concealer concealer_;
  /** Samples made up whose packet may still turn out to be lost. */
  size_t filled_in_ = 0;
  bool silence_follows_ = false;
  size_t least_left_;
  int watched_slots_ = 0;
};

}  // namespace trunkline::engine
