// Any RTCP in any order: compound packets, report blocks, round trips, and the quality that is made of them. libFuzzer.
#include <cstddef>
#include <cstdint>
#include <span>

#include "../engine/call_quality.h"
#include "../engine/rtcp_session.h"

using namespace trunkline;

/** The input is a list of datagrams: a byte of length in words of 32 bits, a byte of time since the one before in 50
 * ms. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // What the seeds name in their report blocks.
  constexpr uint32_t kOwnSsrc = 9;
  engine::RtcpSession rtcp;
  engine::CallQuality quality;
  rtp::ReceptionStats reception;
  rtp::RtcpBuffer buffer;
  int64_t now_ns = 1;
  uint64_t packets = 0;
  quality.start(codec::CodecId::pcmu, 20, now_ns);
  std::span<const uint8_t> rest(data, size);
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(4 * size_t{rest[0]}, rest.size() - 2);
    now_ns += rest[1] * int64_t{50'000'000};
    rtcp.report({kOwnSsrc, 160, ++packets, packets * 160}, reception, {now_ns, now_ns, rest[1] == 255}, buffer);
    if (const auto report = rtcp.handle_datagram(rest.subspan(2, length), kOwnSsrc, now_ns, reception)) {
      if (report->block) quality.on_peer_report(*report->block, 8000);
      if (report->round_trip_ms) quality.on_round_trip(*report->round_trip_ms);
    }
    const engine::QualityReport said = quality.take_interval({.packets = packets}, now_ns);
    if (said.sent.mos < 1 || said.sent.mos > 4.5 || said.received.mos < 1) __builtin_trap();
    if (quality.whole({.packets = packets}, packets).sent.loss_percent > 100) __builtin_trap();
    rest = rest.subspan(2 + length);
  }
  return 0;
}
