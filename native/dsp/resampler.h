#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace trunkline::dsp {

/**
 * Low-pass of a conversion between two rates from 8,000 to 48,000 Hz: a Kaiser-windowed sinc, one set of taps per
 * output phase. With half the lower rate as its band, it is flat to 0.85 of that and 60 dB down from its edge on, for
 * what would fold back as for what would appear as an image. Immutable, shared by the streams of those rates.
 */
class ResamplerKernel {
 public:
  /** Half the length of the filter, in samples of the lower rate: what an output sample has to wait for. */
  static constexpr int kHalfLength = 28;

  explicit ResamplerKernel(int input_rate_hz, int output_rate_hz);

  int input_rate_hz() const { return input_rate_hz_; }
  int output_rate_hz() const { return output_rate_hz_; }
  int phases() const { return phases_; }
  /** Input samples per `phases` output samples. */
  int step() const { return step_; }
  /** Input samples on either side of an output sample. */
  int half_width() const { return half_width_; }
  /** Twice `half_width` of them. */
  std::span<const float> taps(int phase) const;

 private:
  int input_rate_hz_;
  int output_rate_hz_;
  int phases_;
  int step_;
  int half_width_;
  /** Rows in the table: fewer than the phases where two rates have next to no common divisor. */
  int rows_;
  std::vector<float> taps_;
};

/** One stream through a kernel: cut into any pieces, it gives the same samples. */
class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const ResamplerKernel> kernel);

  /** Appends what can be computed so far; the last 3.5 ms (1.75 at 16 kHz and above) wait for what follows them. */
  void process(std::span<const int16_t> input, std::vector<int16_t>& output);
  /** Appends what waits, as if silence followed. In all, n input samples give ceil(n * output rate / input rate). */
  void drain(std::vector<int16_t>& output);

 private:
  void produce(int64_t input_end, std::vector<int16_t>& output);

  std::shared_ptr<const ResamplerKernel> kernel_;
  /** Begins `half_width - 1` samples before the next output sample's position. */
  std::vector<float> window_;
  int64_t input_count_ = 0;
  /** Of the next output sample. */
  int64_t input_index_ = 0;
  int phase_ = 0;
};

/**
 * Doubles, halves or keeps the rate of a live stream (8 and 16 kHz) in a media thread: fixed buffers, nothing is
 * allocated, every piece comes out at once. The stream is 3.5 ms late behind it.
 */
class LiveResampler {
 public:
  /** 60 ms at 16 kHz. */
  static constexpr size_t kMostInput = 960;

  LiveResampler(int input_rate_hz, int output_rate_hz);

  /** `input` is at most `kMostInput` samples, an even number where the rate is halved. Returns the samples written. */
  size_t process(std::span<const int16_t> input, std::span<int16_t> output);
  /** As if silence had come before. */
  void reset();

 private:
  static constexpr size_t kMostWidth = 4 * ResamplerKernel::kHalfLength;

  /** Null where the rate stays. */
  const ResamplerKernel* kernel_ = nullptr;
  std::array<float, kMostWidth + kMostInput> window_;
  size_t held_ = 0;
};

}  // namespace trunkline::dsp
