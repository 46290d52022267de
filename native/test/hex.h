#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace trunkline::test {

/** Bytes from hexadecimal digits; everything else between them is left out. */
inline std::vector<uint8_t> hex(std::string_view text) {
  std::vector<uint8_t> bytes;
  int digits = 0;
  uint8_t byte = 0;
  for (const char letter : text) {
    int value = -1;
    if (letter >= '0' && letter <= '9') value = letter - '0';
    if (letter >= 'a' && letter <= 'f') value = letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') value = letter - 'A' + 10;
    if (value < 0) continue;
    byte = static_cast<uint8_t>(byte << 4 | value);
    if (++digits % 2 == 0) bytes.push_back(byte);
  }
  return bytes;
}

}  // namespace trunkline::test
