#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace trunkline::dsp {

/**
 * Low-pass of a conversion from `input_rate_hz` (8,000 to 48,000) to 8 kHz: a Kaiser-windowed sinc, one set of
 * taps per output phase. Flat to 3.4 kHz, 60 dB down from 4 kHz. Immutable, shared by the streams of that rate.
 */
class ResamplerKernel {
 public:
  static constexpr int kOutputRateHz = 8000;

  explicit ResamplerKernel(int input_rate_hz);

  int phases() const { return phases_; }
  /** Input samples per `phases` output samples. */
  int step() const { return step_; }
  /** Input samples on either side of an output sample. */
  int half_width() const { return half_width_; }
  std::span<const float> taps(int phase) const;

 private:
  int phases_;
  int step_;
  int half_width_;
  std::vector<float> taps_;
};

/** One stream through a kernel: cut into any pieces, it gives the same samples. */
class Resampler {
 public:
  explicit Resampler(std::shared_ptr<const ResamplerKernel> kernel);

  /** Appends what can be computed so far; the last 3 ms wait for what follows them. */
  void process(std::span<const int16_t> input, std::vector<int16_t>& output);
  /** Appends what waits, as if silence followed. In all, n input samples give ceil(n * 8000 / rate). */
  void drain(std::vector<int16_t>& output);

 private:
  void produce(int64_t input_end, std::vector<int16_t>& output);
  int16_t sample_at(size_t begin, int phase) const;

  std::shared_ptr<const ResamplerKernel> kernel_;
  /** Begins `half_width - 1` samples before the next output sample's position. */
  std::vector<float> window_;
  int64_t input_count_ = 0;
  /** Of the next output sample. */
  int64_t input_index_ = 0;
  int phase_ = 0;
};

}  // namespace trunkline::dsp
