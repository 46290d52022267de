#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "srtp_suite.h"

namespace trunkline::rtp {

/** What one direction of SRTP or of SRTCP works with. Wiped when it goes. */
struct SrtpSessionKeys {
  SrtpSessionKeys() = default;
  SrtpSessionKeys(const SrtpSessionKeys&) = default;
  SrtpSessionKeys& operator=(const SrtpSessionKeys&) = default;
  ~SrtpSessionKeys();

  std::array<uint8_t, kSrtpLongestKeyBytes> cipher_key{};
  std::array<uint8_t, kSrtpLongestSaltBytes> salt{};
  std::array<uint8_t, kSrtpAuthenticationKeyBytes> authentication_key{};
};

/** The numbers are the first of the three labels of RFC 3711 section 4.3.2. */
enum class SrtpStream : uint8_t { rtp = 0, rtcp = 3 };

/**
 * Key derivation of RFC 3711 section 4.3 with rate 0, and for AEAD of RFC 7714 section 11. `master` is key then salt;
 * nothing when it has not the length that the suite asks for. Control thread.
 */
std::optional<SrtpSessionKeys> derive_srtp_keys(SrtpSuite suite, std::span<const uint8_t> master, SrtpStream stream);

}  // namespace trunkline::rtp
