#include "srtp_transform.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

const EVP_CIPHER* cipher_of(SrtpSuite suite) {
  switch (suite) {
    case SrtpSuite::aes_cm_128_hmac_sha1_80:
    case SrtpSuite::aes_cm_128_hmac_sha1_32:
      return EVP_aes_128_ctr();
    case SrtpSuite::aead_aes_128_gcm:
      return EVP_aes_128_gcm();
    case SrtpSuite::aead_aes_256_gcm:
      break;
  }
  return EVP_aes_256_gcm();
}

int length_of(std::span<const uint8_t> bytes) { return static_cast<int>(bytes.size()); }

std::array<uint8_t, 4> bytes_of(uint32_t word) {
  std::array<uint8_t, 4> bytes;
  store_u32(bytes.data(), word);
  return bytes;
}

}  // namespace

std::unique_ptr<SrtpTransform> SrtpTransform::create(SrtpSuite suite, SrtpStream stream, Direction direction,
                                                     const SrtpSessionKeys& keys) {
  std::unique_ptr<SrtpTransform> transform(new SrtpTransform(suite, stream, keys));
  const EVP_CIPHER* cipher = cipher_of(suite);
  // Counter mode is its own inverse.
  const bool encrypts = direction == Direction::protect || !transform->sizes_.aead();
  const bool ready =
      transform->context_ != nullptr &&
      EVP_CipherInit_ex(transform->context_, cipher, nullptr, keys.cipher_key.data(), nullptr, encrypts ? 1 : 0) == 1;
  if (!ready) return nullptr;
  return transform;
}

SrtpTransform::SrtpTransform(SrtpSuite suite, SrtpStream stream, const SrtpSessionKeys& keys)
    : context_(EVP_CIPHER_CTX_new()),
      stream_(stream),
      sizes_(sizes_of(suite)),
      tag_bytes_(stream == SrtpStream::rtp ? sizes_.rtp_tag_bytes : sizes_.rtcp_tag_bytes),
      salt_(keys.salt),
      hmac_(keys.authentication_key) {}

SrtpTransform::~SrtpTransform() {
  EVP_CIPHER_CTX_free(context_);
  OPENSSL_cleanse(salt_.data(), salt_.size());
}

bool SrtpTransform::seal(const SrtpParts& parts, std::span<uint8_t> tag) {
  if (!sizes_.aead()) {
    if (!run_counter_mode(parts)) return false;
    const HmacSha1::Digest digest = authenticate(parts);
    std::copy_n(digest.begin(), tag_bytes_, tag.begin());
    return true;
  }
  int rest = 0;
  return feed_gcm(parts, true) && EVP_EncryptFinal_ex(context_, tag.data(), &rest) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_bytes_), tag.data()) == 1;
}

bool SrtpTransform::open(const SrtpParts& parts, std::span<const uint8_t> tag) {
  if (!sizes_.aead()) {
    const HmacSha1::Digest expected = authenticate(parts);
    return CRYPTO_memcmp(expected.data(), tag.data(), tag_bytes_) == 0 && run_counter_mode(parts);
  }
  // OpenSSL's interface is not const, but it only reads the tag.
  std::array<uint8_t, 16> received;
  std::ranges::copy(tag.first(tag_bytes_), received.begin());
  std::array<uint8_t, 16> none;
  int rest = 0;
  return feed_gcm(parts, false) &&
         EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes_), received.data()) == 1 &&
         EVP_DecryptFinal_ex(context_, none.data(), &rest) == 1;
}

/** RFC 3711 section 4.1.1 (16 bytes, the last two count blocks); RFC 7714 sections 8.1 and 9.1 (the first 12). */
std::array<uint8_t, 16> SrtpTransform::iv(const SrtpParts& parts) const {
  const size_t ssrc_at = sizes_.aead() ? 2 : 4;
  std::array<uint8_t, 16> iv{};
  std::ranges::copy(std::span(salt_).first(sizes_.salt_bytes), iv.begin());
  for (size_t i = 0; i < 4; ++i) iv[ssrc_at + i] ^= static_cast<uint8_t>(parts.ssrc >> (24 - 8 * i));
  for (size_t i = 0; i < 6; ++i) iv[ssrc_at + 4 + i] ^= static_cast<uint8_t>(parts.index >> (40 - 8 * i));
  return iv;
}

bool SrtpTransform::run_counter_mode(const SrtpParts& parts) {
  if (parts.payload.empty()) return true;
  int written = 0;
  return EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, iv(parts).data()) == 1 &&
         EVP_EncryptUpdate(context_, parts.payload.data(), &written, parts.payload.data(), length_of(parts.payload)) ==
             1;
}

/** Everything but the tag. For SRTCP the word with the index is associated data too (RFC 7714 section 9.2). */
bool SrtpTransform::feed_gcm(const SrtpParts& parts, bool encrypt) {
  const auto word = bytes_of(parts.word);
  int written = 0;
  if (EVP_CipherInit_ex(context_, nullptr, nullptr, nullptr, iv(parts).data(), encrypt ? 1 : 0) != 1) return false;
  if (EVP_CipherUpdate(context_, nullptr, &written, parts.header.data(), length_of(parts.header)) != 1) return false;
  if (stream_ == SrtpStream::rtcp && EVP_CipherUpdate(context_, nullptr, &written, word.data(), length_of(word)) != 1) {
    return false;
  }
  return parts.payload.empty() || EVP_CipherUpdate(context_, parts.payload.data(), &written, parts.payload.data(),
                                                   length_of(parts.payload)) == 1;
}

HmacSha1::Digest SrtpTransform::authenticate(const SrtpParts& parts) const {
  const auto word = bytes_of(parts.word);
  const std::array<std::span<const uint8_t>, 3> message{parts.header, parts.payload, word};
  return hmac_.digest(message);
}

}  // namespace trunkline::rtp
