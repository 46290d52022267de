#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "doorbell.h"
#include "wav_file.h"

namespace trunkline::engine {

struct RecordingOptions {
  /** Tells the recordings of an engine apart. */
  uint32_t id = 0;
  uint32_t session_id = 0;
  std::string path;
  int sample_rate_hz = 8000;
  /** How far the disk may be behind, in slots of 20 ms: four seconds, 128 KB at 8 kHz. */
  size_t ring_slots = 200;
  uint64_t most_frames = WavFile::kMostFrames;
};

/**
 * The way of a recording from its media thread to the writer thread: 20 ms slots of both directions in a ring that is
 * allocated beforehand. Every slot has its place in time, so that what is paused, or was dropped because the disk is
 * behind, is silence and both directions stay aligned to the sample.
 *
 * Made by the control thread, used by the media thread until `finish`, freed by the writer.
 */
class Recording {
 public:
  /** `writer` is rung at `finish` and outlives the recording. */
  Recording(RecordingOptions options, const Doorbell& writer);

  const RecordingOptions& options() const { return options_; }
  size_t slot_samples() const { return slot_samples_; }

  // The media thread's.

  /** One slot; what is missing of it is silence. False when the file cannot be written any more: then `finish` it. */
  bool push(std::span<const int16_t> left, std::span<const int16_t> right);
  /** While paused a slot is silence, whatever is pushed. */
  void set_paused(bool paused) { paused_ = paused; }
  /** The last call: the recording may be gone when it returns. */
  void finish();

  // The writer thread's.

  /** Read it first: then everything that was pushed can be read. */
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  /** How long the recording is by now. */
  uint64_t frames() const { return slots_.load(std::memory_order_acquire) * slot_samples_; }
  uint64_t ring_frames() const { return options_.ring_slots * slot_samples_; }
  uint64_t lost_frames() const { return lost_slots_.load(std::memory_order_relaxed) * slot_samples_; }
  /** Moves what is in the ring to the file, in as few writes as it takes. Errno, 0 = none. */
  int drain_to(WavFile& file);
  void give_up() { broken_.store(true, std::memory_order_relaxed); }

 private:
  int16_t* slot(uint64_t index) { return &samples_[(index % options_.ring_slots) * slot_samples_ * 2]; }
  uint64_t& place(uint64_t index) { return places_[index % options_.ring_slots]; }
  /** Slots from `first` on that lie side by side in the ring and in the file. */
  uint64_t run_length(uint64_t first, uint64_t end);

  const RecordingOptions options_;
  const Doorbell& writer_;
  const size_t slot_samples_;
  std::unique_ptr<int16_t[]> samples_;
  /** For each slot of the ring, its number in the recording. */
  std::unique_ptr<uint64_t[]> places_;
  bool paused_ = false;
  std::atomic<bool> finished_{false};
  std::atomic<bool> broken_{false};
  std::atomic<uint64_t> slots_{0};
  std::atomic<uint64_t> lost_slots_{0};
  /** Slots that went into the ring, and out of it, since the beginning. */
  alignas(64) std::atomic<uint64_t> in_{0};
  alignas(64) std::atomic<uint64_t> out_{0};
};

}  // namespace trunkline::engine
