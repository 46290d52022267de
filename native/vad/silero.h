#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace trunkline::vad {

struct Kernels;
struct SileroNetwork;

/** Which machine code the network runs on. All agree to about 1e-5 in probability. */
enum class KernelSet { best, scalar, avx2, avx512 };

/**
 * Silero VAD v6 as extracted by scripts/extract-vad-weights.mjs, packed for the kernels.
 * Immutable: one instance serves every thread, and must outlive every SileroVad made from it.
 */
class SileroWeights {
 public:
  /**
   * `bytes` need not outlive the call. Null on a damaged or foreign file, or a kernel set this processor
   * lacks, with the reason in `error` (may be null).
   */
  static std::unique_ptr<SileroWeights> load(std::span<const uint8_t> bytes, std::string* error,
                                             KernelSet kernels = KernelSet::best);
  ~SileroWeights();
  SileroWeights(const SileroWeights&) = delete;
  SileroWeights& operator=(const SileroWeights&) = delete;

  /** The set that was chosen, never `best`. */
  KernelSet kernel_set() const;
  /** SHA-256 of the ONNX model that the weights came from, 64 hexadecimal digits. */
  const std::string& model_sha256() const { return model_sha256_; }

 private:
  friend class SileroVad;
  SileroWeights();
  const SileroNetwork& network(int sample_rate_hz) const;

  const Kernels* kernels_ = nullptr;
  std::unique_ptr<SileroNetwork> at_8khz_;
  std::unique_ptr<SileroNetwork> at_16khz_;
  std::string model_sha256_;
};

/** One stream through the network. Not thread-safe, about 1.5 KB, copies freely, allocates nothing. */
class SileroVad {
 public:
  /** `sample_rate_hz` is 8,000, or 16,000 (taken for any other value). */
  SileroVad(const SileroWeights& weights, int sample_rate_hz);

  /** 256 at 8 kHz, 512 at 16 kHz: 32 ms. */
  size_t frame_samples() const;
  /** Probability that the frame holds speech. Samples in [-1, 1]; a frame of another length than `frame_samples` gives 0. */
  float process(std::span<const float> frame);

  /** A frame of a stream, and what came of it. */
  struct Frame {
    SileroVad* stream;
    std::span<const float> samples;
    float probability = 0;
  };
  /** How many frames are worth processing together. */
  static constexpr size_t kBatch = 4;
  /**
   * The same for frames of different streams of one sample rate: four at a time share one reading of the largest
   * weights, which are larger than the nearest cache. Differs from `process` by rounding.
   */
  static void process_batch(std::span<Frame> frames);
  /** Forgets the stream, as if newly made. */
  void reset();

 private:
  static constexpr size_t kHidden = 128;
  static constexpr size_t kMostContext = 64;

  static void process_four(std::span<Frame, kBatch> frames);
  /** The frame with its context before it, which becomes this frame's end. */
  void take_input(std::span<const float> frame, float* input);

  const Kernels* kernels_;
  const SileroNetwork* network_;
  alignas(64) std::array<float, kHidden> hidden_{};
  alignas(64) std::array<float, kHidden> cell_{};
  /** The end of the frame before, which the network sees in front of each frame. */
  alignas(64) std::array<float, kMostContext> context_{};
};

}  // namespace trunkline::vad
