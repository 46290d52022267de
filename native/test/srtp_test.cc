#include <openssl/crypto.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "../rtp/byte_order.h"
#include "../rtp/rtcp_packet.h"
#include "../rtp/srtp_receiver.h"
#include "../rtp/srtp_sender.h"
#include "check.h"
#include "rtp_datagram.h"

using namespace trunkline;
using Bytes = std::vector<uint8_t>;
using Verdict = rtp::SrtpReceiver::Verdict;

namespace {

constexpr rtp::SrtpSuite kSuites[] = {
    rtp::SrtpSuite::aes_cm_128_hmac_sha1_80,
    rtp::SrtpSuite::aes_cm_128_hmac_sha1_32,
    rtp::SrtpSuite::aead_aes_128_gcm,
    rtp::SrtpSuite::aead_aes_256_gcm,
};
constexpr rtp::SrtpSuite kCommon = rtp::SrtpSuite::aes_cm_128_hmac_sha1_80;

Bytes master(rtp::SrtpSuite suite, uint8_t first = 1) {
  Bytes key(rtp::sizes_of(suite).master_bytes());
  for (uint8_t& byte : key) byte = first++;
  return key;
}

/** Both ends of one direction. */
struct Line {
  explicit Line(rtp::SrtpSuite suite = kCommon)
      : sender(rtp::SrtpSender::create(suite, master(suite))),
        receiver(rtp::SrtpReceiver::create(suite, master(suite))) {}

  Bytes seal(Bytes packet) const {
    const size_t length = packet.size();
    packet.resize(length + rtp::kSrtpOverheadBytes);
    packet.resize(sender->protect_rtp(packet, length));
    return packet;
  }
  Bytes seal(uint16_t sequence_number, uint32_t ssrc = 7) const {
    return seal(test::rtp_datagram(sequence_number, sequence_number * 160u, 160, 0x55, 0, ssrc));
  }
  Bytes seal_rtcp() const {
    Bytes packet = report();
    const size_t length = packet.size();
    packet.resize(length + rtp::kSrtcpOverheadBytes);
    packet.resize(sender->protect_rtcp(packet, length));
    return packet;
  }
  Verdict open(Bytes packet) const { return receiver->unprotect_rtp(packet).verdict; }
  Verdict open_rtcp(Bytes packet) const { return receiver->unprotect_rtcp(packet).verdict; }

  static Bytes report() {
    rtp::RtcpBuffer buffer;
    const size_t length = rtp::serialize_rtcp({.ssrc = 7, .cname = std::span("name", 4)}, buffer);
    return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(length)};
  }

  std::unique_ptr<rtp::SrtpSender> sender;
  std::unique_ptr<rtp::SrtpReceiver> receiver;
};

/** Sends all packets from `first` to `last`, not included, and loses those for which `lost` holds. */
template <typename Lost>
bool all_heard(const Line& line, uint32_t first, uint32_t last, Lost lost) {
  for (uint32_t i = first; i < last; ++i) {
    const Bytes packet = line.seal(static_cast<uint16_t>(i));
    if (!lost(i) && line.open(packet) != Verdict::genuine) return false;
  }
  return true;
}

int allocations = 0;

void* counting_malloc(size_t bytes, const char*, int) {
  ++allocations;
  return std::malloc(bytes);
}
void* counting_realloc(void* memory, size_t bytes, const char*, int) {
  ++allocations;
  return std::realloc(memory, bytes);
}
void plain_free(void* memory, const char*, int) { std::free(memory); }

/** Has to come before OpenSSL allocates for the first time. */
const bool counted = CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free) == 1;

}  // namespace

TEST("what is protected is opened, in every suite, and is not what it was") {
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    const Bytes clear = test::rtp_datagram(1, 160, 160, 0x55);
    Bytes packet = line.seal(clear);
    CHECK(packet.size() == clear.size() + rtp::sizes_of(suite).rtp_tag_bytes);
    CHECK(!std::equal(clear.begin() + 12, clear.end(), packet.begin() + 12));
    const auto opened = line.receiver->unprotect_rtp(packet);
    CHECK(opened.verdict == Verdict::genuine && opened.length == clear.size());
    CHECK(std::equal(clear.begin(), clear.end(), packet.begin()));
  }
}

TEST("reports are protected with an index of their own (RFC 3711 3.4)") {
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    const Bytes clear = Line::report();
    for (uint32_t index = 0; index < 3; ++index) {
      Bytes packet = line.seal_rtcp();
      const size_t tag_bytes = rtp::sizes_of(suite).rtcp_tag_bytes;
      CHECK(packet.size() == clear.size() + 4 + tag_bytes);
      const size_t word_at = rtp::sizes_of(suite).aead() ? packet.size() - 4 : clear.size();
      CHECK(rtp::load_u32(&packet[word_at]) == (0x80000000 | index));
      const Bytes again = packet;
      const auto opened = line.receiver->unprotect_rtcp(packet);
      CHECK(opened.verdict == Verdict::genuine && opened.length == clear.size());
      CHECK(std::equal(clear.begin(), clear.end(), packet.begin()));
      CHECK(line.open_rtcp(again) == Verdict::replayed);
    }
  }
}

TEST("a changed byte anywhere is found, and nothing is learned from the packet") {
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    const Bytes packet = line.seal(1);
    const Bytes report = line.seal_rtcp();
    for (size_t i = 0; i < packet.size(); ++i) {
      Bytes bad = packet;
      bad[i] ^= 0x01;
      CHECK(line.open(bad) != Verdict::genuine);
    }
    for (size_t i = 0; i < report.size(); ++i) {
      Bytes bad = report;
      bad[i] ^= 0x01;
      CHECK(line.open_rtcp(bad) != Verdict::genuine);
    }
    CHECK(line.open(packet) == Verdict::genuine && line.open_rtcp(report) == Verdict::genuine);
  }
}

TEST("cut packets and plain RTP are refused") {
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    const Bytes packet = line.seal(1);
    const Bytes report = line.seal_rtcp();
    for (size_t length = 0; length < packet.size(); ++length) {
      CHECK(line.open({packet.begin(), packet.begin() + static_cast<ptrdiff_t>(length)}) != Verdict::genuine);
    }
    for (size_t length = 0; length < report.size(); ++length) {
      CHECK(line.open_rtcp({report.begin(), report.begin() + static_cast<ptrdiff_t>(length)}) != Verdict::genuine);
    }
    CHECK(line.open(test::rtp_datagram(1, 160)) == Verdict::forged);
    CHECK(line.open_rtcp(Line::report()) != Verdict::genuine);
    CHECK(line.open(Bytes(4000, 0x80)) == Verdict::malformed);
  }
}

TEST("CSRCs and a header extension stay readable (RFC 3711 3.1)") {
  Bytes clear = test::rtp_datagram(1, 160, 4 + 8 + 20, 0x55);
  clear[0] |= 0x11;
  rtp::store_u16(&clear[18], 1);
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    Bytes packet = line.seal(clear);
    CHECK(std::equal(clear.begin(), clear.begin() + 24, packet.begin()));
    CHECK(!std::equal(clear.begin() + 24, clear.end(), packet.begin() + 24));
    CHECK(line.receiver->unprotect_rtp(packet).verdict == Verdict::genuine);
    CHECK(std::equal(clear.begin(), clear.end(), packet.begin()));
  }
}

TEST("a repeated packet is dropped, one that overtook another is not (RFC 3711 3.3.2)") {
  const Line line;
  std::vector<Bytes> packets;
  for (uint16_t i = 0; i < 300; ++i) packets.push_back(line.seal(i));
  for (const size_t i : {0u, 2u, 1u, 127u, 3u, 250u, 123u}) CHECK(line.open(packets[i]) == Verdict::genuine);
  for (const size_t i : {0u, 2u, 1u, 127u, 3u, 250u, 123u}) CHECK(line.open(packets[i]) == Verdict::replayed);
  // 128 packets are remembered; what is older may have been heard.
  CHECK(line.open(packets[122]) == Verdict::replayed);
}

TEST("the rollover counter follows the sequence through many rounds (RFC 3711 3.3.1)") {
  const Line line;
  CHECK(all_heard(line, 65'000, 200'000, [](uint32_t i) { return i % 7 == 3; }));
  CHECK(line.sender->rollover_counter() == 3);
}

TEST("loss on both sides of a wrap does not lose the rollover") {
  for (const uint32_t lost_before : {0u, 1u, 100u, 20'000u}) {
    for (const uint32_t lost_after : {0u, 1u, 100u, 12'000u}) {
      const Line line;
      CHECK(all_heard(line, 30'000, 90'000,
                      [&](uint32_t i) { return i + lost_before >= 65'536 && i < 65'536 + lost_after; }));
    }
  }
}

TEST("packets that change places over a wrap are both heard") {
  const Line line;
  CHECK(line.open(line.seal(65'534)) == Verdict::genuine);
  const Bytes last = line.seal(65'535);
  const Bytes first = line.seal(0);
  CHECK(line.open(first) == Verdict::genuine);
  CHECK(line.open(last) == Verdict::genuine);
  CHECK(line.open(line.seal(1)) == Verdict::genuine);
}

TEST("a stream is heard though all before its first wrap was lost") {
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    line.seal(65'535);
    CHECK(line.open(line.seal(0)) == Verdict::genuine);
    CHECK(line.open(line.seal(1)) == Verdict::genuine);
  }
}

TEST("a stream is heard again after an outage of more than half a round") {
  const Line line;
  CHECK(all_heard(line, 1000, 62'000, [](uint32_t i) { return i > 1100 && i < 61'000; }));
  CHECK(all_heard(line, 62'000, 70'000, [](uint32_t) { return false; }));
}

TEST("bad tags do not move the rollover or the window") {
  const Line line;
  CHECK(line.open(line.seal(100)) == Verdict::genuine);
  for (uint32_t i = 0; i < 10'000; ++i) {
    Bytes forged = test::rtp_datagram(static_cast<uint16_t>(i * 37), 0, 170, 0x55, 0, i % 2 == 0 ? 7 : i);
    CHECK(line.open(forged) != Verdict::genuine);
  }
  CHECK(line.open(line.seal(101)) == Verdict::genuine);
}

TEST("each SSRC has its own rollover and window, and the silent one makes room") {
  const Line line;
  // Each a sender of its own under the same key.
  std::vector<std::unique_ptr<rtp::SrtpSender>> senders;
  const auto seal = [](rtp::SrtpSender& sender, uint16_t sequence_number, uint32_t ssrc) {
    Bytes packet = test::rtp_datagram(sequence_number, 0, 160, 0x55, 0, ssrc);
    packet.resize(packet.size() + rtp::kSrtpOverheadBytes);
    packet.resize(sender.protect_rtp(packet, 172));
    return packet;
  };
  for (uint32_t ssrc = 0; ssrc < 40; ++ssrc) {
    senders.push_back(rtp::SrtpSender::create(kCommon, master(kCommon)));
    CHECK(line.open(seal(*senders.back(), 5, ssrc)) == Verdict::genuine);
  }
  CHECK(line.open(seal(*senders[39], 6, 39)) == Verdict::genuine);
  CHECK(line.open(seal(*rtp::SrtpSender::create(kCommon, master(kCommon)), 6, 39)) == Verdict::replayed);
}

TEST("an index is never used twice for sending") {
  const Line line;
  CHECK(!line.seal(10).empty());
  CHECK(line.seal(10).empty() && line.seal(9).empty());
  CHECK(!line.seal(11).empty());
  Bytes full = test::rtp_datagram(12, 0);
  CHECK(line.sender->protect_rtp(full, full.size()) == 0);
}

TEST("after a new key the peer may count rollovers on or begin anew") {
  for (const bool goes_on : {true, false}) {
    const Line before;
    CHECK(all_heard(before, 60'000, 70'000, [](uint32_t) { return false; }));
    Line after;
    after.sender = rtp::SrtpSender::create(kCommon, master(kCommon, 99));
    after.receiver = rtp::SrtpReceiver::create(kCommon, master(kCommon, 99));
    after.receiver->succeed(*before.receiver);
    if (goes_on) {
      after.seal(65'535);
    }
    CHECK(all_heard(after, 70'000, 70'100, [](uint32_t) { return false; }));
    CHECK(after.sender->rollover_counter() == (goes_on ? 1 : 0));
  }
}

TEST("the same key is known again") {
  const Line line;
  CHECK(line.sender->has_key(kCommon, master(kCommon)) && line.receiver->has_key(kCommon, master(kCommon)));
  CHECK(!line.sender->has_key(kCommon, master(kCommon, 2)));
  CHECK(!line.receiver->has_key(rtp::SrtpSuite::aes_cm_128_hmac_sha1_32, master(kCommon)));
  CHECK(rtp::SrtpSender::create(kCommon, Bytes(29)) == nullptr);
  CHECK(rtp::SrtpReceiver::create(kCommon, Bytes(31)) == nullptr);
  CHECK(rtp::srtp_suite("AEAD_AES_256_GCM") == rtp::SrtpSuite::aead_aes_256_gcm &&
        !rtp::srtp_suite("F8_128_HMAC_SHA1_80"));
}

TEST("packets allocate nothing, good or bad") {
  CHECK(counted);
  for (const rtp::SrtpSuite suite : kSuites) {
    const Line line(suite);
    const Bytes first = line.seal(1);
    const Bytes report = line.seal_rtcp();
    CHECK(line.open(first) == Verdict::genuine && line.open_rtcp(report) == Verdict::genuine);
    allocations = 0;
    for (uint16_t i = 2; i < 100; ++i) {
      const Bytes packet = line.seal(i);
      Bytes bad = packet;
      bad.back() ^= 1;
      CHECK(line.open(bad) == Verdict::forged);
      CHECK(line.open(packet) == Verdict::genuine);
      CHECK(line.open_rtcp(line.seal_rtcp()) == Verdict::genuine);
    }
    CHECK(allocations == 0);
  }
}
