#include "hmac_sha1.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace trunkline::rtp {
namespace {

constexpr uint8_t kInnerPad = 0x36;
constexpr uint8_t kOuterPad = 0x5C;

void start(SHA_CTX& context, std::span<const uint8_t> key, uint8_t pad) {
  std::array<uint8_t, SHA_CBLOCK> block;
  block.fill(pad);
  for (size_t i = 0; i < std::min<size_t>(key.size(), SHA_CBLOCK); ++i) block[i] ^= key[i];
  SHA1_Init(&context);
  SHA1_Update(&context, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace

HmacSha1::HmacSha1(std::span<const uint8_t> key) {
  start(inner_, key, kInnerPad);
  start(outer_, key, kOuterPad);
}

HmacSha1::~HmacSha1() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

HmacSha1::Digest HmacSha1::digest(std::span<const std::span<const uint8_t>> parts) const {
  Digest digest;
  SHA_CTX context = inner_;
  for (const auto& part : parts) SHA1_Update(&context, part.data(), part.size());
  SHA1_Final(digest.data(), &context);
  context = outer_;
  SHA1_Update(&context, digest.data(), digest.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}

}  // namespace trunkline::rtp
