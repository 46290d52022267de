#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

// G.722 at 64 kbit/s once more, block by block as the recommendation draws it: one sample at a time, one operation at a
// time, each with the saturation of its 16-bit arithmetic. Slow and plain, so that it can be held against the text.
namespace trunkline::test::g722 {

inline int16_t narrow(int value) { return static_cast<int16_t>(std::clamp(value, -32768, 32767)); }
inline int16_t add(int16_t a, int16_t b) { return narrow(a + b); }
inline int16_t sub(int16_t a, int16_t b) { return narrow(a - b); }
inline int16_t mul(int16_t a, int16_t b) { return narrow((a * b) >> 15); }
inline int16_t shl(int16_t a, int bits) { return narrow(a * (1 << bits)); }
inline bool same_sign(int16_t a, int16_t b) { return (a < 0) == (b < 0); }
inline int16_t limit15(int16_t a) { return std::clamp<int16_t>(a, -16384, 16383); }

/** LIMIT, SHIFT and the table of SCALEL and SCALEH. */
inline int16_t linear_scale(int16_t log_scale, int base) {
  static const int16_t octave[32] = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543,
                                     2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228,
                                     3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};
  const int16_t mantissa = octave[(log_scale >> 6) & 31];
  const int exponent = log_scale >> 11;
  const int right = base - exponent;
  const int16_t shifted =
      right < 0 ? static_cast<int16_t>(mantissa << -right) : static_cast<int16_t>(mantissa >> right);
  return shl(shifted, 2);
}

/** Everything behind the quantizer of a band; the index 0 is the sample at hand, 1 the one before, as in the block
 * diagrams. */
struct Predictor {
  int16_t d[7] = {}, b[7] = {}, p[3] = {}, r[3] = {}, a[3] = {};
  int16_t s = 0, sz = 0, sp = 0;

  void run(int16_t difference) {
    d[0] = difference;
    p[0] = add(d[0], sz);  // PARREC
    r[0] = add(s, d[0]);   // RECONS

    for (int i = 1; i <= 6; ++i) {  // UPZERO
      const int16_t gain = d[0] == 0 ? 0 : 128;
      b[i] = add(same_sign(d[0], d[i]) ? gain : sub(0, gain), mul(b[i], 32640));
    }

    const int16_t a1_4 = shl(a[1], 2);  // UPPOL2
    const int16_t turned = same_sign(p[0], p[1]) ? sub(0, a1_4) : a1_4;
    const int16_t sum = add(static_cast<int16_t>(turned >> 7), same_sign(p[0], p[2]) ? 128 : -128);
    a[2] = std::clamp<int16_t>(add(sum, mul(a[2], 32512)), -12288, 12288);

    const int16_t a1 = add(same_sign(p[0], p[1]) ? 192 : -192, mul(a[1], 32640));  // UPPOL1
    const int16_t bound = sub(15360, a[2]);
    a[1] = a1 > bound ? bound : a1 < -bound ? static_cast<int16_t>(-bound) : a1;

    for (int i = 6; i >= 1; --i) d[i] = d[i - 1];  // DELAYA
    for (int i = 2; i >= 1; --i) p[i] = p[i - 1];
    for (int i = 2; i >= 1; --i) r[i] = r[i - 1];

    sz = 0;  // FILTEZ
    for (int i = 6; i >= 1; --i) sz = add(sz, mul(add(d[i], d[i]), b[i]));
    sp = add(mul(a[1], add(r[1], r[1])), mul(a[2], add(r[2], r[2])));  // FILTEP
    s = add(sp, sz);                                                   // PREDIC
  }
};

struct Lower {
  Predictor predictor;
  int16_t log_scale = 0;
  int16_t scale = 32;

  /** QUANTL: output codes in order of the levels, read from the table of the recommendation. */
  uint8_t quantize(int16_t e) const {
    static const int16_t decisions[30] = {0,    35,   72,   110,  150,  190,  233,  276,  323,  370,
                                          422,  473,  530,  587,  650,  714,  786,  858,  940,  1023,
                                          1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919};
    static const uint8_t positive[30] = {0x3D, 0x3C, 0x3B, 0x3A, 0x39, 0x38, 0x37, 0x36, 0x35, 0x34,
                                         0x33, 0x32, 0x31, 0x30, 0x2F, 0x2E, 0x2D, 0x2C, 0x2B, 0x2A,
                                         0x29, 0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21, 0x20};
    static const uint8_t negative[30] = {0x3F, 0x3E, 0x1F, 0x1E, 0x1D, 0x1C, 0x1B, 0x1A, 0x19, 0x18,
                                         0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 0x10, 0x0F, 0x0E,
                                         0x0D, 0x0C, 0x0B, 0x0A, 0x09, 0x08, 0x07, 0x06, 0x05, 0x04};
    const int16_t magnitude = e >= 0 ? e : static_cast<int16_t>(32767 - (e & 32767));
    int level = 29;
    while (level > 0 && magnitude < mul(shl(decisions[level], 3), scale)) --level;
    return e >= 0 ? positive[level] : negative[level];
  }

  int16_t output6(uint8_t code) const {  // INVQBL, mode 1
    static const int16_t levels[64] = {
        -17,  -17,  -17,  -17,  -3101, -2738, -2376, -2088, -1873, -1689, -1535, -1399, -1279, -1170, -1072, -982,
        -899, -822, -750, -682, -618,  -558,  -501,  -447,  -396,  -347,  -300,  -254,  -211,  -170,  -130,  -91,
        3101, 2738, 2376, 2088, 1873,  1689,  1535,  1399,  1279,  1170,  1072,  982,   899,   822,   750,   682,
        618,  558,  501,  447,  396,   347,   300,   254,   211,   170,   130,   91,    54,    17,    -54,   -17};
    return mul(scale, shl(levels[code], 3));
  }

  int16_t output4(uint8_t code) const {  // INVQAL
    static const int16_t levels[16] = {0,    -2557, -1612, -1121, -786, -530, -323, -150,
                                       2557, 1612,  1121,  786,   530,  323,  150,  0};
    return mul(scale, shl(levels[code >> 2], 3));
  }

  void adapt(uint8_t code) {  // LOGSCL, SCALEL
    static const int16_t steps[16] = {-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60};
    const int16_t difference = output4(code);
    log_scale = std::clamp<int16_t>(add(mul(log_scale, 32512), steps[code >> 2]), 0, 18432);
    scale = linear_scale(log_scale, 8);
    predictor.run(difference);
  }
};

struct Higher {
  Predictor predictor;
  int16_t log_scale = 0;
  int16_t scale = 8;

  uint8_t quantize(int16_t e) const {  // QUANTH
    const int16_t magnitude = e >= 0 ? e : static_cast<int16_t>(32767 - (e & 32767));
    const bool outer = magnitude >= mul(shl(564, 3), scale);
    if (e >= 0) return outer ? 2 : 3;
    return outer ? 0 : 1;
  }

  int16_t output2(uint8_t code) const {  // INVQAH
    static const int16_t levels[4] = {-926, -202, 926, 202};
    return mul(shl(levels[code], 3), scale);
  }

  void adapt(uint8_t code) {  // LOGSCH, SCALEH
    const int16_t difference = output2(code);
    const int16_t step = code % 2 == 0 ? 798 : -214;
    log_scale = std::clamp<int16_t>(add(mul(log_scale, 32512), step), 0, 22528);
    scale = linear_scale(log_scale, 10);
    predictor.run(difference);
  }
};

inline const int kTaps[24] = {3,    -11, -11,  53,   12,  -156, 32,   362, -210, -805, 951, 3876,
                              3876, 951, -805, -210, 362, 32,   -156, 12,  53,   -11,  -11, 3};

struct Encoder {
  Lower lower;
  Higher higher;
  int16_t x[24] = {};

  uint8_t encode(int16_t first, int16_t second) {
    for (int i = 23; i >= 2; --i) x[i] = x[i - 2];
    x[1] = first;
    x[0] = second;
    int a = 0;
    int b = 0;
    for (int i = 0; i < 24; i += 2) a += kTaps[i] * x[i];
    for (int i = 1; i < 24; i += 2) b += kTaps[i] * x[i];
    const int16_t low = limit15(narrow((a + b) >> 14));
    const int16_t high = limit15(narrow((a - b) >> 14));
    const uint8_t lower_code = lower.quantize(sub(low, lower.predictor.s));
    lower.adapt(lower_code);
    const uint8_t higher_code = higher.quantize(sub(high, higher.predictor.s));
    higher.adapt(higher_code);
    return static_cast<uint8_t>(higher_code * 64 + lower_code);
  }
};

struct Decoder {
  Lower lower;
  Higher higher;
  int16_t sums[12] = {};
  int16_t differences[12] = {};

  void decode(uint8_t code, int16_t& first, int16_t& second) {
    const uint8_t lower_code = code % 64;
    const uint8_t higher_code = code / 64;
    const int16_t low = limit15(add(lower.predictor.s, lower.output6(lower_code)));
    lower.adapt(lower_code);
    const int16_t high = limit15(add(higher.predictor.s, higher.output2(higher_code)));
    higher.adapt(higher_code);
    for (int i = 11; i >= 1; --i) {
      sums[i] = sums[i - 1];
      differences[i] = differences[i - 1];
    }
    sums[0] = add(low, high);
    differences[0] = sub(low, high);
    int a = 0;
    int b = 0;
    for (int i = 0; i < 12; ++i) {
      a += kTaps[2 * i] * differences[i];
      b += kTaps[2 * i + 1] * sums[i];
    }
    first = narrow(a >> 11);
    second = narrow(b >> 11);
  }
};

inline std::vector<uint8_t> encode(const std::vector<int16_t>& pcm) {
  Encoder encoder;
  std::vector<uint8_t> codes;
  for (size_t i = 0; i + 1 < pcm.size(); i += 2) codes.push_back(encoder.encode(pcm[i], pcm[i + 1]));
  return codes;
}

inline std::vector<int16_t> decode(const std::vector<uint8_t>& codes) {
  Decoder decoder;
  std::vector<int16_t> pcm(codes.size() * 2);
  for (size_t i = 0; i < codes.size(); ++i) decoder.decode(codes[i], pcm[2 * i], pcm[2 * i + 1]);
  return pcm;
}

}  // namespace trunkline::test::g722
