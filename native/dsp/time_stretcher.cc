#include "time_stretcher.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pitch.h"

namespace trunkline::dsp {
namespace {

/** Two periods this much alike can be one. */
constexpr float kVoiced = 0.85F;
/** About -45 dBFS. */
constexpr int kQuietPeak = 184;

/**
 * `from` turns into `to`, written to `out`, which may be either. Uncorrelated noise keeps its power with a sine and
 * cosine, what repeats itself keeps its level with weights that add up to one.
 */
void cross_fade(std::span<const int16_t> from, const int16_t* to, int16_t* out, bool alike) {
  const float count = static_cast<float>(from.size() + 1);
  for (size_t i = 0; i < from.size(); ++i) {
    const float position = static_cast<float>(i + 1) / count;
    const float up = alike ? position : std::sin(position * 1.5707963F);
    const float down = alike ? 1 - position : std::cos(position * 1.5707963F);
    const float value = static_cast<float>(from[i]) * down + static_cast<float>(to[i]) * up;
    out[i] = static_cast<int16_t>(std::lround(std::clamp(value, -32768.0F, 32767.0F)));
  }
}

}  // namespace

bool is_quiet(std::span<const int16_t> audio) {
  return std::ranges::all_of(audio, [](int16_t sample) { return std::abs(sample) <= kQuietPeak; });
}

TimeStretcher::TimeStretcher(int sample_rate_hz) : rate_hz_(sample_rate_hz) {}

size_t TimeStretcher::window() const { return 2 * longest_lag(rate_hz_); }

size_t TimeStretcher::shorten(std::span<int16_t> audio, size_t most) const {
  if (audio.size() < window()) return 0;
  const size_t shortest = longest_lag(rate_hz_) / 6;
  const std::span<int16_t> head = audio.first(window());
  size_t count = 0;
  bool alike = false;
  if (is_quiet(head)) {
    count = std::min(most, longest_lag(rate_hz_));
  } else {
    most = std::min(most, longest_lag(rate_hz_));
    if (most < shortest) return 0;
    const Pitch pitch = find_pitch(head, longest_lag(rate_hz_), shortest, most);
    if (pitch.correlation < kVoiced) return 0;
    count = pitch.lag;
    alike = true;
  }
  // The end of the window fades into itself `count` later; before and after nothing changes.
  const size_t fade = alike ? count : std::min(count, shortest);
  const size_t at = window() - count - fade;
  cross_fade(audio.subspan(at, fade), audio.data() + at + count, audio.data() + at, alike);
  std::copy(audio.begin() + static_cast<ptrdiff_t>(at + fade + count), audio.end(),
            audio.begin() + static_cast<ptrdiff_t>(at + fade));
  return count;
}

size_t TimeStretcher::lengthen(std::span<int16_t> audio, size_t size, size_t wanted) const {
  if (size < window()) return 0;
  const size_t shortest = longest_lag(rate_hz_) / 6;
  const std::span<int16_t> head = audio.first(window());
  size_t count = 0;
  bool alike = false;
  if (is_quiet(head)) {
    count = std::min(wanted, longest_lag(rate_hz_));
  } else {
    const Pitch pitch = find_pitch(head, longest_lag(rate_hz_), shortest, longest_lag(rate_hz_));
    if (pitch.correlation < kVoiced) return 0;
    count = pitch.lag;
    alike = true;
  }
  if (count == 0 || size + count > audio.size()) return 0;
  // What follows `at` goes on for `fade`, fading into what it was `count` before, and is then heard again.
  const size_t fade = alike ? count : std::min(count, shortest);
  const size_t at = window() - fade;
  std::copy_backward(audio.begin() + static_cast<ptrdiff_t>(at), audio.begin() + static_cast<ptrdiff_t>(size),
                     audio.begin() + static_cast<ptrdiff_t>(size + count));
  // Now the original from `at` on begins at `at + count`; before it stand `count` samples that are to be filled.
  cross_fade(std::span<const int16_t>(audio.data() + at + count, fade), audio.data() + at - count, audio.data() + at,
             alike);
  std::copy_n(audio.data() + at - count + fade, count - fade, audio.data() + at + fade);
  return count;
}

}  // namespace trunkline::dsp
