#include "network.h"

#include <cmath>
#include <limits>

namespace trunkline::vad {

namespace {

constexpr float kNoLeast = -std::numeric_limits<float>::infinity();
constexpr int kTaps = 3;

constexpr size_t lines(size_t floats) { return (floats + 15) / 16; }

}  // namespace

/** Builds a SileroNetwork: checks each tensor, then lays its values out for the kernels. */
class NetworkPacker {
 public:
  NetworkPacker(const WeightsFile& file, int sample_rate_hz, SileroNetwork& network, std::string& error)
      : file_(file), prefix_(std::to_string(sample_rate_hz) + "/"), network_(network), error_(error) {
    const int milliseconds_32 = sample_rate_hz / 1000 * 32;
    network_.frame_samples = milliseconds_32;
    network_.context_samples = milliseconds_32 / 8;
    network_.hop_samples = milliseconds_32 / 4;
    network_.bins = network_.hop_samples + 1;
  }

  bool pack() {
    reserve();
    return pack_stft() && pack_encoder() && pack_lstm() && pack_output();
  }

 private:
  /** Taken before the first layer: the layers point into it. */
  void reserve() {
    const size_t window = 2 * network_.hop_samples;
    const size_t of_one_position = 64 * 2 * 64 + 64 + 128 * 64 + 128 + 4 * kLstmCells * 2 * kLstmCells + 4 * kLstmCells;
    const size_t floats = window * window + window + 128 * kTaps * network_.bins + 128 + 64 * kTaps * 128 + 64 +
                          2 * of_one_position + kLstmCells;
    network_.storage_.reserve(lines(floats));
  }

  float* allocate(size_t floats) {
    const size_t at = network_.storage_.size();
    network_.storage_.resize(at + lines(floats));
    return network_.storage_[at].values;
  }

  const Tensor* require(const char* name, std::initializer_list<uint32_t> dims) {
    const Tensor* tensor = file_.find(prefix_ + name);
    if (tensor != nullptr && tensor->has_dims(dims) && tensor->all_finite()) return tensor;
    error_ = "voice-detector weights: " + prefix_ + name + (tensor == nullptr ? " is missing" : " is not as expected");
    return nullptr;
  }

  /** `weight(output, input)` and `bias(output)` are asked once per value. */
  template <typename Weight, typename Bias>
  void fill(Layer& layer, int positions, Weight weight, Bias bias) {
    float* packed = allocate(static_cast<size_t>(layer.inputs) * layer.outputs);
    layer.weights = packed;
    const int panel = panel_outputs(positions);
    for (int first = 0; first < layer.outputs; first += panel) {
      for (int input = 0; input < layer.inputs; ++input) {
        for (int output = first; output < first + panel; ++output) *packed++ = weight(output, input);
      }
    }
    float* biases = allocate(layer.outputs);
    layer.bias = biases;
    for (int output = 0; output < layer.outputs; ++output) biases[output] = bias(output);
  }

  /** The basis has a real and an imaginary row per bin; the imaginary ones of the first and last bin, all zeros, are left out. */
  bool pack_stft() {
    const int bins = network_.bins;
    const int window = 2 * network_.hop_samples;
    const Tensor* basis = require("stft.basis", {static_cast<uint32_t>(2 * bins), 1, static_cast<uint32_t>(window)});
    if (basis == nullptr) return false;
    for (const int row : {bins, 2 * bins - 1}) {
      for (int k = 0; k < window; ++k) {
        if (std::fabs((*basis)[row * window + k]) > 1e-6f) {
          error_ = "voice-detector weights: " + prefix_ + "stft.basis is no real Fourier transform";
          return false;
        }
      }
    }
    network_.stft = {.inputs = window, .outputs = window, .least = kNoLeast};
    const auto row_of = [&](int output) { return output < bins ? output : output + 1; };
    fill(network_.stft, kStftPositions, [&](int output, int k) { return (*basis)[row_of(output) * window + k]; },
         [](int) { return 0.0f; });
    return true;
  }

  bool pack_encoder() {
    // The third and fourth layers see one position with padding around it: taps that only ever meet zeros are left out.
    return pack_convolution(0, {.channels = network_.bins, .outputs = 128, .positions = 4, .first_tap = 0, .taps = 3}) &&
           pack_convolution(1, {.channels = 128, .outputs = 64, .positions = 2, .first_tap = 0, .taps = 3}) &&
           pack_convolution(2, kThird) && pack_convolution(3, kFourth) &&
           pack_convolution(2, of_four(kThird), network_.encoder_of_four[0]) &&
           pack_convolution(3, of_four(kFourth), network_.encoder_of_four[1]);
  }

  struct Convolution {
    int channels, outputs, positions, first_tap, taps;
  };

  static constexpr Convolution kThird = {.channels = 64, .outputs = 64, .positions = 1, .first_tap = 1, .taps = 2};
  static constexpr Convolution kFourth = {.channels = 64, .outputs = 128, .positions = 1, .first_tap = 1, .taps = 1};

  static constexpr Convolution of_four(Convolution shape) {
    shape.positions = kStreamsAtOnce;
    return shape;
  }

  bool pack_convolution(int index, const Convolution& shape) {
    return pack_convolution(index, shape, network_.encoder[index]);
  }

  bool pack_convolution(int index, const Convolution& shape, Layer& layer) {
    const std::string name = "encoder." + std::to_string(index);
    const auto outputs = static_cast<uint32_t>(shape.outputs);
    const auto channels = static_cast<uint32_t>(shape.channels);
    const Tensor* weight = require((name + ".weight").c_str(), {outputs, channels, kTaps});
    const Tensor* bias = require((name + ".bias").c_str(), {outputs});
    if (weight == nullptr || bias == nullptr) return false;
    layer = {.inputs = shape.taps * shape.channels, .outputs = shape.outputs, .least = 0};
    fill(layer, shape.positions,
         [&](int output, int input) {
           const int tap = shape.first_tap + input / shape.channels;
           return (*weight)[(output * shape.channels + input % shape.channels) * kTaps + tap];
         },
         [&](int output) { return (*bias)[output]; });
    return true;
  }

  bool pack_lstm() {
    constexpr uint32_t kGates = 4 * kLstmCells;
    const Tensor* input_weight = require("lstm.weight_input", {kGates, kLstmCells});
    const Tensor* hidden_weight = require("lstm.weight_hidden", {kGates, kLstmCells});
    const Tensor* input_bias = require("lstm.bias_input", {kGates});
    const Tensor* hidden_bias = require("lstm.bias_hidden", {kGates});
    if (!input_weight || !hidden_weight || !input_bias || !hidden_bias) return false;
    const auto weight = [&](int output, int input) {
      const Tensor& side = input < kLstmCells ? *input_weight : *hidden_weight;
      return side[output * kLstmCells + input % kLstmCells];
    };
    const auto bias = [&](int output) { return (*input_bias)[output] + (*hidden_bias)[output]; };
    network_.lstm = {.inputs = 2 * kLstmCells, .outputs = kGates, .least = kNoLeast};
    network_.lstm_of_four = network_.lstm;
    fill(network_.lstm, 1, weight, bias);
    fill(network_.lstm_of_four, kStreamsAtOnce, weight, bias);
    return true;
  }

  bool pack_output() {
    const Tensor* weight = require("output.weight", {1, kLstmCells, 1});
    const Tensor* bias = require("output.bias", {1});
    if (weight == nullptr || bias == nullptr) return false;
    float* weights = allocate(kLstmCells);
    network_.output_weights = weights;
    for (int i = 0; i < kLstmCells; ++i) weights[i] = (*weight)[i];
    network_.output_bias = (*bias)[0];
    return true;
  }

  const WeightsFile& file_;
  const std::string prefix_;
  SileroNetwork& network_;
  std::string& error_;
};

std::unique_ptr<SileroNetwork> SileroNetwork::pack(const WeightsFile& file, int sample_rate_hz, std::string& error) {
  auto network = std::make_unique<SileroNetwork>();
  return NetworkPacker(file, sample_rate_hz, *network, error).pack() ? std::move(network) : nullptr;
}

}  // namespace trunkline::vad
