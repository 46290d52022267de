#pragma once

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <span>

namespace trunkline::dsp {

/** Twice the cosine and the phase of each of `N` frequencies, per sample of `rate_hz`. */
template <size_t N>
struct GoertzelBank {
  std::array<float, N> coefficients;
  std::array<std::complex<float>, N> steps;

  GoertzelBank(const std::array<float, N>& frequencies_hz, int rate_hz) {
    for (size_t i = 0; i < N; ++i) {
      const double step = 2 * M_PI * frequencies_hz[i] / rate_hz;
      coefficients[i] = static_cast<float>(2 * std::cos(step));
      steps[i] = {static_cast<float>(std::cos(step)), static_cast<float>(std::sin(step))};
    }
  }

  /** The component of each frequency, its phase counted from the last sample. */
  std::array<std::complex<float>, N> run(std::span<const float> samples) const {
    std::array<float, N> last{};
    std::array<float, N> before{};
    for (const float sample : samples) {
      for (size_t i = 0; i < N; ++i) {
        const float next = coefficients[i] * last[i] + (sample - before[i]);
        before[i] = last[i];
        last[i] = next;
      }
    }
    std::array<std::complex<float>, N> components;
    for (size_t i = 0; i < N; ++i) {
      components[i] = {last[i] - steps[i].real() * before[i], steps[i].imag() * before[i]};
    }
    return components;
  }
};

}  // namespace trunkline::dsp
