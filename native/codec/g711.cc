#include "g711.h"

#include <algorithm>
#include <array>
#include <bit>

namespace trunkline::codec {
namespace {

constexpr int kMuBias = 33;
constexpr int kMuLargest = 8191;
constexpr int kAInversion = 0x55;

/** A value on a decision level goes to the interval nearer to zero when it is negative: one's complement. */
constexpr int magnitude(int16_t sample) { return sample < 0 ? ~sample : sample; }

/** Segments are octaves of the biased magnitude: the position of its highest bit. */
constexpr uint8_t encode_mu(int16_t sample) {
  const int biased = std::min((magnitude(sample) >> 2) + kMuBias, kMuLargest);
  const int segment = std::bit_width(static_cast<unsigned>(biased)) - 6;
  const int step = (biased >> (segment + 1)) & 0x0F;
  const int sign = sample < 0 ? 0x00 : 0x80;
  return static_cast<uint8_t>(sign | (~((segment << 4) | step) & 0x7F));
}

constexpr int16_t decode_mu(uint8_t code) {
  const int inverted = ~code;
  const int segment = (inverted >> 4) & 0x07;
  const int step = inverted & 0x0F;
  const int value = (((2 * step + kMuBias) << segment) - kMuBias) * 4;
  return static_cast<int16_t>((code & 0x80) != 0 ? value : -value);
}

constexpr uint8_t encode_a(int16_t sample) {
  const int reduced = magnitude(sample) >> 4;
  // The two lowest segments share one step size.
  const int segment = std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(reduced))) - 4);
  const int step = (reduced >> std::max(0, segment - 1)) & 0x0F;
  const int sign = sample < 0 ? 0x00 : 0x80;
  return static_cast<uint8_t>((sign | (segment << 4) | step) ^ kAInversion);
}

constexpr int16_t decode_a(uint8_t code) {
  const int straight = code ^ kAInversion;
  const int segment = (straight >> 4) & 0x07;
  const int step = straight & 0x0F;
  const int middle = 2 * step + 1 + (segment > 0 ? 32 : 0);
  const int value = (middle << std::max(0, segment - 1)) * 8;
  return static_cast<int16_t>((straight & 0x80) != 0 ? value : -value);
}

using DecodeTable = std::array<int16_t, 256>;

constexpr DecodeTable table_of(int16_t (*decode)(uint8_t)) {
  DecodeTable table{};
  for (int code = 0; code < 256; ++code) table[code] = decode(static_cast<uint8_t>(code));
  return table;
}

constexpr DecodeTable kMuTable = table_of(decode_mu);
constexpr DecodeTable kATable = table_of(decode_a);

const DecodeTable& table(G711Law law) { return law == G711Law::mu ? kMuTable : kATable; }

}  // namespace

uint8_t encode_g711(G711Law law, int16_t sample) { return law == G711Law::mu ? encode_mu(sample) : encode_a(sample); }

int16_t decode_g711(G711Law law, uint8_t code) { return table(law)[code]; }

void encode_g711(G711Law law, std::span<const int16_t> samples, std::span<uint8_t> codes) {
  const size_t count = std::min(samples.size(), codes.size());
  for (size_t i = 0; i < count; ++i) codes[i] = encode_g711(law, samples[i]);
}

void decode_g711(G711Law law, std::span<const uint8_t> codes, std::span<int16_t> samples) {
  const DecodeTable& values = table(law);
  const size_t count = std::min(samples.size(), codes.size());
  for (size_t i = 0; i < count; ++i) samples[i] = values[codes[i]];
}

}  // namespace trunkline::codec
