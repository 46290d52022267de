#include "resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace trunkline::dsp {
namespace {

/** Middle of the transition, as a share of half the lower rate. */
constexpr double kCutoff = 0.925;
/** With the length it sets the width and the depth of the transition: 65 dB. */
constexpr double kKaiserBeta = 6.2;
/** Between two of so many phases an output sample is off by so little that the error stays 68 dB down. */
constexpr int kMostRows = 2048;

double bessel_i0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > 1e-9 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double kaiser(double position) {
  static const double kPeak = bessel_i0(kKaiserBeta);
  if (std::abs(position) >= 1) return 0;
  return bessel_i0(kKaiserBeta * std::sqrt(1 - position * position)) / kPeak;
}

double sinc(double x) {
  if (x == 0) return 1;
  return std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

/** `time` in samples of the lower rate. */
double low_pass(double time) { return kCutoff * sinc(kCutoff * time) * kaiser(time / ResamplerKernel::kHalfLength); }

void normalize(std::span<float> taps) {
  const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
  for (float& tap : taps) tap = static_cast<float>(tap / sum);
}

int16_t convolve(const float* window, std::span<const float> taps) {
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

}  // namespace

ResamplerKernel::ResamplerKernel(int input_rate_hz, int output_rate_hz)
    : input_rate_hz_(input_rate_hz), output_rate_hz_(output_rate_hz) {
  const int divisor = std::gcd(input_rate_hz, output_rate_hz);
  phases_ = output_rate_hz / divisor;
  step_ = input_rate_hz / divisor;
  rows_ = std::min(phases_, kMostRows);
  const double lower_per_input = std::min(1.0, static_cast<double>(output_rate_hz) / input_rate_hz);
  half_width_ = static_cast<int>(std::ceil(kHalfLength / lower_per_input));
  const int width = 2 * half_width_;
  taps_.resize(static_cast<size_t>(rows_) * width);
  for (int at = 0; at < rows_; ++at) {
    const std::span<float> row(taps_.data() + static_cast<size_t>(at) * width, width);
    const double offset = static_cast<double>(at) / rows_;
    for (int j = 0; j < width; ++j) {
      row[j] = static_cast<float>(low_pass((j - half_width_ + 1 - offset) * lower_per_input));
    }
    normalize(row);
  }
}

std::span<const float> ResamplerKernel::taps(int phase) const {
  const size_t width = 2 * static_cast<size_t>(half_width_);
  const size_t row = static_cast<size_t>(phase) * rows_ / phases_;
  return {taps_.data() + row * width, width};
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
    output.push_back(convolve(window_.data() + (input_index_ - window_origin), kernel_->taps(phase_)));
    const int advanced = phase_ + kernel_->step();
    input_index_ += advanced / kernel_->phases();
    phase_ = advanced % kernel_->phases();
  }
  const size_t consumed = static_cast<size_t>(input_index_ - window_origin);
  window_.erase(window_.begin(), window_.begin() + std::min(consumed, window_.size()));
}

LiveResampler::LiveResampler(int input_rate_hz, int output_rate_hz) {
  static const ResamplerKernel kDoubling(8000, 16000);
  static const ResamplerKernel kHalving(16000, 8000);
  if (input_rate_hz != output_rate_hz) kernel_ = input_rate_hz < output_rate_hz ? &kDoubling : &kHalving;
  reset();
}

void LiveResampler::reset() {
  window_.fill(0);
  if (kernel_ != nullptr) held_ = 2 * static_cast<size_t>(kernel_->half_width()) - 1;
}

size_t LiveResampler::process(std::span<const int16_t> input, std::span<int16_t> output) {
  input = input.first(std::min(input.size(), kMostInput));
  if (kernel_ == nullptr) {
    const size_t count = std::min(input.size(), output.size());
    std::copy_n(input.begin(), count, output.begin());
    return count;
  }
  std::copy(input.begin(), input.end(), window_.begin() + static_cast<ptrdiff_t>(held_));
  held_ += input.size();
  const size_t step = static_cast<size_t>(kernel_->step());
  const size_t width = 2 * static_cast<size_t>(kernel_->half_width());
  size_t begin = 0;
  size_t written = 0;
  for (; begin + width <= held_; begin += step) {
    for (int phase = 0; phase < kernel_->phases() && written < output.size(); ++phase) {
      output[written++] = convolve(window_.data() + begin, kernel_->taps(phase));
    }
  }
  std::copy(window_.begin() + static_cast<ptrdiff_t>(begin), window_.begin() + static_cast<ptrdiff_t>(held_),
            window_.begin());
  held_ -= begin;
  return written;
}

}  // namespace trunkline::dsp
