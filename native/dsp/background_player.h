#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "background_sounds.h"
#include "gain_ramp.h"

namespace trunkline::dsp {

/** A loop that is being made, then for good. Made once a process and shared by all calls. */
class BackgroundLoop {
 public:
  void publish(BackgroundSound sound);
  /** Any thread; empty until it is there. */
  std::span<const int16_t> samples(int sample_rate_hz) const;

 private:
  BackgroundSound sound_;
  std::atomic<bool> ready_{false};
};

/**
 * Puts a background under what one call says: from a random place of the loop on, faded in and out over 20 ms, without
 * end. It gives way near full scale instead of saturating; with nothing in the background speech stays as it is.
 */
class BackgroundPlayer {
 public:
  explicit BackgroundPlayer(int sample_rate_hz);

  /** Null for none. `gain` is that of the loop, `begin` any number. */
  void play(const BackgroundLoop* loop, float gain, uint32_t begin);
  void add_to(std::span<int16_t> slot);

 private:
  static constexpr size_t kMostSlot = 320;

  struct Source {
    const BackgroundLoop* loop = nullptr;
    float gain = 0;
    uint32_t begin = 0;
  };

  void change();

  int sample_rate_hz_;
  Source playing_;
  Source wanted_;
  size_t position_ = 0;
  bool begun_ = false;
  GainRamp fade_;
};

}  // namespace trunkline::dsp
