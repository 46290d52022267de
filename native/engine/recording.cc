#include "recording.h"

#include <algorithm>
#include <utility>

namespace trunkline::engine {
namespace {

constexpr int kSlotsPerSecond = 50;

int16_t at(std::span<const int16_t> samples, size_t index) { return index < samples.size() ? samples[index] : 0; }

}  // namespace

Recording::Recording(RecordingOptions options, const Doorbell& writer)
    : options_(std::move(options)),
      writer_(writer),
      slot_samples_(static_cast<size_t>(options_.sample_rate_hz) / kSlotsPerSecond),
      samples_(std::make_unique<int16_t[]>(options_.ring_slots * slot_samples_ * 2)),
      places_(std::make_unique<uint64_t[]>(options_.ring_slots)) {}

bool Recording::push(std::span<const int16_t> left, std::span<const int16_t> right) {
  if (broken_.load(std::memory_order_relaxed)) return false;
  const uint64_t number = slots_.load(std::memory_order_relaxed);
  const uint64_t in = in_.load(std::memory_order_relaxed);
  if (paused_) {
    slots_.store(number + 1, std::memory_order_release);
    return true;
  }
  if (in - out_.load(std::memory_order_acquire) == options_.ring_slots) {
    lost_slots_.fetch_add(1, std::memory_order_relaxed);
  } else {
    int16_t* frame = slot(in);
    if (left.size() == slot_samples_ && right.size() == slot_samples_) {
      for (size_t i = 0; i < slot_samples_; ++i) {
        frame[2 * i] = left[i];
        frame[2 * i + 1] = right[i];
      }
    } else {
      for (size_t i = 0; i < slot_samples_; ++i) {
        frame[2 * i] = at(left, i);
        frame[2 * i + 1] = at(right, i);
      }
    }
    place(in) = number;
    in_.store(in + 1, std::memory_order_release);
  }
  slots_.store(number + 1, std::memory_order_release);
  return true;
}

void Recording::finish() {
  const Doorbell& writer = writer_;
  finished_.store(true, std::memory_order_release);
  writer.ring();
}

int Recording::drain_to(WavFile& file) {
  const uint64_t end = in_.load(std::memory_order_acquire);
  for (uint64_t first = out_.load(std::memory_order_relaxed); first < end;) {
    const uint64_t count = run_length(first, end);
    const std::span<const int16_t> interleaved(slot(first), count * slot_samples_ * 2);
    if (const int problem = file.write(place(first) * slot_samples_, interleaved)) return problem;
    first += count;
    out_.store(first, std::memory_order_release);
  }
  return 0;
}

uint64_t Recording::run_length(uint64_t first, uint64_t end) {
  const uint64_t until_wrap = options_.ring_slots - first % options_.ring_slots;
  const uint64_t most = std::min(end - first, until_wrap);
  uint64_t count = 1;
  while (count < most && place(first + count) == place(first) + count) ++count;
  return count;
}

}  // namespace trunkline::engine
