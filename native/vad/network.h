#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels.h"
#include "weights_file.h"

namespace trunkline::vad {

/** The network of one sample rate, its weights packed for the kernels. */
struct SileroNetwork {
  int frame_samples = 0;
  /** Samples of the frame before that are put in front, and of this one that are mirrored behind. */
  int context_samples = 0;
  int hop_samples = 0;
  int bins = 0;
  Layer stft;
  Layer encoder[4];
  Layer lstm;
  /** The layers that see one position, packed for four streams in place of four positions. */
  Layer encoder_of_four[2];
  Layer lstm_of_four;
  const float* output_weights = nullptr;
  float output_bias = 0;

  /** Null when a tensor is missing, misshapen or not finite, with the reason in `error`. */
  static std::unique_ptr<SileroNetwork> pack(const WeightsFile& file, int sample_rate_hz, std::string& error);

 private:
  struct alignas(64) Line {
    float values[16];
  };
  friend class NetworkPacker;
  /** All of the above, in the order in which a frame reads it. */
  std::vector<Line> storage_;
};

}  // namespace trunkline::vad
