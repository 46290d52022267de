#include "heard_audio.h"

#include <algorithm>

#include "slot.h"

namespace trunkline::engine {

HeardAudio::HeardAudio(int sample_rate_hz) : slot_(slot_samples(sample_rate_hz)), ring_(kCapacitySlots * slot_) {}

void HeardAudio::push(std::span<const int16_t> samples) {
  silent_ = false;
  if (size_ + samples.size() > ring_.size()) drop(size_ + samples.size() - ring_.size());
  const size_t at = (begin_ + size_) % ring_.size();
  const size_t to_end = std::min(samples.size(), ring_.size() - at);
  std::ranges::copy(samples.first(to_end), ring_.begin() + static_cast<ptrdiff_t>(at));
  std::ranges::copy(samples.subspan(to_end), ring_.begin());
  size_ += samples.size();
}

size_t HeardAudio::take(std::span<int16_t> room, bool silent_line) {
  if (size_ == 0 && silent_line) return take_silence(room);
  const size_t count = std::min(size_, room.size());
  const size_t to_end = std::min(count, ring_.size() - begin_);
  std::copy_n(ring_.begin() + static_cast<ptrdiff_t>(begin_), to_end, room.begin());
  std::copy_n(ring_.begin(), count - to_end, room.begin() + static_cast<ptrdiff_t>(to_end));
  drop(count);
  return count;
}

size_t HeardAudio::take_silence(std::span<int16_t> room) {
  silence_owed_ = silent_ ? silence_owed_ + slot_ : kSilentLineSlots * slot_;
  silent_ = true;
  const size_t count = std::min(silence_owed_, room.size());
  silence_owed_ -= count;
  std::ranges::fill(room.first(count), int16_t{0});
  return count;
}

void HeardAudio::drop(size_t count) {
  begin_ = (begin_ + count) % ring_.size();
  size_ -= count;
}

}  // namespace trunkline::engine
