#include "srtp_receiver.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "byte_order.h"
#include "rtp_packet.h"

namespace trunkline::rtp {
namespace {

constexpr uint64_t kRound = uint64_t{1} << 16;
/** A stream may have begun so shortly before a wrap that the packets before it were lost. */
constexpr uint16_t kShortlyAfterWrap = 1000;
constexpr uint32_t kEncrypted = uint32_t{1} << 31;
constexpr size_t kRtcpHeaderBytes = 8;
constexpr size_t kWordBytes = 4;
constexpr size_t kLongestDatagramBytes = 2048;

/** RFC 3711 appendix A: the index nearest to `highest`. Below 0 it is of the round before the first. */
int64_t nearest_index(uint64_t highest, uint16_t sequence_number) {
  return static_cast<int64_t>(highest) + static_cast<int16_t>(sequence_number - static_cast<uint16_t>(highest));
}

}  // namespace

std::unique_ptr<SrtpReceiver> SrtpReceiver::create(SrtpSuite suite, std::span<const uint8_t> master) {
  const auto rtp_keys = derive_srtp_keys(suite, master, SrtpStream::rtp);
  const auto rtcp_keys = derive_srtp_keys(suite, master, SrtpStream::rtcp);
  if (!rtp_keys || !rtcp_keys) return nullptr;
  constexpr auto kUnprotect = SrtpTransform::Direction::unprotect;
  std::unique_ptr<SrtpReceiver> receiver(new SrtpReceiver(suite, master));
  receiver->rtp_ = SrtpTransform::create(suite, SrtpStream::rtp, kUnprotect, *rtp_keys);
  receiver->rtcp_ = SrtpTransform::create(suite, SrtpStream::rtcp, kUnprotect, *rtcp_keys);
  if (!receiver->rtp_ || !receiver->rtcp_) return nullptr;
  return receiver;
}

SrtpReceiver::SrtpReceiver(SrtpSuite suite, std::span<const uint8_t> master) : suite_(suite) {
  std::ranges::copy(master, master_.begin());
}

SrtpReceiver::~SrtpReceiver() { OPENSSL_cleanse(master_.data(), master_.size()); }

SrtpReceiver::Opened SrtpReceiver::unprotect_rtp(std::span<uint8_t> datagram) {
  const size_t tag_bytes = rtp_->tag_bytes();
  if (datagram.size() < kRtpHeaderBytes + tag_bytes || datagram.size() > kLongestDatagramBytes) return {};
  const size_t length = datagram.size() - tag_bytes;
  const auto header_bytes = rtp_header_bytes(datagram.first(length));
  if (!header_bytes) return {};
  const uint32_t ssrc = load_u32(datagram.data() + 8);
  Stream* stream = find(ssrc);
  const Guesses guesses = guess(stream, ssrc, load_u16(datagram.data() + 2));
  const SrtpParts parts{
      .header = datagram.first(*header_bytes),
      .payload = datagram.subspan(*header_bytes, length - *header_bytes),
      .ssrc = ssrc,
  };
  const auto index = open_with(guesses.all(), parts, datagram.subspan(length));
  if (!index) return {.verdict = guesses.behind ? Verdict::replayed : Verdict::forged};
  if (stream == nullptr) stream = &claim(ssrc);
  stream->heard = ++packets_;
  stream->rtp_known = true;
  stream->rtp.add(*index);
  return {Verdict::genuine, length};
}

SrtpReceiver::Opened SrtpReceiver::unprotect_rtcp(std::span<uint8_t> datagram) {
  const size_t tag_bytes = rtcp_->tag_bytes();
  if (datagram.size() < kRtcpHeaderBytes + kWordBytes + tag_bytes || datagram[0] >> 6 != 2) return {};
  const size_t length = datagram.size() - kWordBytes - tag_bytes;
  const bool aead = sizes_of(suite_).aead();
  const uint32_t word = load_u32(datagram.data() + (aead ? length + tag_bytes : length));
  const auto tag = datagram.subspan(aead ? length : length + kWordBytes, tag_bytes);
  const uint32_t ssrc = load_u32(datagram.data() + 4);
  const uint64_t index = word & ~kEncrypted;
  Stream* stream = find(ssrc);
  if (stream != nullptr && stream->rtcp.place(index) != ReplayWindow::Place::fresh) {
    return {.verdict = Verdict::replayed};
  }
  const size_t clear = (word & kEncrypted) != 0 ? kRtcpHeaderBytes : length;
  const SrtpParts parts{
      .header = datagram.first(clear),
      .payload = datagram.subspan(clear, length - clear),
      .ssrc = ssrc,
      .index = index,
      .word = word,
  };
  if (!rtcp_->open(parts, tag)) return {.verdict = Verdict::forged};
  if (stream == nullptr) stream = &claim(ssrc);
  stream->heard = ++packets_;
  stream->rtcp.add(index);
  return {Verdict::genuine, length};
}

void SrtpReceiver::succeed(const SrtpReceiver& before) {
  formers_ = 0;
  for (const Stream& stream : before.streams_) {
    if (stream.heard != 0 && stream.rtp_known) former_[formers_++] = {stream.ssrc, stream.rtp.highest()};
  }
}

bool SrtpReceiver::has_key(SrtpSuite suite, std::span<const uint8_t> master) const {
  return suite == suite_ && std::ranges::equal(master, std::span(master_).first(sizes_of(suite_).master_bytes()));
}

SrtpReceiver::Stream* SrtpReceiver::find(uint32_t ssrc) {
  const auto found =
      std::ranges::find_if(streams_, [ssrc](const Stream& each) { return each.heard != 0 && each.ssrc == ssrc; });
  return found == streams_.end() ? nullptr : &*found;
}

SrtpReceiver::Stream& SrtpReceiver::claim(uint32_t ssrc) {
  Stream& stream = *std::ranges::min_element(streams_, {}, &Stream::heard);
  stream = Stream{.ssrc = ssrc};
  return stream;
}

SrtpReceiver::Guesses SrtpReceiver::guess(const Stream* stream, uint32_t ssrc, uint16_t sequence_number) const {
  Guesses guesses;
  if (stream == nullptr || !stream->rtp_known) {
    guesses.add(sequence_number);
    if (sequence_number < kShortlyAfterWrap) guesses.add(kRound + sequence_number);
    const auto known = std::span(former_).first(formers_);
    const auto former = std::ranges::find(known, ssrc, &Former::ssrc);
    if (former == known.end()) return guesses;
    const int64_t index = nearest_index(former->highest, sequence_number);
    if (index >= static_cast<int64_t>(kRound)) guesses.add(static_cast<uint64_t>(index));
    return guesses;
  }
  const int64_t index = nearest_index(stream->rtp.highest(), sequence_number);
  const auto place = index < 0 ? ReplayWindow::Place::too_old : stream->rtp.place(static_cast<uint64_t>(index));
  guesses.behind = place != ReplayWindow::Place::fresh;
  if (place == ReplayWindow::Place::fresh) guesses.add(static_cast<uint64_t>(index));
  // After an outage of more than half a round the peer is in the next one.
  if (place == ReplayWindow::Place::too_old) guesses.add(static_cast<uint64_t>(index + static_cast<int64_t>(kRound)));
  return guesses;
}

/** The index with which the tag is right. */
std::optional<uint64_t> SrtpReceiver::open_with(std::span<const uint64_t> indices, SrtpParts parts,
                                                std::span<const uint8_t> tag) {
  // AES-GCM has decrypted before it knows.
  std::array<uint8_t, kLongestDatagramBytes> original;
  if (indices.size() > 1) std::ranges::copy(parts.payload, original.begin());
  for (const uint64_t index : indices) {
    parts.index = index;
    parts.word = static_cast<uint32_t>(index >> 16);
    if (rtp_->open(parts, tag)) return index;
    if (indices.size() > 1) std::copy_n(original.begin(), parts.payload.size(), parts.payload.begin());
  }
  return std::nullopt;
}

}  // namespace trunkline::rtp
