#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * The last two hops of an 8 kHz stream, looked at whenever a hop is full: windows that overlap by half. Lengths are
 * counted in samples, not in arrivals, which jitter.
 */
template <size_t hop_samples>
class OverlappingWindow {
 public:
  using Samples = std::array<float, 2 * hop_samples>;

  /**
   * Takes the next samples in order, any count, of which the last came at `arrival_ns`. Calls `on_full(end_ns)` for
   * every hop; `end_ns` is media time.
   */
  template <typename OnFull>
  void push(std::span<const int16_t> samples, int64_t arrival_ns, OnFull on_full) {
    while (!samples.empty()) {
      const size_t count = std::min(hop_samples - filled_, samples.size());
      std::copy_n(samples.begin(), count, samples_.begin() + hop_samples + filled_);
      samples = samples.subspan(count);
      filled_ += count;
      if (filled_ < hop_samples) return;
      media_ns_ += static_cast<int64_t>(hop_samples) * kNsPerSample;
      arrival_offset_ns_ = arrival_ns - static_cast<int64_t>(samples.size()) * kNsPerSample - media_ns_;
      on_full(media_ns_);
      std::copy(samples_.begin() + hop_samples, samples_.end(), samples_.begin());
      filled_ = 0;
    }
  }

  const Samples& samples() const { return samples_; }
  /** When what ends at `media_ns` came. */
  int64_t arrival_ns(int64_t media_ns) const { return media_ns + arrival_offset_ns_; }

 private:
  static constexpr int64_t kNsPerSample = 1'000'000'000 / 8000;

  Samples samples_{};
  size_t filled_ = 0;
  int64_t media_ns_ = 0;
  int64_t arrival_offset_ns_ = 0;
};

}  // namespace trunkline::dsp
