#pragma once

#include "g722_predictor.h"

namespace trunkline::codec::g722 {

/** Largest and smallest value of a sub-band: 15 bits. */
constexpr int limit(int value) { return std::clamp(value, -16384, 16383); }

/** The lower band, 0 to 4 kHz at 8000 samples a second in six bits, of which the predictor is led by four. */
class LowerBand {
 public:
  uint8_t encode(int sample);
  int decode(uint8_t code);

 private:
  void adapt(uint8_t code);

  Predictor predictor_;
  int log_scale_ = 0;
  int scale_ = 32;
};

/** The higher band, 4 to 8 kHz, in two bits. */
class HigherBand {
 public:
  uint8_t encode(int sample);
  int decode(uint8_t code);

 private:
  /** Returns the quantized difference. */
  int adapt(uint8_t code);

  Predictor predictor_;
  int log_scale_ = 0;
  int scale_ = 8;
};

}  // namespace trunkline::codec::g722
