#pragma once

// The contexts of OpenSSL's newer interface are copied by allocation, which a media thread must not do for each packet.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <span>

namespace trunkline::rtp {

/** RFC 2104 with SHA-1. The key is worked in once: each message then costs no more than its own blocks and one. */
class HmacSha1 {
 public:
  using Digest = std::array<uint8_t, SHA_DIGEST_LENGTH>;

  /** At most 64 bytes. */
  explicit HmacSha1(std::span<const uint8_t> key);
  ~HmacSha1();
  HmacSha1(const HmacSha1&) = delete;
  HmacSha1& operator=(const HmacSha1&) = delete;

  /** Of the parts one after another. */
  Digest digest(std::span<const std::span<const uint8_t>> parts) const;

 private:
  SHA_CTX inner_;
  SHA_CTX outer_;
};

}  // namespace trunkline::rtp
