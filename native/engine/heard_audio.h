#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trunkline::engine {

/**
 * Received audio on its way up, beside each slot that is sent: all that came since the last one, in order, and nothing
 * made up. What came late comes with the next slot, so no delay stays behind. A line on which nothing comes is silence
 * in real time, with the time in which that was not yet known. Allocates only at construction.
 */
class HeardAudio {
 public:
  /** A line that has been silent for so long is silent, not late. */
  static constexpr int64_t kSilentLineNs = 100'000'000;

  explicit HeardAudio(int sample_rate_hz);

  /** Decoded, or concealed in place of a loss. When nobody takes it, the oldest goes. */
  void push(std::span<const int16_t> samples);
  /** Returns how many samples of `room` are used. */
  size_t take(std::span<int16_t> room, bool silent_line);

 private:
  static constexpr size_t kCapacitySlots = 16;
  static constexpr size_t kSilentLineSlots = 5;

  void drop(size_t count);
  size_t take_silence(std::span<int16_t> room);

  const size_t slot_;
  std::vector<int16_t> ring_;
  size_t begin_ = 0;
  size_t size_ = 0;
  /** Silence that is not handed up yet. */
  size_t silence_owed_ = 0;
  bool silent_ = true;
};

}  // namespace trunkline::engine
