#include "concealer.h"

#include <algorithm>
#include <cmath>

#include "pitch.h"

namespace trunkline::dsp {
namespace {

/** Less alike than this, and a repetition would sound like a tone that was not there. */
constexpr float kVoiced = 0.5F;
constexpr size_t kMostPeriods = 3;

int16_t to_sample(float value) { return static_cast<int16_t>(std::lround(std::clamp(value, -32768.0F, 32767.0F))); }

}  // namespace

Concealer::Concealer(int sample_rate_hz)
    : rate_hz_(sample_rate_hz), per_ms_(static_cast<size_t>(sample_rate_hz) / 1000) {}

void Concealer::accept(std::span<int16_t> samples) {
  if (gap_ > 0) {
    // 4 ms, and 4 for every 10 ms that were lost (G.711 Appendix I, I.2.7), at most 10.
    const size_t blend = std::min({samples.size(), ms(4) + gap_ * 4 / 10, ms(10)});
    for (size_t i = 0; i < blend; ++i) {
      const float weight = static_cast<float>(i + 1) / static_cast<float>(blend + 1);
      samples[i] = to_sample(samples[i] * weight + next() * (1 - weight));
    }
  }
  gap_ = 0;
  expect_silence_ = false;
  remember(samples);
}

void Concealer::conceal(std::span<int16_t> samples) {
  if (expect_silence_) {
    std::ranges::fill(samples, 0);
  } else {
    if (gap_ == 0) begin_gap();
    for (int16_t& sample : samples) sample = to_sample(next());
  }
  remember(samples);
}

void Concealer::reset() {
  expect_silence_ = true;
  gap_ = 0;
}

void Concealer::begin_gap() {
  const size_t size = history_size();
  std::copy_n(history_.begin(), size, frozen_.begin());
  const std::span<const int16_t> heard(frozen_.data(), size);
  const Pitch pitch = find_pitch(heard, ms(10), ms(3), longest_lag(rate_hz_));
  voiced_ = pitch.correlation >= kVoiced;
  period_ = pitch.lag;
  loop_ = period_;
  position_ = voiced_ ? size - period_ : size - 2;
  backwards_ = !voiced_;
  step_ = static_cast<float>(heard[size - 1] - heard[size - period_ - 1]);
}

void Concealer::remember(std::span<const int16_t> samples) {
  const size_t size = history_size();
  const size_t fresh = std::min(samples.size(), size);
  std::copy(history_.begin() + fresh, history_.begin() + size, history_.begin());
  std::copy(samples.end() - fresh, samples.end(), history_.begin() + (size - fresh));
}

float Concealer::next() {
  if (gap_ >= fade_end()) return 0;
  const float value = voiced_ ? read_round() : read_to_and_fro();
  const size_t fading = gap_ - std::min(gap_, fade_begin());
  ++gap_;
  return value * (1 - static_cast<float>(fading) / static_cast<float>(fade_end() - fade_begin()));
}

/** The end of each round is blended with what came before its beginning. */
float Concealer::read_round() {
  const size_t size = history_size();
  const size_t quarter = period_ / 4;
  const size_t left = size - position_;
  if (left == quarter) loop_ = period_ * std::min(1 + gap_ / ms(10), kMostPeriods);
  float value = frozen_[position_];
  if (left <= quarter) {
    const float weight = static_cast<float>(quarter - left + 1) / static_cast<float>(quarter + 1);
    value += (frozen_[position_ - loop_] - value) * weight;
  }
  if (gap_ < quarter) value += step_ * (1 - static_cast<float>(gap_ + 1) / static_cast<float>(quarter + 1));
  if (++position_ == size) position_ -= loop_;
  return value;
}

float Concealer::read_to_and_fro() {
  const float value = frozen_[position_];
  if (position_ == history_size() - 1) backwards_ = true;
  if (position_ == history_size() - ms(20)) backwards_ = false;
  position_ = backwards_ ? position_ - 1 : position_ + 1;
  return value;
}

}  // namespace trunkline::dsp
