#include "g722.h"

#include <algorithm>

namespace trunkline::codec {
namespace {

/** Half of the quadrature mirror filter, in 1/8192; the other half is its mirror image. */
constexpr int16_t kMirror[] = {3, -11, -11, 53, 12, -156, 32, 362, -210, -805, 951, 3876};

using Analysis = std::array<int16_t, 24>;
using Synthesis = std::array<int16_t, 12>;

constexpr Analysis kLow = [] {
  Analysis taps{};
  for (size_t i = 0; i < 12; ++i) taps[i] = taps[23 - i] = kMirror[i];
  return taps;
}();

/** The newer sample of each pair minus the older. */
constexpr Analysis kHigh = [] {
  Analysis taps = kLow;
  for (size_t i = 0; i < 24; i += 2) taps[i] = static_cast<int16_t>(-taps[i]);
  return taps;
}();

constexpr Synthesis every_second(size_t first) {
  Synthesis taps{};
  for (size_t i = 0; i < 12; ++i) taps[i] = kLow[first + 2 * i];
  return taps;
}
constexpr Synthesis kFirst = every_second(1);
constexpr Synthesis kSecond = every_second(0);

template <size_t Taps>
int filter(const int16_t* samples, const std::array<int16_t, Taps>& taps) {
  int sum = 0;
  for (size_t i = 0; i < Taps; ++i) sum += samples[i] * taps[i];
  return sum;
}

}  // namespace

size_t G722Decoder::decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) {
  if (payload.size() * 2 > pcm.size()) return 0;
  for (size_t at = 0; at < payload.size(); at += kBlock) {
    decode_block(payload.subspan(at, std::min(kBlock, payload.size() - at)), pcm.data() + 2 * at);
  }
  return payload.size() * 2;
}

void G722Decoder::decode_block(std::span<const uint8_t> codes, int16_t* pcm) {
  int16_t* const differences = differences_.data() + kTaps - 1;
  int16_t* const sums = sums_.data() + kTaps - 1;
  for (size_t i = 0; i < codes.size(); ++i) {
    const int low = lower_.decode(codes[i] & 0x3F);
    const int high = higher_.decode(codes[i] >> 6);
    differences[i] = static_cast<int16_t>(low - high);
    sums[i] = static_cast<int16_t>(low + high);
  }
  for (size_t i = 0; i < codes.size(); ++i) {
    pcm[2 * i] = static_cast<int16_t>(g722::saturate(filter(differences_.data() + i, kFirst) >> 11));
    pcm[2 * i + 1] = static_cast<int16_t>(g722::saturate(filter(sums_.data() + i, kSecond) >> 11));
  }
  std::copy_n(differences_.data() + codes.size(), kTaps - 1, differences_.data());
  std::copy_n(sums_.data() + codes.size(), kTaps - 1, sums_.data());
}

size_t G722Encoder::encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  if (pcm.size() % 2 != 0 || pcm.size() / 2 > payload.size()) return 0;
  for (size_t at = 0; at < pcm.size(); at += 2 * kBlock) {
    encode_block(pcm.subspan(at, std::min(2 * kBlock, pcm.size() - at)), payload.data() + at / 2);
  }
  return pcm.size() / 2;
}

void G722Encoder::encode_block(std::span<const int16_t> pcm, uint8_t* codes) {
  std::copy(pcm.begin(), pcm.end(), samples_.data() + kTaps - 2);
  for (size_t i = 0; i < pcm.size(); i += 2) {
    // 16 bits to 15: the gain of the filter is one, the bands have one bit less.
    const uint8_t low = lower_.encode(g722::limit(filter(samples_.data() + i, kLow) >> 14));
    const uint8_t high = higher_.encode(g722::limit(filter(samples_.data() + i, kHigh) >> 14));
    codes[i / 2] = static_cast<uint8_t>(high << 6 | low);
  }
  std::copy_n(samples_.data() + pcm.size(), kTaps - 2, samples_.data());
}

}  // namespace trunkline::codec
