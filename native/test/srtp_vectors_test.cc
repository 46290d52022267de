#include <algorithm>
#include <string_view>
#include <vector>

#include "../rtp/srtp_keys.h"
#include "../rtp/srtp_transform.h"
#include "check.h"
#include "hex.h"

using namespace trunkline;
using test::hex;
using Direction = rtp::SrtpTransform::Direction;

namespace {

using Bytes = std::vector<uint8_t>;

bool begins_with(std::span<const uint8_t> bytes, std::string_view expected) {
  const Bytes wanted = hex(expected);
  return bytes.size() >= wanted.size() && std::ranges::equal(bytes.first(wanted.size()), wanted);
}

rtp::SrtpSessionKeys session_keys(std::string_view cipher_key, std::string_view salt) {
  rtp::SrtpSessionKeys keys;
  std::ranges::copy(hex(cipher_key), keys.cipher_key.begin());
  std::ranges::copy(hex(salt), keys.salt.begin());
  return keys;
}

/** Of RFC 7714: both ciphers use the same text as key and salt. */
struct GcmVector {
  rtp::SrtpSuite suite;
  rtp::SrtpStream stream;
  std::string_view clear;
  /** Bytes in front that are not encrypted. */
  size_t header_bytes;
  uint32_t ssrc;
  uint64_t index;
  uint32_t word;
  std::string_view cipher_and_tag;
};

constexpr std::string_view kGcmKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kGcmSalt = "517569642070726f2071756f";
constexpr std::string_view kGallia =
    "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573";
constexpr std::string_view kReport =
    "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef "
    "deadbeef";
constexpr uint32_t kEncrypted = 0x80000000;

const GcmVector kGcmVectors[] = {
    // 16.1.1 and 16.1.2
    {rtp::SrtpSuite::aead_aes_128_gcm, rtp::SrtpStream::rtp, kGallia, 12, 0x5501a0b2, 0xf17b, 0,
     "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833 899d7f27 beb16a91 52cf765e "
     "e4390cce"},
    // 16.1.3 and 16.1.4
    {rtp::SrtpSuite::aead_aes_128_gcm, rtp::SrtpStream::rtp, kGallia, 50, 0x5501a0b2, 0xf17b, 0,
     "22493f82 d2bce397 e9d79e3b 19aa4216"},
    // 16.2.1 and 16.2.2
    {rtp::SrtpSuite::aead_aes_256_gcm, rtp::SrtpStream::rtp, kGallia, 12, 0x5501a0b2, 0xf17b, 0,
     "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b 7aa3db36 dfffd6b0 f9bb7878 "
     "d7a76c13"},
    // 17.1
    {rtp::SrtpSuite::aead_aes_128_gcm, rtp::SrtpStream::rtcp, kReport, 8, 0x4d617273, 0x5d4, kEncrypted | 0x5d4,
     "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 "
     "96cf4d2f c5abf872 45d9eade"},
    // 17.2
    {rtp::SrtpSuite::aead_aes_256_gcm, rtp::SrtpStream::rtcp, kReport, 8, 0x4d617273, 0x5d4, kEncrypted | 0x5d4,
     "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c "
     "4446839f 57ff6f6c b26ac3be"},
    // 17.3
    {rtp::SrtpSuite::aead_aes_128_gcm, rtp::SrtpStream::rtcp, kReport, 52, 0x4d617273, 0x5d4, 0x5d4,
     "841dd968 3dd78ec9 2ae58790 125f62b3"},
    // 17.4
    {rtp::SrtpSuite::aead_aes_256_gcm, rtp::SrtpStream::rtcp, kReport, 52, 0x4d617273, 0x5d4, 0x5d4,
     "91db4afb feee5a97 8fab4393 ed2615fe"},
};

rtp::SrtpParts parts_of(const GcmVector& vector, Bytes& packet) {
  return {
      .header = std::span(packet).first(vector.header_bytes),
      .payload = std::span(packet).subspan(vector.header_bytes),
      .ssrc = vector.ssrc,
      .index = vector.index,
      .word = vector.word,
  };
}

}  // namespace

TEST("AES in counter mode gives the key stream of RFC 3711 B.2") {
  const auto keys = session_keys("2B7E151628AED2A6ABF7158809CF4F3C", "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
  const auto cipher = rtp::SrtpTransform::create(rtp::SrtpSuite::aes_cm_128_hmac_sha1_80, rtp::SrtpStream::rtp,
                                                 Direction::protect, keys);
  Bytes stream(0xFF02 * 16);
  Bytes tag(10);
  CHECK(cipher->seal({.header = {}, .payload = stream}, tag));
  CHECK(begins_with(stream,
                    "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                    "41E95B3BB0A2E8DD477901E4FCA894C0"));
  CHECK(begins_with(std::span(stream).subspan(0xFEFF * 16),
                    "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE"
                    "6A2CC3787889374FBEB4C81B17BA6C44"));
}

TEST("keys are derived as in RFC 3711 B.3") {
  const Bytes master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
  const auto keys = rtp::derive_srtp_keys(rtp::SrtpSuite::aes_cm_128_hmac_sha1_80, master, rtp::SrtpStream::rtp);
  CHECK(keys && begins_with(keys->cipher_key, "C61E7A93744F39EE10734AFE3FF7A087"));
  CHECK(keys && begins_with(keys->salt, "30CBBC08863D8C85D49DB34A9AE1"));
  CHECK(keys && begins_with(keys->authentication_key, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST("a master key of another length than the suite's gives nothing") {
  for (const size_t bytes : {0u, 16u, 29u, 31u, 46u}) {
    const Bytes master(bytes);
    CHECK(!rtp::derive_srtp_keys(rtp::SrtpSuite::aes_cm_128_hmac_sha1_80, master, rtp::SrtpStream::rtp));
  }
}

TEST("AES-GCM protects and opens the packets of RFC 7714 sections 16 and 17") {
  for (const GcmVector& vector : kGcmVectors) {
    const auto keys = session_keys(kGcmKey, kGcmSalt);
    const auto sealer = rtp::SrtpTransform::create(vector.suite, vector.stream, Direction::protect, keys);
    const auto opener = rtp::SrtpTransform::create(vector.suite, vector.stream, Direction::unprotect, keys);
    Bytes packet = hex(vector.clear);
    Bytes tag(16);
    CHECK(sealer->seal(parts_of(vector, packet), tag));
    Bytes sealed(packet.begin() + static_cast<ptrdiff_t>(vector.header_bytes), packet.end());
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    CHECK(sealed == hex(vector.cipher_and_tag));
    CHECK(opener->open(parts_of(vector, packet), tag));
    CHECK(packet == hex(vector.clear));
    tag[3] ^= 1;
    CHECK(!opener->open(parts_of(vector, packet), tag));
  }
}

TEST("HMAC-SHA1 is that of RFC 2202") {
  const Bytes key(20, 0x0b);
  const Bytes text = hex("4869205468657265");
  const std::array<std::span<const uint8_t>, 2> parts{std::span(text).first(3), std::span(text).subspan(3)};
  CHECK(begins_with(rtp::HmacSha1(key).digest(parts), "b617318655057264e28bc0b6fb378c8ef146be00"));
}
