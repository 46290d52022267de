#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trunkline::rtp {

/** Crypto suites as a=crypto names them (RFC 4568 section 6.2, RFC 7714 section 14.2). */
enum class SrtpSuite : uint8_t {
  aes_cm_128_hmac_sha1_80,
  aes_cm_128_hmac_sha1_32,
  aead_aes_128_gcm,
  aead_aes_256_gcm,
};

struct SrtpSuiteSizes {
  size_t key_bytes;
  size_t salt_bytes;
  /** HMAC-SHA1; 0 where the cipher itself authenticates. */
  size_t authentication_key_bytes;
  size_t rtp_tag_bytes;
  size_t rtcp_tag_bytes;

  constexpr bool aead() const { return authentication_key_bytes == 0; }
  /** What the inline: parameter of a=crypto carries: master key, then master salt. */
  constexpr size_t master_bytes() const { return key_bytes + salt_bytes; }
};

constexpr SrtpSuiteSizes sizes_of(SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::aes_cm_128_hmac_sha1_80:
      return {16, 14, 20, 10, 10};
    case SrtpSuite::aes_cm_128_hmac_sha1_32:
      // The short tag is for RTP only (RFC 4568 section 6.2.2).
      return {16, 14, 20, 4, 10};
    case SrtpSuite::aead_aes_128_gcm:
      return {16, 12, 0, 16, 16};
    case SrtpSuite::aead_aes_256_gcm:
      break;
  }
  return {32, 12, 0, 16, 16};
}

constexpr std::optional<SrtpSuite> srtp_suite(std::string_view name) {
  if (name == "AES_CM_128_HMAC_SHA1_80") return SrtpSuite::aes_cm_128_hmac_sha1_80;
  if (name == "AES_CM_128_HMAC_SHA1_32") return SrtpSuite::aes_cm_128_hmac_sha1_32;
  if (name == "AEAD_AES_128_GCM") return SrtpSuite::aead_aes_128_gcm;
  if (name == "AEAD_AES_256_GCM") return SrtpSuite::aead_aes_256_gcm;
  return std::nullopt;
}

inline constexpr size_t kSrtpLongestKeyBytes = 32;
inline constexpr size_t kSrtpLongestSaltBytes = 14;
inline constexpr size_t kSrtpLongestMasterBytes = 46;
inline constexpr size_t kSrtpAuthenticationKeyBytes = 20;
/** An SRTP packet is at most this much longer than the RTP packet in it. */
inline constexpr size_t kSrtpOverheadBytes = 16;
/** The tag and the word with the index. */
inline constexpr size_t kSrtcpOverheadBytes = 20;

}  // namespace trunkline::rtp
