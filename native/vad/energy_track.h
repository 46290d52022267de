#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace trunkline::vad {

/**
 * Levels of the last 10 ms blocks of a stream against its noise floor, each with the arrival of its packet.
 * Tells in which packet speech really began or ended, where the network only knows its 32 ms frame.
 * Positions count samples since the stream began.
 */
class EnergyTrack {
 public:
  explicit EnergyTrack(int sample_rate_hz) : block_samples_(sample_rate_hz / 100) {}

  void push(std::span<const int16_t> samples, int64_t arrival_ns);
  /** Tells the noise floor whether it may rise quickly. */
  void set_speaking(bool speaking) { speaking_ = speaking; }

  /**
   * Arrival of the block where the energy that reaches into the frame at `frame_begin` set in.
   * Nothing where no edge stands out: steady noise, or no energy at all.
   */
  std::optional<int64_t> onset_ns(int64_t frame_begin) const;
  /**
   * Arrival of the last block with energy, given that the network's last speech frame ended at `frame_end`.
   * Nothing where no edge stands out.
   */
  std::optional<int64_t> end_ns(int64_t frame_end) const;
  /** Arrival of the packet that holds the sample at `position`, which must be among the last second. */
  int64_t arrival_ns(int64_t position) const;
  /** The utterance ended: an onset is never looked for before this point. */
  void close_utterance(int64_t position) { search_start_ = position / block_samples_; }

 private:
  struct Block {
    int64_t arrival_ns = 0;
    bool energetic = false;
  };
  static constexpr int64_t kHistoryBlocks = 128;

  void finish_block(int64_t arrival_ns);
  /** The first block that a search from `wanted` on may look at. */
  int64_t oldest_block(int64_t wanted) const;
  const Block& block(int64_t index) const { return blocks_[index % kHistoryBlocks]; }

  int64_t block_samples_;
  std::array<Block, kHistoryBlocks> blocks_{};
  int64_t blocks_done_ = 0;
  int64_t search_start_ = 0;
  int64_t power_sum_ = 0;
  int64_t power_samples_ = 0;
  float noise_floor_dbfs_ = -60;
  bool speaking_ = false;
};

}  // namespace trunkline::vad
