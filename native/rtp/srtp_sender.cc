#include "srtp_sender.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "byte_order.h"
#include "rtp_packet.h"

namespace trunkline::rtp {
namespace {

/** RFC 3711 section 9.2: as many packets may one master key protect. */
constexpr uint64_t kMostPackets = uint64_t{1} << 48;
constexpr uint32_t kMostRtcpPackets = uint32_t{1} << 31;
constexpr uint32_t kEncrypted = uint32_t{1} << 31;
constexpr size_t kRtcpHeaderBytes = 8;
constexpr size_t kWordBytes = 4;

}  // namespace

std::unique_ptr<SrtpSender> SrtpSender::create(SrtpSuite suite, std::span<const uint8_t> master) {
  const auto rtp_keys = derive_srtp_keys(suite, master, SrtpStream::rtp);
  const auto rtcp_keys = derive_srtp_keys(suite, master, SrtpStream::rtcp);
  if (!rtp_keys || !rtcp_keys) return nullptr;
  constexpr auto kProtect = SrtpTransform::Direction::protect;
  std::unique_ptr<SrtpSender> sender(new SrtpSender(suite, master));
  sender->rtp_ = SrtpTransform::create(suite, SrtpStream::rtp, kProtect, *rtp_keys);
  sender->rtcp_ = SrtpTransform::create(suite, SrtpStream::rtcp, kProtect, *rtcp_keys);
  if (!sender->rtp_ || !sender->rtcp_) return nullptr;
  return sender;
}

SrtpSender::SrtpSender(SrtpSuite suite, std::span<const uint8_t> master) : suite_(suite) {
  std::ranges::copy(master, master_.begin());
}

SrtpSender::~SrtpSender() { OPENSSL_cleanse(master_.data(), master_.size()); }

size_t SrtpSender::protect_rtp(std::span<uint8_t> buffer, size_t length) {
  const auto header_bytes = rtp_header_bytes(buffer.first(length));
  if (!header_bytes || buffer.size() < length + rtp_->tag_bytes()) return 0;
  const uint32_t ssrc = load_u32(buffer.data() + 8);
  const auto index = next_index(ssrc, load_u16(buffer.data() + 2));
  if (!index) return 0;
  const SrtpParts parts{
      .header = buffer.first(*header_bytes),
      .payload = buffer.subspan(*header_bytes, length - *header_bytes),
      .ssrc = ssrc,
      .index = *index,
      .word = static_cast<uint32_t>(*index >> 16),
  };
  ssrc_ = ssrc;
  index_ = index;
  if (!rtp_->seal(parts, buffer.subspan(length, rtp_->tag_bytes()))) return 0;
  return length + rtp_->tag_bytes();
}

size_t SrtpSender::protect_rtcp(std::span<uint8_t> buffer, size_t length) {
  const size_t protected_length = length + kWordBytes + rtcp_->tag_bytes();
  if (length < kRtcpHeaderBytes || buffer.size() < protected_length || rtcp_index_ >= kMostRtcpPackets) return 0;
  const uint32_t index = rtcp_index_++;
  const SrtpParts parts{
      .header = buffer.first(kRtcpHeaderBytes),
      .payload = buffer.subspan(kRtcpHeaderBytes, length - kRtcpHeaderBytes),
      .ssrc = load_u32(buffer.data() + 4),
      .index = index,
      .word = kEncrypted | index,
  };
  // RFC 3711 section 3.4 puts the tag behind the word, RFC 7714 section 9.2 before it.
  const bool aead = sizes_of(suite_).aead();
  const size_t tag_at = aead ? length : length + kWordBytes;
  const size_t word_at = aead ? length + rtcp_->tag_bytes() : length;
  if (!rtcp_->seal(parts, buffer.subspan(tag_at, rtcp_->tag_bytes()))) return 0;
  store_u32(buffer.data() + word_at, parts.word);
  return protected_length;
}

bool SrtpSender::has_key(SrtpSuite suite, std::span<const uint8_t> master) const {
  return suite == suite_ && std::ranges::equal(master, std::span(master_).first(sizes_of(suite_).master_bytes()));
}

/** Nothing for one that would use an index again. */
std::optional<uint64_t> SrtpSender::next_index(uint32_t ssrc, uint16_t sequence_number) const {
  if (!index_ || ssrc != ssrc_) return sequence_number;
  const auto ahead = static_cast<int16_t>(sequence_number - static_cast<uint16_t>(*index_));
  if (ahead <= 0 || *index_ + static_cast<uint64_t>(ahead) >= kMostPackets) return std::nullopt;
  return *index_ + static_cast<uint64_t>(ahead);
}

}  // namespace trunkline::rtp
