// Any datagrams, and genuine ones with any bytes changed, in any order: nothing but what was protected is opened.
// libFuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "../rtp/byte_order.h"
#include "../rtp/srtp_receiver.h"
#include "../rtp/srtp_sender.h"

using namespace trunkline;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes rtp_packet(uint16_t sequence_number, size_t payload_bytes) {
  Bytes packet(12 + payload_bytes + rtp::kSrtpOverheadBytes);
  packet[0] = 0x80;
  rtp::store_u16(&packet[2], sequence_number);
  return packet;
}

}  // namespace

/**
 * The first byte names the suite; then a list of steps of 4 bytes and more: what it is, two bytes of argument, a
 * length. Genuine packets of one stream of rising sequence numbers come whole, again, or with the bytes that follow put
 * over them.
 */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const auto suite = static_cast<rtp::SrtpSuite>(data[0] % 4);
  const Bytes master(rtp::sizes_of(suite).master_bytes(), 0x5A);
  const auto sender = rtp::SrtpSender::create(suite, master);
  const auto receiver = rtp::SrtpReceiver::create(suite, master);
  std::set<Bytes> genuine;
  uint16_t sequence_number = 0;
  std::span<const uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= 4) {
    const uint8_t step = rest[0];
    const uint16_t argument = rtp::load_u16(&rest[1]);
    const auto bytes = rest.subspan(4, std::min<size_t>(rest[3], rest.size() - 4));
    rest = rest.subspan(4 + bytes.size());
    Bytes datagram(bytes.begin(), bytes.end());
    if (step % 2 == 0) {
      sequence_number = static_cast<uint16_t>(sequence_number + 1 + argument % 0x4000);
      datagram = rtp_packet(sequence_number, argument % 200);
      datagram.resize(sender->protect_rtp(datagram, datagram.size() - rtp::kSrtpOverheadBytes));
      genuine.insert(datagram);
      for (size_t i = 0; i < bytes.size() && i < datagram.size(); ++i) datagram[i] ^= bytes[i];
    }
    const Bytes as_sent = datagram;
    const bool rtcp = step % 5 == 4;
    const auto opened = rtcp ? receiver->unprotect_rtcp(datagram) : receiver->unprotect_rtp(datagram);
    // Tags of 32 bits are found by chance in a long run; nothing else is.
    const bool forgeable = suite == rtp::SrtpSuite::aes_cm_128_hmac_sha1_32;
    if (opened.length > 0 && !forgeable && !genuine.contains(as_sent)) __builtin_trap();
    if (opened.length >= std::max<size_t>(datagram.size(), 1)) __builtin_trap();
    if (step % 3 == 0) receiver->unprotect_rtp(datagram);
    // Each once.
    Bytes again = as_sent;
    if (!rtcp && opened.length > 0 && receiver->unprotect_rtp(again).length > 0) __builtin_trap();
  }
  return 0;
}
