#include "resampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

namespace trunkline::dsp {
namespace {

constexpr double kCutoffHz = 3700;
/** Half the length of the filter, in output samples: with beta it sets width and depth of the transition. */
constexpr double kHalfLengthOutput = 24;
constexpr double kKaiserBeta = 5.65;

double bessel_i0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; k < 30; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double kaiser(double position) {
  if (std::abs(position) >= 1) return 0;
  return bessel_i0(kKaiserBeta * std::sqrt(1 - position * position)) / bessel_i0(kKaiserBeta);
}

double sinc(double x) {
  if (x == 0) return 1;
  return std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

/** `time` in output samples. */
double low_pass(double time) {
  const double cutoff = 2 * kCutoffHz / ResamplerKernel::kOutputRateHz;
  return cutoff * sinc(cutoff * time) * kaiser(time / kHalfLengthOutput);
}

void normalize(std::span<float> taps) {
  const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
  for (float& tap : taps) tap = static_cast<float>(tap / sum);
}

}  // namespace

ResamplerKernel::ResamplerKernel(int input_rate_hz) {
  const int divisor = std::gcd(input_rate_hz, kOutputRateHz);
  phases_ = kOutputRateHz / divisor;
  step_ = input_rate_hz / divisor;
  const double output_per_input = static_cast<double>(kOutputRateHz) / input_rate_hz;
  half_width_ = static_cast<int>(std::ceil(kHalfLengthOutput / output_per_input));
  const int width = 2 * half_width_;
  taps_.resize(static_cast<size_t>(phases_) * width);
  for (int phase = 0; phase < phases_; ++phase) {
    const std::span<float> row(taps_.data() + static_cast<size_t>(phase) * width, width);
    const double offset = static_cast<double>(phase) / phases_;
    for (int j = 0; j < width; ++j) {
      row[j] = static_cast<float>(low_pass((j - half_width_ + 1 - offset) * output_per_input));
    }
    normalize(row);
  }
}

std::span<const float> ResamplerKernel::taps(int phase) const {
  const size_t width = 2 * static_cast<size_t>(half_width_);
  return {taps_.data() + phase * width, width};
}

Resampler::Resampler(std::shared_ptr<const ResamplerKernel> kernel) : kernel_(std::move(kernel)) {
  window_.assign(kernel_->half_width() - 1, 0.0f);
}

void Resampler::process(std::span<const int16_t> input, std::vector<int16_t>& output) {
  window_.insert(window_.end(), input.begin(), input.end());
  input_count_ += static_cast<int64_t>(input.size());
  produce(input_count_ - kernel_->half_width(), output);
}

void Resampler::drain(std::vector<int16_t>& output) {
  window_.insert(window_.end(), kernel_->half_width(), 0.0f);
  produce(input_count_, output);
}

/** Output samples whose position lies before `input_end`. */
void Resampler::produce(int64_t input_end, std::vector<int16_t>& output) {
  const int64_t window_origin = input_index_;
  while (input_index_ < input_end) {
    output.push_back(sample_at(static_cast<size_t>(input_index_ - window_origin), phase_));
    const int advanced = phase_ + kernel_->step();
    input_index_ += advanced / kernel_->phases();
    phase_ = advanced % kernel_->phases();
  }
  const size_t consumed = static_cast<size_t>(input_index_ - window_origin);
  window_.erase(window_.begin(), window_.begin() + std::min(consumed, window_.size()));
}

int16_t Resampler::sample_at(size_t begin, int phase) const {
  const std::span<const float> taps = kernel_->taps(phase);
  const float* window = window_.data() + begin;
  // Independent sums let the compiler use vector registers without reordering float arithmetic.
  std::array<float, 8> sums{};
  size_t i = 0;
  for (; i + sums.size() <= taps.size(); i += sums.size()) {
    for (size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += window[i + lane] * taps[i + lane];
  }
  for (; i < taps.size(); ++i) sums[0] += window[i] * taps[i];
  const float sum = std::accumulate(sums.begin(), sums.end(), 0.0f);
  return static_cast<int16_t>(std::lrintf(std::clamp(sum, -32768.0f, 32767.0f)));
}

}  // namespace trunkline::dsp
