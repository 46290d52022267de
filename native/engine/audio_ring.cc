#include "audio_ring.h"

namespace trunkline::engine {

AudioRing::AudioRing(size_t records) : records_(records), storage_(std::make_unique<AudioRecord[]>(records)) {
  for (size_t i = 0; i < records; ++i) {
    storage_[i].next = spare_;
    spare_ = &storage_[i];
  }
}

AudioRecord& AudioRing::claim() {
  if (spare_ == nullptr) spare_ = free_.take_all();
  if (spare_ == nullptr) reclaim_oldest();
  // The reader holds every record at this instant.
  if (spare_ == nullptr) return reserve_;
  AudioRecord& record = *spare_;
  spare_ = record.next;
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
  while (oldest != nullptr && reclaimed <= records_ / 4) {
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
