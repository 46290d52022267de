#include "seam_smoother.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "mix.h"
#include "pitch.h"

namespace trunkline::dsp {
namespace {

/** -40 dBFS. */
constexpr int kMostStep = 327;
/** Correlation of a sound with a period. */
constexpr float kRepeats = 0.8f;
/** Per sample. */
constexpr float kMostBend = 100;

}  // namespace

SeamSmoother::SeamSmoother(int sample_rate_hz)
    : slot_samples_(static_cast<size_t>(sample_rate_hz) / 50),
      tail_position_(slot_samples_),
      entry_(sample_rate_hz) {}

void SeamSmoother::apply(std::span<int16_t> slot, std::span<const size_t> seams) {
  size_t done = 0;
  for (const size_t at : seams) {
    go_on(slot.subspan(done, at - done));
    join(slot, at);
    done = at;
  }
  go_on(slot.subspan(done));
  std::ranges::copy(slot, last_.begin());
}

void SeamSmoother::join(std::span<int16_t> slot, size_t at) {
  const int before = sample_before(slot, at, 1);
  const int after = slot[at];
  if (std::abs(after - before) <= kMostStep) return;
  if (std::abs(before) > kMostStep / 2) begin_tail(slot, at);
  if (std::abs(after) <= kMostStep / 2) return;
  entry_.jump_to(0);
  entry_.ramp_to(1);
}

/**
 * The last period again and again, bent so that its end meets its beginning. Where nothing repeats itself, or the bend
 * would be a step itself, the last sample is held: a fade of so low a frequency that no telephone carries it.
 */
void SeamSmoother::begin_tail(std::span<const int16_t> slot, size_t at) {
  std::array<int16_t, kMostSlot> history;
  for (size_t i = 0; i < slot_samples_; ++i) history[i] = sample_before(slot, at, slot_samples_ - i);
  const std::span<const int16_t> heard = std::span(history).first(slot_samples_);
  const size_t window = slot_samples_ / 4;
  const Pitch pitch = find_pitch(heard, window, window / 2, slot_samples_ - window);
  const float last = heard.back();
  const float bend = (last - heard[slot_samples_ - pitch.lag - 1]) / static_cast<float>(pitch.lag);
  const bool repeats = pitch.correlation > kRepeats && std::abs(bend) < kMostBend;
  const size_t begin = slot_samples_ - pitch.lag;
  for (size_t i = 0; i < slot_samples_; ++i) {
    const size_t into = i % pitch.lag;
    const float wave = repeats ? heard[begin + into] + bend * static_cast<float>(pitch.lag - into) : last;
    const float faded = wave * fade_out_at(static_cast<int>(i), static_cast<int>(slot_samples_));
    tail_[i] = static_cast<int16_t>(std::lrintf(std::clamp(faded, -32'768.0f, 32'767.0f)));
  }
  tail_position_ = 0;
}

void SeamSmoother::go_on(std::span<int16_t> piece) {
  entry_.apply(piece);
  const size_t count = std::min(piece.size(), slot_samples_ - tail_position_);
  mix_into(piece.first(count), std::span(tail_).subspan(tail_position_, count));
  tail_position_ += count;
}

int16_t SeamSmoother::sample_before(std::span<const int16_t> slot, size_t at, size_t back) const {
  return back <= at ? slot[at - back] : last_[slot_samples_ + at - back];
}

}  // namespace trunkline::dsp
