#include "g722_bands.h"

#include <array>

namespace trunkline::codec::g722 {
namespace {

/** Q6: decision levels of the lower band. */
constexpr Levels kDecisions = {
    Lanes{35, 72, 110, 150, 190, 233, 276, 323},
    Lanes{370, 422, 473, 530, 587, 650, 714, 786},
    Lanes{858, 940, 1023, 1121, 1219, 1339, 1458, 1612},
    Lanes{1765, 1980, 2195, 2557, 2919, 0, 0, 0},
};

/** OQ6 and OQ4: output levels of the six-bit and the four-bit inverse quantizer. */
constexpr int kOutput6[] = {0,   17,  54,  91,  130,  170,  211,  254,  300,  347,  396,  447,  501,  558,  618, 682,
                            750, 822, 899, 982, 1072, 1170, 1279, 1399, 1535, 1689, 1873, 2088, 2376, 2738, 3101};
constexpr int kOutput4[] = {0, 150, 323, 530, 786, 1121, 1612, 2557};
/** WL by the magnitude of the four-bit code. */
constexpr int kLogStep4[] = {-60, -30, 58, 172, 334, 538, 1198, 3042};

/** Six-bit codes: 61 to 32 are levels 1 to 30 above zero; 63, 62 and 31 to 4 those below, as is 1 by the codes not in
 * use. */
constexpr std::array<int16_t, 64> kSixBits = [] {
  std::array<int16_t, 64> values{};
  for (int code = 0; code < 64; ++code) {
    const int level = code < 4 ? 1 : code < 32 ? 34 - code : code < 62 ? 62 - code : 64 - code;
    const bool negative = code < 32 || code > 61;
    values[code] = static_cast<int16_t>(8 * (negative ? -kOutput6[level] : kOutput6[level]));
  }
  return values;
}();

struct FourBits {
  int16_t difference;
  int16_t log_step;
};

/** Four-bit codes: 1 to 7 below zero, 8 to 14 above, both from the largest to the smallest; 0 and 15 are zero. */
constexpr std::array<FourBits, 16> kFourBits = [] {
  std::array<FourBits, 16> values{};
  for (int code = 0; code < 16; ++code) {
    const int level = code == 0 ? 0 : code < 8 ? 8 - code : 15 - code;
    const int output = 8 * kOutput4[level];
    values[code] = {static_cast<int16_t>(code < 8 ? -output : output), static_cast<int16_t>(kLogStep4[level])};
  }
  return values;
}();

struct TwoBits {
  int16_t difference;
  int16_t log_step;
};
constexpr TwoBits kTwoBits[] = {{-8 * 926, 798}, {-8 * 202, -214}, {8 * 926, 798}, {8 * 202, -214}};
constexpr int kDecision2 = 8 * 564;

constexpr int kLargestLog4 = 18432;
constexpr int kLargestLog2 = 22528;

/** SCALEL, SCALEH: 2 to the power of an eleven-bit logarithm in steps of 1/32, and of 1/32 of its leap at the top
 * (ILB). */
constexpr std::array<int16_t, 353> kScales = [] {
  constexpr int kOctave[] = {2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543,
                             2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025, 3091, 3158, 3228,
                             3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008};
  std::array<int16_t, 353> scales{};
  for (int i = 0; i < 353; ++i) scales[i] = static_cast<int16_t>(4 * ((kOctave[i % 32] << (i / 32)) >> 10));
  return scales;
}();
constexpr int kLowerScaleOffset = 64;

constexpr int magnitude(int difference) { return difference < 0 ? -difference - 1 : difference; }

}  // namespace

uint8_t LowerBand::encode(int sample) {
  const int difference = saturate(sample - predictor_.prediction());
  const int level = 1 + levels_reached(kDecisions, scale_, magnitude(difference));
  const auto code = static_cast<uint8_t>(difference >= 0 ? 62 - level : level < 3 ? 64 - level : 34 - level);
  adapt(code);
  return code;
}

int LowerBand::decode(uint8_t code) {
  const int sample = limit(saturate(predictor_.prediction() + ((scale_ * kSixBits[code]) >> 15)));
  adapt(code);
  return sample;
}

void LowerBand::adapt(uint8_t code) {
  const FourBits& coarse = kFourBits[code >> 2];
  const int difference = (scale_ * coarse.difference) >> 15;
  log_scale_ = std::clamp(((log_scale_ * 32512) >> 15) + coarse.log_step, 0, kLargestLog4);
  scale_ = kScales[(log_scale_ >> 6) + kLowerScaleOffset];
  predictor_.update(difference);
}

uint8_t HigherBand::encode(int sample) {
  const int difference = saturate(sample - predictor_.prediction());
  const bool large = magnitude(difference) >= (kDecision2 * scale_) >> 15;
  const auto code = static_cast<uint8_t>((difference < 0 ? 1 : 3) - (large ? 1 : 0));
  adapt(code);
  return code;
}

int HigherBand::decode(uint8_t code) {
  const int prediction = predictor_.prediction();
  return limit(saturate(prediction + adapt(code)));
}

int HigherBand::adapt(uint8_t code) {
  const int difference = (scale_ * kTwoBits[code].difference) >> 15;
  log_scale_ = std::clamp(((log_scale_ * 32512) >> 15) + kTwoBits[code].log_step, 0, kLargestLog2);
  scale_ = kScales[log_scale_ >> 6];
  predictor_.update(difference);
  return difference;
}

}  // namespace trunkline::codec::g722
