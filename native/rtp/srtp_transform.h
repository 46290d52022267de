#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "hmac_sha1.h"
#include "srtp_keys.h"
#include "srtp_suite.h"

namespace trunkline::rtp {

/** A packet as the ciphers see it. `payload` is changed in place; `header` may be the whole packet. */
struct SrtpParts {
  std::span<const uint8_t> header;
  std::span<uint8_t> payload;
  uint32_t ssrc = 0;
  /** RTP: rollover counter and sequence number, 48 bits. RTCP: 31 bits. */
  uint64_t index = 0;
  /** What is authenticated behind the payload: the rollover counter, or the SRTCP word with its E flag. */
  uint32_t word = 0;
};

/**
 * The cryptography of one stream in one direction: AES in counter mode with HMAC-SHA1 (RFC 3711 sections 4.1 and 4.2)
 * or AES-GCM (RFC 7714 sections 8 and 9). Made on the control thread; afterwards nothing is allocated.
 */
class SrtpTransform {
 public:
  enum class Direction { protect, unprotect };

  /** Null when OpenSSL has not what it needs. */
  static std::unique_ptr<SrtpTransform> create(SrtpSuite suite, SrtpStream stream, Direction direction,
                                               const SrtpSessionKeys& keys);
  ~SrtpTransform();
  SrtpTransform(const SrtpTransform&) = delete;
  SrtpTransform& operator=(const SrtpTransform&) = delete;

  size_t tag_bytes() const { return tag_bytes_; }
  /** Encrypts the payload and writes the tag. `tag` has `tag_bytes`. */
  bool seal(const SrtpParts& parts, std::span<uint8_t> tag);
  /** Decrypts the payload when the tag is right. When it is not, the payload is as it was or garbage. */
  bool open(const SrtpParts& parts, std::span<const uint8_t> tag);

 private:
  SrtpTransform(SrtpSuite suite, SrtpStream stream, const SrtpSessionKeys& keys);

  std::array<uint8_t, 16> iv(const SrtpParts& parts) const;
  bool run_counter_mode(const SrtpParts& parts);
  bool feed_gcm(const SrtpParts& parts, bool encrypt);
  HmacSha1::Digest authenticate(const SrtpParts& parts) const;

  EVP_CIPHER_CTX* context_;
  const SrtpStream stream_;
  const SrtpSuiteSizes sizes_;
  const size_t tag_bytes_;
  std::array<uint8_t, kSrtpLongestSaltBytes> salt_;
  HmacSha1 hmac_;
};

}  // namespace trunkline::rtp
