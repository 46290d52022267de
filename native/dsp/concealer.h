#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * Fills in for lost audio by waveform substitution in the manner of ITU-T G.711 Appendix I: the last pitch period goes
 * on, after 10 ms the last two, after 20 ms the last three, so that a long gap does not ring; from 10 ms on the level
 * falls, to silence at 80 ms. Where there is no pitch, the last 20 ms are read to and fro, which has their spectrum and
 * no tone. Audio that comes back is blended in. Unlike the appendix it adds no delay: the first samples of a gap carry
 * the difference to the last sample before it, fading.
 *
 * Any length at a time. The search runs once a gap. Allocates nothing.
 */
class Concealer {
 public:
  explicit Concealer(int sample_rate_hz);

  /** The next audio that really came. After a gap its beginning is changed: blended with what was made up. */
  void accept(std::span<int16_t> samples);
  void conceal(std::span<int16_t> samples);
  /** What is missing from here on is silence. */
  void reset();

  int sample_rate_hz() const { return rate_hz_; }
  /** Samples made up since audio last came. */
  size_t gap_samples() const { return gap_; }
  /** Nothing but silence is left to make up. */
  bool silent() const { return expect_silence_ || gap_ >= fade_end(); }

 private:
  static constexpr size_t kMostRateHz = 16'000;
  /** Three periods of 15 ms and a quarter to blend. */
  static constexpr size_t kMostHistory = kMostRateHz * 49 / 1000;

  size_t ms(size_t count) const { return per_ms_ * count; }
  size_t history_size() const { return ms(49); }
  size_t fade_begin() const { return ms(10); }
  size_t fade_end() const { return ms(80); }
  void begin_gap();
  void remember(std::span<const int16_t> samples);
  float next();
  float read_round();
  float read_to_and_fro();

  int rate_hz_;
  size_t per_ms_;
  /** What was heard last, made up or not; the newest at the end. */
  std::array<int16_t, kMostHistory> history_{};
  /** The history as it was when this gap began. */
  std::array<int16_t, kMostHistory> frozen_{};
  size_t position_ = 0;
  size_t period_ = 0;
  /** A whole number of periods at the end of `frozen_`. */
  size_t loop_ = 0;
  bool voiced_ = false;
  bool backwards_ = false;
  bool expect_silence_ = true;
  size_t gap_ = 0;
  /** From where the loop begins to the last real sample. */
  float step_ = 0;
};

}  // namespace trunkline::dsp
