#pragma once

#include "g722_lanes.h"

namespace trunkline::codec::g722 {

/** Two poles and six zeros that follow one sub-band: blocks PARREC, RECONS, UPZERO, UPPOL2, UPPOL1, FILTEZ, FILTEP,
 * PREDIC of G.722. */
class Predictor {
 public:
  /** Of the next sample: SL or SH. */
  int prediction() const { return prediction_; }

  /** `difference`: the quantized one, DLT or DH, at most 10228 either way, so that its double does not saturate. */
  void update(int difference) {
    const int partial = saturate(difference + zeros_part_);
    const int reconstructed = saturate(prediction_ + difference);
    update_zeros(difference);
    update_poles(partial);
    const int poles_part =
        saturate(((pole1_ * saturate(2 * reconstructed)) >> 15) + ((pole2_ * saturate(2 * reconstructed1_)) >> 15));
    zeros_part_ = saturating_sum(product_q14(differences_, zeros_));
    prediction_ = saturate(poles_part + zeros_part_);
    reconstructed1_ = reconstructed;
  }

 private:
  /** UPZERO for all six at once. A coefficient cannot leave 16 bits: what it leaks is at least what it could gain
   * there. */
  void update_zeros(int difference) {
    const auto step = static_cast<int16_t>(difference == 0 ? 0 : 128);
    const auto newest = static_cast<int16_t>(difference);
    const Lanes opposite = (differences_ ^ newest) >> 15;
    // (zero * 32640) >> 15 without a product: zero - ceil(zero / 256).
    const Lanes leaked = zeros_ - ((zeros_ >> 8) - ((zeros_ & 255) != 0));
    const Lanes steps = Lanes{step, step, step, step, step, step, 0, 0};
    zeros_ = leaked + ((steps ^ opposite) - opposite);
    differences_ = push(differences_, newest);
  }

  static Lanes push(Lanes lanes, int16_t newest) {
    const Lanes first = {newest};
#ifdef __clang__
    return __builtin_shufflevector(lanes, first, 8, 0, 1, 2, 3, 4, 5, 6);
#else
    return __builtin_shuffle(lanes, first, Lanes{8, 0, 1, 2, 3, 4, 5, 6});
#endif
  }

  void update_poles(int partial) {
    const bool with1 = (partial ^ partial1_) >= 0;
    const bool with2 = (partial ^ partial2_) >= 0;
    const int pole1_times_4 = saturate(4 * pole1_);
    const int coupling = with1 ? saturate(-pole1_times_4) : pole1_times_4;
    pole2_ = std::clamp((coupling >> 7) + (with2 ? 128 : -128) + ((pole2_ * 32512) >> 15), -12288, 12288);
    const int limit = 15360 - pole2_;
    pole1_ = std::clamp((with1 ? 192 : -192) + ((pole1_ * 32640) >> 15), -limit, limit);
    partial2_ = partial1_;
    partial1_ = partial;
  }

  /** BL or BH, and the last six differences, newest first. */
  Lanes zeros_{};
  Lanes differences_{};
  int pole1_ = 0;
  int pole2_ = 0;
  int partial1_ = 0;
  int partial2_ = 0;
  int reconstructed1_ = 0;
  int zeros_part_ = 0;
  int prediction_ = 0;
};

}  // namespace trunkline::codec::g722
