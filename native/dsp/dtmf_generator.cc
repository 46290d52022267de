#include "dtmf_generator.h"

#include <algorithm>
#include <cmath>

#include "dtmf_keys.h"

namespace trunkline::dsp {
namespace {

constexpr int kRampMs = 3;

/** Peak of a tone; 0 dBm0 is 3.17 dB below full scale (ITU-T G.711). */
double amplitude_of(double dbm0) { return 32768 * std::pow(10, (dbm0 - 3.17) / 20); }

}  // namespace

void DtmfGenerator::press(char key, size_t duration_samples) {
  const size_t index = kDtmfKeys.find(key);
  const auto step = [this](float hz) { return std::polar(1.0, 2 * M_PI * static_cast<double>(hz) / sample_rate_hz_); };
  low_step_ = step(kDtmfHz[index / kDtmfColumns]);
  high_step_ = step(kDtmfHz[kDtmfRows + index % kDtmfColumns]);
  low_ = amplitude_of(kLowDbm0);
  high_ = amplitude_of(kHighDbm0);
  position_ = 0;
  duration_ = duration_samples;
}

size_t DtmfGenerator::fill(std::span<int16_t> samples) {
  const size_t count = std::min(samples.size(), duration_ - position_);
  for (int16_t& sample : samples.first(count)) {
    sample = static_cast<int16_t>(std::lround(envelope() * (low_.imag() + high_.imag())));
    low_ *= low_step_;
    high_ *= high_step_;
    ++position_;
  }
  return count;
}

double DtmfGenerator::envelope() const {
  const size_t ramp = static_cast<size_t>(kRampMs * sample_rate_hz_ / 1000);
  const size_t from_edge = std::min(position_ + 1, duration_ - position_);
  if (from_edge > ramp) return 1;
  return 0.5 - 0.5 * std::cos(M_PI * static_cast<double>(from_edge) / static_cast<double>(ramp + 1));
}

}  // namespace trunkline::dsp
