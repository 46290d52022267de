#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// The three operations on eight samples at once that G.722 needs: as the compiler has them on any machine, and by hand
// where the machine has them at hand. Both give the same bits.
namespace trunkline::codec::g722 {

using Lanes = int16_t __attribute__((vector_size(16)));

/** Levels 1 to 29 of the quantizer of the lower band in order, and three that are not looked at. */
struct Levels {
  Lanes lanes[4];
};
constexpr int kLevels = 29;

constexpr int saturate(int value) { return std::clamp(value, -32768, 32767); }

namespace portable {

/** (a * b) >> 14 of each lane, which must fit 16 bits. */
inline Lanes product_q14(Lanes a, Lanes b) {
  Lanes result{};
  for (int i = 0; i < 8; ++i) result[i] = static_cast<int16_t>((a[i] * b[i]) >> 14);
  return result;
}

/** Lanes 5 to 0 added in this order, saturating after each. */
inline int saturating_sum(Lanes terms) {
  int sum = 0;
  for (int i = 5; i >= 0; --i) sum = saturate(sum + terms[i]);
  return sum;
}

/** How many of the levels, scaled by (level * scale) >> 12, are not above `magnitude` (0 to 32767). */
inline int levels_reached(const Levels& levels, int scale, int magnitude) {
  int count = 0;
  while (count < kLevels && (levels.lanes[count / 8][count % 8] * scale) >> 12 <= magnitude) ++count;
  return count;
}

}  // namespace portable

#ifdef __SSE2__
namespace sse2 {

template <int Shift>
inline __m128i product(__m128i a, __m128i b) {
  return _mm_or_si128(_mm_slli_epi16(_mm_mulhi_epi16(a, b), 16 - Shift), _mm_srli_epi16(_mm_mullo_epi16(a, b), Shift));
}

inline Lanes product_q14(Lanes a, Lanes b) {
  return reinterpret_cast<Lanes>(product<14>(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
}

inline int saturating_sum(Lanes terms) {
  const auto t = reinterpret_cast<__m128i>(terms);
  __m128i sum = _mm_adds_epi16(_mm_srli_si128(t, 10), _mm_srli_si128(t, 8));
  sum = _mm_adds_epi16(sum, _mm_srli_si128(t, 6));
  sum = _mm_adds_epi16(sum, _mm_srli_si128(t, 4));
  sum = _mm_adds_epi16(sum, _mm_srli_si128(t, 2));
  sum = _mm_adds_epi16(sum, t);
  return static_cast<int16_t>(_mm_cvtsi128_si32(sum));
}

inline int levels_reached(const Levels& levels, int scale, int magnitude) {
  const __m128i scales = _mm_set1_epi16(static_cast<int16_t>(scale));
  const __m128i limit = _mm_set1_epi16(static_cast<int16_t>(magnitude));
  const auto above = [&](int i) {
    return _mm_cmpgt_epi16(product<12>(reinterpret_cast<__m128i>(levels.lanes[i]), scales), limit);
  };
  const auto low = static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(above(0), above(1))));
  const auto high = static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(above(2), above(3))));
  return std::countr_zero(low | high << 16 | 1u << kLevels);
}

}  // namespace sse2
using sse2::levels_reached;
using sse2::product_q14;
using sse2::saturating_sum;
#else
using portable::levels_reached;
using portable::product_q14;
using portable::saturating_sum;
#endif

}  // namespace trunkline::codec::g722
