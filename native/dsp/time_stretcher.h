#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * Makes audio shorter or longer without a click or a change of pitch: where it is voiced by one whole pitch period,
 * where it is quiet by as much as is wanted (WSOLA with one splice at a time). Splices are cross-fades; where the
 * signal does not repeat itself and is not quiet, nothing is done. Works in place, has no memory, allocates nothing.
 */
class TimeStretcher {
 public:
  explicit TimeStretcher(int sample_rate_hz);

  /** What `shorten` and `lengthen` look at: two of the longest periods. With less they do nothing. */
  size_t window() const;

  /** Takes at most `most` samples out of `audio`, near its beginning. Returns how many; the rest has moved up. */
  size_t shorten(std::span<int16_t> audio, size_t most) const;
  /**
   * Puts at least one pitch period, or where it is quiet `wanted` samples, into `audio`, of which `size` samples are
   * filled. Returns how many; at most `longest_lag`, and none that do not fit. The first half of the window stays as it
   * is: it may have been heard already.
   */
  size_t lengthen(std::span<int16_t> audio, size_t size, size_t wanted) const;

 private:
  int rate_hz_;
};

/** Nothing in it that would be missed: below about -45 dBFS throughout. */
bool is_quiet(std::span<const int16_t> audio);

}  // namespace trunkline::dsp
