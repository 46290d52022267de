#include "slot_buffer.h"

#include <algorithm>
#include <cstdlib>

namespace trunkline::engine {
namespace {

/** About -40 dBFS. */
constexpr int kQuietPeak = 330;

}  // namespace

void SlotBuffer::push(std::span<const int16_t> samples) {
  if (size_ + samples.size() > kCapacity) drop(size_ + samples.size() - kCapacity);
  for (const int16_t sample : samples) {
    ring_[(begin_ + size_) % kCapacity] = sample;
    ++size_;
  }
}

void SlotBuffer::push_lost(std::span<const int16_t, kSlotSamples> concealed) {
  if (filled_in_ > 0) {
    --filled_in_;
  } else {
    push(concealed);
  }
}

void SlotBuffer::take(std::span<int16_t> slot) {
  const size_t count = std::min(size_, kSlotSamples);
  for (size_t i = 0; i < count; ++i) slot[i] = peek(i);
  drop(count);
  if (count == kSlotSamples) {
    concealer_.remember(slot);
    watch_surplus();
    return;
  }
  PcmSlot filler;
  concealer_.conceal(filler);
  std::copy_n(filler.begin(), kSlotSamples - count, slot.begin() + static_cast<ptrdiff_t>(count));
  filled_in_ = std::min(filled_in_ + 1, kMostFilledIn);
  least_left_ = 0;
}

void SlotBuffer::restart() {
  size_ = 0;
  filled_in_ = 0;
  concealer_.reset();
}

void SlotBuffer::drop(size_t count) {
  begin_ = (begin_ + count) % kCapacity;
  size_ -= count;
}

/** Audio that was left over at every slot of two seconds is delay for nothing: it goes, a slot at a time, where it is
 * quiet. */
void SlotBuffer::watch_surplus() {
  least_left_ = std::min(least_left_, size_);
  if (++watched_slots_ < kSurplusSlots) return;
  if (least_left_ >= kMostSurplus) {
    if (!next_slot_quiet()) return;
    drop(kSlotSamples);
    least_left_ -= kSlotSamples;
    return;
  }
  watched_slots_ = 0;
  least_left_ = kCapacity;
}

bool SlotBuffer::next_slot_quiet() const {
  for (size_t i = 0; i < std::min(size_, kSlotSamples); ++i) {
    if (std::abs(peek(i)) > kQuietPeak) return false;
  }
  return true;
}

}  // namespace trunkline::engine
