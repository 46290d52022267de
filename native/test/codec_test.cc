#include <vector>

#include "../codec/g711.h"
#include "check.h"

using namespace trunkline;
using codec::G711Law;

TEST("every code comes back from its own value, but for the second mu-law zero") {
  for (const G711Law law : {G711Law::mu, G711Law::a}) {
    for (int code = 0; code < 256; ++code) {
      const int16_t value = codec::decode_g711(law, static_cast<uint8_t>(code));
      const uint8_t again = codec::encode_g711(law, value);
      const bool negative_zero = law == G711Law::mu && code == 0x7F;
      CHECK(again == (negative_zero ? 0xFF : code));
    }
  }
}

TEST("silence is 0xFF and 0xD5") {
  CHECK(codec::encode_g711(G711Law::mu, 0) == 0xFF);
  CHECK(codec::encode_g711(G711Law::a, 0) == 0xD5);
}

TEST("no more is converted than fits") {
  const std::vector<int16_t> samples(10, 1000);
  std::vector<uint8_t> codes(4, 1);
  codec::encode_g711(G711Law::mu, samples, std::span(codes).first(3));
  CHECK(codes[2] != 1 && codes[3] == 1);
}
