#include "audio_ring.h"

#include <utility>

namespace trunkline::engine {

void AudioRing::reserve(size_t records) {
  const size_t before = records_.load(std::memory_order_relaxed);
  if (records <= before) return;
  const size_t more = records - before;
  AudioRecord* block = storage_.emplace_back(std::make_unique_for_overwrite<AudioRecord[]>(more)).get();
  for (size_t i = 0; i + 1 < more; ++i) block[i].next = &block[i + 1];
  new_.push_chain(&block[0], &block[more - 1]);
  records_.store(records, std::memory_order_relaxed);
}

AudioRecord& AudioRing::claim() {
  if (spare_ == nullptr) spare_ = free_.take_all();
  if (spare_ == nullptr) spare_ = take_unused();
  if (spare_ == nullptr) reclaim_oldest();
  // The reader holds every record at this instant.
  if (spare_ == nullptr) return reserve_;
  AudioRecord& record = *spare_;
  spare_ = record.next;
  return record;
}

/** One, or null. */
AudioRecord* AudioRing::take_unused() {
  if (unused_ == nullptr) unused_ = new_.take_all();
  AudioRecord* record = unused_;
  if (record != nullptr) unused_ = std::exchange(record->next, nullptr);
  return record;
}

void AudioRing::publish(AudioRecord& record) {
  if (&record == &reserve_) {
    overwritten_.fetch_add(1, std::memory_order_relaxed);
  } else {
    unread_.push(&record);
  }
}

/** A quarter at a time, so that a reader that sleeps costs a walk over the list only now and then. */
void AudioRing::reclaim_oldest() {
  AudioRecord* oldest = unread_.take_all();
  uint64_t reclaimed = 0;
  const size_t most = records_.load(std::memory_order_relaxed) / 4;
  while (oldest != nullptr && reclaimed <= most) {
    AudioRecord* following = oldest->next;
    oldest->next = spare_;
    spare_ = oldest;
    oldest = following;
    ++reclaimed;
  }
  while (oldest != nullptr) unread_.push(std::exchange(oldest, oldest->next));
  overwritten_.fetch_add(reclaimed, std::memory_order_relaxed);
}

}  // namespace trunkline::engine
