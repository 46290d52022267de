#include <cmath>

#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace trunkline::vad {

#if defined(__x86_64__)

namespace {

#define VAD_TARGET __attribute__((target("avx2,fma")))
#define VAD_LANE_OPERATION VAD_TARGET __attribute__((always_inline)) inline

using Lanes = __m256;
constexpr int kLanes = 8;

VAD_LANE_OPERATION Lanes load(const float* from) { return _mm256_loadu_ps(from); }
VAD_LANE_OPERATION void store(float* to, Lanes a) { _mm256_storeu_ps(to, a); }
VAD_LANE_OPERATION Lanes splat(float value) { return _mm256_set1_ps(value); }
VAD_LANE_OPERATION Lanes add(Lanes a, Lanes b) { return _mm256_add_ps(a, b); }
VAD_LANE_OPERATION Lanes multiply(Lanes a, Lanes b) { return _mm256_mul_ps(a, b); }
VAD_LANE_OPERATION Lanes divide(Lanes a, Lanes b) { return _mm256_div_ps(a, b); }
VAD_LANE_OPERATION Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return _mm256_fmadd_ps(a, b, c); }
VAD_LANE_OPERATION Lanes maximum(Lanes a, Lanes b) { return _mm256_max_ps(a, b); }
VAD_LANE_OPERATION Lanes minimum(Lanes a, Lanes b) { return _mm256_min_ps(a, b); }
VAD_LANE_OPERATION Lanes square_root(Lanes a) { return _mm256_sqrt_ps(a); }
VAD_LANE_OPERATION Lanes round(Lanes a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/** Of whole numbers from -126 to 127, by putting them into the exponent's bits. */
VAD_LANE_OPERATION Lanes power_of_two(Lanes a) {
  const auto biased = _mm256_add_epi32(_mm256_cvtps_epi32(a), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}

#include "kernels_vector.inc"

constexpr Kernels kAvx2 = {KernelSet::avx2, product<1>, product<2>, product<4>, magnitude, lstm_cell};

}  // namespace

const Kernels* avx2_kernels() { return &kAvx2; }

#else

const Kernels* avx2_kernels() { return nullptr; }

#endif

}  // namespace trunkline::vad
