#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/**
 * Keys as tones (ITU-T Q.23): -9 dBm0 for the low, -7 for the high tone, which lines attenuate more; each begins and
 * ends with a raised cosine of 3 ms, so that nothing clicks. Allocates nothing.
 */
class DtmfGenerator {
 public:
  static constexpr double kLowDbm0 = -9;
  static constexpr double kHighDbm0 = -7;

  explicit DtmfGenerator(int sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}

  /** `key` is one of `kDtmfKeys`. */
  void press(char key, size_t duration_samples);
  bool idle() const { return position_ == duration_; }
  /** Overwrites as many samples as are left of the key, at most all, and says how many. */
  size_t fill(std::span<int16_t> samples);

 private:
  double envelope() const;

  int sample_rate_hz_;
  size_t position_ = 0;
  size_t duration_ = 0;
  std::complex<double> low_;
  std::complex<double> high_;
  std::complex<double> low_step_;
  std::complex<double> high_step_;
};

}  // namespace trunkline::dsp
