#pragma once

#include <cstdint>
#include <span>

namespace trunkline::codec {

enum class G711Law : uint8_t { mu, a };

/** ITU-T G.711 on 16-bit samples: 14 of them used by the mu-law, 13 by the A-law. */
uint8_t encode_g711(G711Law law, int16_t sample);
int16_t decode_g711(G711Law law, uint8_t code);

/** As many as fit both spans. */
void encode_g711(G711Law law, std::span<const int16_t> samples, std::span<uint8_t> codes);
void decode_g711(G711Law law, std::span<const uint8_t> codes, std::span<int16_t> samples);

}  // namespace trunkline::codec
