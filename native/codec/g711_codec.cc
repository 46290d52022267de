#include "g711_codec.h"

#include <algorithm>

namespace trunkline::codec {

size_t G711Decoder::decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) {
  decode_g711(law_, payload, pcm);
  return std::min(payload.size(), pcm.size());
}

size_t G711Encoder::encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  encode_g711(law_, pcm, payload);
  return std::min(pcm.size(), payload.size());
}

}  // namespace trunkline::codec
