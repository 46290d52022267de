#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "handoff_list.h"
#include "slot.h"

namespace trunkline::engine {

/** What a session sent in one slot, and what it received since the slot before. */
struct AudioRecord {
  AudioRecord* next = nullptr;
  uint32_t session_id = 0;
  int64_t at_ns = 0;
  int sample_rate_hz = kNarrowbandHz;
  size_t received_samples = 0;
  std::array<int16_t, kMostHeardSamples> received;
  SlotRoom sent;
};

/**
 * The way of audio from a media thread to the control thread: records that go round, the same few while the reader
 * keeps up. When it stops, and all are unread, the oldest are used again and counted; the writer never waits and never
 * allocates.
 */
class AudioRing {
 public:
  explicit AudioRing(size_t records) { reserve(records); }

  /** Control thread: there are at least so many records from now on. */
  void reserve(size_t records);

  /** Media thread: a record to fill, then `publish`. */
  AudioRecord& claim();
  void publish(AudioRecord& record);

  /** Control thread: oldest first; each goes back with `give_back`. */
  AudioRecord* take_all() { return unread_.take_all(); }
  void give_back(AudioRecord* record) { free_.push(record); }

  /** Records that were overwritten before they were read. */
  uint64_t overwritten() const { return overwritten_.load(std::memory_order_relaxed); }

 private:
  AudioRecord* take_unused();
  void reclaim_oldest();

  /** The reader's own. */
  std::vector<std::unique_ptr<AudioRecord[]>> storage_;
  std::atomic<size_t> records_{0};
  HandoffList<AudioRecord> unread_;
  HandoffList<AudioRecord> free_;
  HandoffList<AudioRecord> new_;
  /** The writer's own: those that went round, which are still in the caches, and those that never did. */
  AudioRecord* spare_ = nullptr;
  AudioRecord* unused_ = nullptr;
  AudioRecord reserve_;
  std::atomic<uint64_t> overwritten_{0};
};

}  // namespace trunkline::engine
