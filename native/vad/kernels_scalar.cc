#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"

// C++ for any processor: the compiler takes what vectors the target is sure to have (SSE2, NEON).

namespace trunkline::vad {

namespace {

/** Four floats that the compiler keeps in a register where the target has one, and takes apart where not. */
using Four = float __attribute__((vector_size(16)));
constexpr int kFours = 4;
constexpr int kLanes = kFours * 4;

Four load(const float* from) {
  Four value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <int Positions>
void product(const Layer& layer, const float* x, int stride, float* y) {
  constexpr int kPanel = panel_outputs(Positions);
  for (int at = 0; at < layer.outputs; at += kLanes) {
    const int panel = at / kPanel * kPanel;
    const float* weights = layer.weights + static_cast<ptrdiff_t>(panel) * layer.inputs + (at - panel);
    for (int position = 0; position < Positions; ++position) {
      const float* inputs = x + position * stride;
      Four sums[kFours];
      for (int i = 0; i < kFours; ++i) sums[i] = load(layer.bias + at + 4 * i);
      for (int k = 0; k < layer.inputs; ++k) {
        for (int i = 0; i < kFours; ++i) sums[i] += inputs[k] * load(weights + k * kPanel + 4 * i);
      }
      float* outputs = y + position * layer.outputs + at;
      for (int i = 0; i < kLanes; ++i) outputs[i] = std::max(sums[i / 4][i % 4], layer.least);
    }
  }
}

void magnitude(const float* spectrum, int bins, float* magnitudes) {
  const float* imaginary = spectrum + bins - 1;
  magnitudes[0] = std::fabs(spectrum[0]);
  for (int bin = 1; bin < bins - 1; ++bin) {
    magnitudes[bin] = std::sqrt(spectrum[bin] * spectrum[bin] + imaginary[bin] * imaginary[bin]);
  }
  magnitudes[bins - 1] = std::fabs(spectrum[bins - 1]);
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

void lstm_cell(const float* gates, float* cell, float* hidden) {
  for (int i = 0; i < kLstmCells; ++i) {
    const float input = sigmoid(gates[i]);
    const float forget = sigmoid(gates[kLstmCells + i]);
    const float candidate = std::tanh(gates[2 * kLstmCells + i]);
    const float output = sigmoid(gates[3 * kLstmCells + i]);
    cell[i] = forget * cell[i] + input * candidate;
    hidden[i] = output * std::tanh(cell[i]);
  }
}

constexpr Kernels kScalar = {KernelSet::scalar, product<1>, product<2>, product<4>, magnitude, lstm_cell};

}  // namespace

const Kernels& scalar_kernels() { return kScalar; }

}  // namespace trunkline::vad
