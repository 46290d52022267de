#pragma once

#include <cstdint>
#include <span>

namespace trunkline::dsp {

/** A gain that moves between levels along a raised cosine of 10 ms, so that no step is heard. */
class GainRamp {
 public:
  static constexpr int kRampSamples = 80;

  void ramp_to(float level);
  void jump_to(float level);

  float target() const { return target_; }
  bool settled() const { return position_ == kRampSamples; }
  /** Neither sounds nor will, until the next ramp. */
  bool silent() const { return settled() && target_ == 0; }
  /** Samples until the level is reached. */
  int remaining() const { return kRampSamples - position_; }

  /** Scales in place. */
  void apply(std::span<int16_t> samples);

 private:
  float next();

  float from_ = 1;
  float target_ = 1;
  int position_ = kRampSamples;
};

}  // namespace trunkline::dsp
