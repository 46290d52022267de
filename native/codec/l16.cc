#include "l16.h"

namespace trunkline::codec {

size_t L16Decoder::decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) {
  const size_t count = duration_samples(payload);
  if (count > pcm.size()) return 0;
  for (size_t i = 0; i < count; ++i) pcm[i] = static_cast<int16_t>(payload[2 * i] << 8 | payload[2 * i + 1]);
  return count;
}

size_t L16Encoder::encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  if (pcm.size() * 2 > payload.size()) return 0;
  for (size_t i = 0; i < pcm.size(); ++i) {
    payload[2 * i] = static_cast<uint8_t>(static_cast<uint16_t>(pcm[i]) >> 8);
    payload[2 * i + 1] = static_cast<uint8_t>(pcm[i]);
  }
  return pcm.size() * 2;
}

}  // namespace trunkline::codec
