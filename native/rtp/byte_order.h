#pragma once

#include <cstdint>

namespace trunkline::rtp {

/** Network byte order, any alignment. */
inline uint16_t load_u16(const uint8_t* bytes) { return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]); }

inline uint32_t load_u32(const uint8_t* bytes) {
  return static_cast<uint32_t>(load_u16(bytes)) << 16 | load_u16(bytes + 2);
}

inline void store_u16(uint8_t* bytes, uint16_t value) {
  bytes[0] = static_cast<uint8_t>(value >> 8);
  bytes[1] = static_cast<uint8_t>(value);
}

inline void store_u32(uint8_t* bytes, uint32_t value) {
  store_u16(bytes, static_cast<uint16_t>(value >> 16));
  store_u16(bytes + 2, static_cast<uint16_t>(value));
}

}  // namespace trunkline::rtp
