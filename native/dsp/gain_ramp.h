#pragma once

#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * A gain that moves between levels along a raised cosine of one slot, 20 ms: at 8 kHz it then changes by less than 0.01
 * from sample to sample, so that no step is above -40 dBFS whatever the signal.
 */
class GainRamp {
 public:
  explicit GainRamp(int sample_rate_hz, float level = 1);

  void ramp_to(float level);
  void jump_to(float level);

  float target() const { return target_; }
  bool settled() const { return position_ == length_; }
  /** Neither sounds nor will, until the next ramp. */
  bool silent() const { return settled() && target_ == 0; }
  /** Samples until the level is reached. */
  int remaining() const { return length_ - position_; }

  /** Scales in place. */
  void apply(std::span<int16_t> samples);

 private:
  float level_at(int position) const;

  int length_;
  /** Into the curve, which has the steps of 16 kHz. */
  int stride_;
  float from_;
  float target_;
  int position_;
};

/** From 1 down to 0 along the same curve, at one of the `count` samples of a fade. */
float fade_out_at(int position, int count);

}  // namespace trunkline::dsp
