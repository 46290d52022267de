#include "silero.h"

#include <algorithm>
#include <cmath>

#include "kernels.h"
#include "network.h"

namespace trunkline::vad {

namespace {

constexpr int kMostFrame = 512;
constexpr int kMostWindow = kMostFrame / 2;
constexpr int kMostBins = kMostFrame / 4 + 1;

/** Context, frame, and the frame's end mirrored about its last sample. */
void assemble_input(const SileroNetwork& network, std::span<const float> frame, const float* context, float* input) {
  const int margin = network.context_samples;
  std::copy_n(context, margin, input);
  std::copy(frame.begin(), frame.end(), input + margin);
  std::copy_n(frame.rbegin() + 1, margin, input + margin + network.frame_samples);
}

/** The third convolution's inputs: two positions of the second's outputs. */
constexpr int kEncoded = 2 * 64;

/** The spectrum's magnitudes through the first two convolutions, into `encoded`. Each array has a row per position. */
void encode(const Kernels& kernels, const SileroNetwork& network, const float* input, float* encoded) {
  const int bins = network.bins;
  const int window = network.stft.outputs;
  alignas(64) float spectra[kStftPositions * kMostWindow];
  // A row of zeros before and after the positions is the convolutions' padding.
  alignas(64) float magnitudes[(kStftPositions + 2) * kMostBins];
  alignas(64) float first[(kStftPositions + 2) * 128];

  kernels.product_4(network.stft, input, network.hop_samples, spectra);
  std::fill_n(magnitudes, bins, 0.0f);
  for (int i = 0; i < kStftPositions; ++i) kernels.magnitude(spectra + i * window, bins, magnitudes + (i + 1) * bins);
  std::fill_n(magnitudes + (kStftPositions + 1) * bins, bins, 0.0f);

  std::fill_n(first, 128, 0.0f);
  kernels.product_4(network.encoder[0], magnitudes, bins, first + 128);
  kernels.product_2(network.encoder[1], first, 2 * 128, encoded);
}

float output_probability(const SileroNetwork& network, const float* hidden) {
  constexpr int kSums = 16;
  float sums[kSums] = {};
  for (int at = 0; at < kLstmCells; at += kSums) {
    for (int i = 0; i < kSums; ++i) sums[i] += std::max(hidden[at + i], 0.0f) * network.output_weights[at + i];
  }
  float sum = network.output_bias;
  for (const float each : sums) sum += each;
  return 1 / (1 + std::exp(-sum));
}

}  // namespace

SileroWeights::SileroWeights() = default;
SileroWeights::~SileroWeights() = default;

std::unique_ptr<SileroWeights> SileroWeights::load(std::span<const uint8_t> bytes, std::string* error, KernelSet kernels) {
  std::string reason;
  const auto fail = [&] {
    if (error != nullptr) *error = reason;
    return nullptr;
  };
  WeightsFile file;
  if (!file.parse(bytes, reason)) return fail();
  std::unique_ptr<SileroWeights> weights(new SileroWeights);
  weights->kernels_ = choose_kernels(kernels);
  if (weights->kernels_ == nullptr) {
    reason = "this processor lacks the vector instructions asked for";
    return fail();
  }
  weights->at_8khz_ = SileroNetwork::pack(file, 8000, reason);
  if (weights->at_8khz_ == nullptr) return fail();
  weights->at_16khz_ = SileroNetwork::pack(file, 16000, reason);
  if (weights->at_16khz_ == nullptr) return fail();
  weights->model_sha256_ = file.model_sha256();
  return weights;
}

KernelSet SileroWeights::kernel_set() const { return kernels_->set; }

const SileroNetwork& SileroWeights::network(int sample_rate_hz) const {
  return sample_rate_hz == 8000 ? *at_8khz_ : *at_16khz_;
}

SileroVad::SileroVad(const SileroWeights& weights, int sample_rate_hz)
    : kernels_(weights.kernels_), network_(&weights.network(sample_rate_hz)) {}

size_t SileroVad::frame_samples() const { return network_->frame_samples; }

void SileroVad::take_input(std::span<const float> frame, float* input) {
  assemble_input(*network_, frame, context_.data(), input);
  std::copy(frame.end() - network_->context_samples, frame.end(), context_.begin());
}

float SileroVad::process(std::span<const float> frame) {
  if (frame.size() != frame_samples()) return 0;
  alignas(64) float input[kMostFrame + 2 * static_cast<int>(kMostContext)];
  alignas(64) float encoded[kEncoded];
  alignas(64) float third[64];
  alignas(64) float lstm_input[2 * kLstmCells];
  alignas(64) float gates[4 * kLstmCells];
  take_input(frame, input);
  encode(*kernels_, *network_, input, encoded);
  kernels_->product_1(network_->encoder[2], encoded, 0, third);
  kernels_->product_1(network_->encoder[3], third, 0, lstm_input);
  std::copy_n(hidden_.data(), kLstmCells, lstm_input + kLstmCells);
  kernels_->product_1(network_->lstm, lstm_input, 0, gates);
  kernels_->lstm_cell(gates, cell_.data(), hidden_.data());
  return output_probability(*network_, hidden_.data());
}

void SileroVad::process_batch(std::span<Frame> frames) {
  while (frames.size() >= kBatch) {
    process_four(frames.first<kBatch>());
    frames = frames.subspan(kBatch);
  }
  for (Frame& frame : frames) frame.probability = frame.stream->process(frame.samples);
}

void SileroVad::process_four(std::span<Frame, kBatch> frames) {
  static_assert(kBatch == kStreamsAtOnce);
  const Kernels& kernels = *frames[0].stream->kernels_;
  const SileroNetwork& network = *frames[0].stream->network_;
  alignas(64) float input[kMostFrame + 2 * static_cast<int>(kMostContext)];
  alignas(64) float encoded[kBatch * kEncoded];
  alignas(64) float third[kBatch * 64];
  alignas(64) float features[kBatch * kLstmCells];
  alignas(64) float lstm_input[kBatch * 2 * kLstmCells];
  alignas(64) float gates[kBatch * 4 * kLstmCells];
  for (size_t i = 0; i < kBatch; ++i) {
    frames[i].stream->take_input(frames[i].samples, input);
    encode(kernels, network, input, encoded + i * kEncoded);
  }
  kernels.product_4(network.encoder_of_four[0], encoded, kEncoded, third);
  kernels.product_4(network.encoder_of_four[1], third, 64, features);
  for (size_t i = 0; i < kBatch; ++i) {
    float* row = lstm_input + i * 2 * kLstmCells;
    std::copy_n(features + i * kLstmCells, kLstmCells, row);
    std::copy_n(frames[i].stream->hidden_.data(), kLstmCells, row + kLstmCells);
  }
  kernels.product_4(network.lstm_of_four, lstm_input, 2 * kLstmCells, gates);
  for (size_t i = 0; i < kBatch; ++i) {
    SileroVad& stream = *frames[i].stream;
    kernels.lstm_cell(gates + i * 4 * kLstmCells, stream.cell_.data(), stream.hidden_.data());
    frames[i].probability = output_probability(network, stream.hidden_.data());
  }
}

void SileroVad::reset() {
  hidden_.fill(0);
  cell_.fill(0);
  context_.fill(0);
}

}  // namespace trunkline::vad
