#include "slot_buffer.h"

#include <algorithm>
#include <cstdlib>

#include "slot.h"

namespace trunkline::engine {
namespace {

/** About -40 dBFS. */
constexpr int kQuietPeak = 330;

}  // namespace

SlotBuffer::SlotBuffer(int sample_rate_hz)
    : slot_(slot_samples(sample_rate_hz)),
      ring_(kCapacitySlots * slot_),
      concealer_(sample_rate_hz),
      least_left_(ring_.size()) {}

void SlotBuffer::push(std::span<const int16_t> samples) {
  silence_follows_ = false;
  if (size_ + samples.size() > ring_.size()) drop(size_ + samples.size() - ring_.size());
  const size_t at = (begin_ + size_) % ring_.size();
  const size_t to_end = std::min(samples.size(), ring_.size() - at);
  std::ranges::copy(samples.first(to_end), ring_.begin() + static_cast<ptrdiff_t>(at));
  std::ranges::copy(samples.subspan(to_end), ring_.begin());
  size_ += samples.size();
}

void SlotBuffer::push_lost(std::span<const int16_t> concealed) {
  const size_t done = std::min(filled_in_, concealed.size());
  filled_in_ -= done;
  push(concealed.subspan(done));
}

void SlotBuffer::take(std::span<int16_t> slot) {
  const size_t count = std::min(size_, slot_);
  const size_t to_end = std::min(count, ring_.size() - begin_);
  std::copy_n(ring_.begin() + static_cast<ptrdiff_t>(begin_), to_end, slot.begin());
  std::copy_n(ring_.begin(), count - to_end, slot.begin() + static_cast<ptrdiff_t>(to_end));
  drop(count);
  if (count > 0) concealer_.accept(slot.first(count));
  if (count == slot_) return watch_surplus();
  if (silence_follows_) concealer_.reset();
  concealer_.conceal(slot.subspan(count, slot_ - count));
  filled_in_ = std::min(filled_in_ + slot_ - count, kMostFilledInSlots * slot_);
  least_left_ = 0;
}

void SlotBuffer::restart() {
  size_ = 0;
  filled_in_ = 0;
  concealer_.reset();
}

void SlotBuffer::drop(size_t count) {
  begin_ = (begin_ + count) % ring_.size();
  size_ -= count;
}

/** Audio that was left over at every slot of two seconds is delay for nothing: it goes, a slot at a time, where it is
 * quiet. */
void SlotBuffer::watch_surplus() {
  least_left_ = std::min(least_left_, size_);
  if (++watched_slots_ < kSurplusSlots) return;
  if (least_left_ >= kMostSurplusSlots * slot_) {
    if (!next_slot_quiet()) return;
    drop(slot_);
    least_left_ -= slot_;
    return;
  }
  watched_slots_ = 0;
  least_left_ = ring_.size();
}

bool SlotBuffer::next_slot_quiet() const {
  for (size_t i = 0; i < std::min(size_, slot_); ++i) {
    if (std::abs(peek(i)) > kQuietPeak) return false;
  }
  return true;
}

}  // namespace trunkline::engine
