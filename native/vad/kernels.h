#pragma once

#include "silero.h"

namespace trunkline::vad {

inline constexpr int kLstmCells = 128;
/** Positions in time that the STFT makes of one frame. */
inline constexpr int kStftPositions = 4;
/** Streams whose frames can share one reading of the weights: as many as the widest product has positions. */
inline constexpr int kStreamsAtOnce = 4;

/**
 * y = max(bias + W x, least), W packed in panels of `panel_outputs(positions)` rows, inputs outermost within a
 * panel, so that a kernel reads it once from front to back. 64-byte aligned.
 */
struct Layer {
  const float* weights = nullptr;
  const float* bias = nullptr;
  int inputs = 0;
  int outputs = 0;
  /** 0 for ReLU, minus infinity for none. */
  float least = 0;
};

/** Keeps outputs times positions at 64 sums, which is what the registers of AVX2 hold. */
constexpr int panel_outputs(int positions) { return 64 / positions; }

/**
 * One layer at one or more positions in time: position i reads its inputs from x + i * stride (for a convolution:
 * its taps, which lie one after the other) and writes its outputs to y + i * outputs.
 */
using Product = void (*)(const Layer& layer, const float* x, int stride, float* y);

/** The inner loops of the network for one instruction set. */
struct Kernels {
  KernelSet set;
  Product product_1;
  Product product_2;
  Product product_4;
  /** `spectrum` holds the real parts of bins 0 to bins - 1, then the imaginary parts of bins 1 to bins - 2. */
  void (*magnitude)(const float* spectrum, int bins, float* magnitudes);
  /** `gates` before their activations, in PyTorch's order: input, forget, cell, output; kLstmCells each. */
  void (*lstm_cell)(const float* gates, float* cell, float* hidden);
};

const Kernels& scalar_kernels();
/** Null where they are not compiled in. The caller has asked the processor. */
const Kernels* avx2_kernels();
const Kernels* avx512_kernels();

/** Null where this processor lacks the set. */
const Kernels* choose_kernels(KernelSet set);

}  // namespace trunkline::vad
