#include "srtp_keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace trunkline::rtp {
namespace {

constexpr uint8_t kCipherKeyLabel = 0;
constexpr uint8_t kAuthenticationLabel = 1;
constexpr uint8_t kSaltLabel = 2;
constexpr size_t kLabelAt = 7;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/** AES in counter mode over zeros: the pseudo-random function of RFC 3711 section 4.3.3. */
bool fill(std::span<const uint8_t> master, const SrtpSuiteSizes& sizes, uint8_t label, std::span<uint8_t> out) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = sizes.key_bytes == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
  // A salt of 96 bits is taken as one of 112 that ends in zeros.
  std::array<uint8_t, 16> iv{};
  std::ranges::copy(master.subspan(sizes.key_bytes), iv.begin());
  iv[kLabelAt] ^= label;
  std::ranges::fill(out, uint8_t{0});
  int written = 0;
  const bool filled =
      context && EVP_EncryptInit_ex(context.get(), cipher, nullptr, master.data(), iv.data()) == 1 &&
      EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) == 1;
  return filled && written == static_cast<int>(out.size());
}

}  // namespace

SrtpSessionKeys::~SrtpSessionKeys() { OPENSSL_cleanse(this, sizeof *this); }

std::optional<SrtpSessionKeys> derive_srtp_keys(SrtpSuite suite, std::span<const uint8_t> master, SrtpStream stream) {
  const SrtpSuiteSizes sizes = sizes_of(suite);
  if (master.size() != sizes.master_bytes()) return std::nullopt;
  const auto first = static_cast<uint8_t>(stream);
  SrtpSessionKeys keys;
  const bool derived =
      fill(master, sizes, first + kCipherKeyLabel, std::span(keys.cipher_key).first(sizes.key_bytes)) &&
      fill(master, sizes, first + kAuthenticationLabel, keys.authentication_key) &&
      fill(master, sizes, first + kSaltLabel, std::span(keys.salt).first(sizes.salt_bytes));
  if (!derived) return std::nullopt;
  return keys;
}

}  // namespace trunkline::rtp
