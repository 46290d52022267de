// Any datagrams in any order at any time: RTP and RTCP parsing, reordering, events, decoding. libFuzzer.
#include "../engine/receive_path.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../engine/rtcp_session.h"

using namespace trunkline;

namespace {

class Ignore final : public engine::ReceiveSink {
 public:
  void on_audio(std::span<const int16_t>, int64_t) override {}
  void on_digit(const rtp::Digit&) override {}
  void on_latched(const rtp::Endpoint&) override {}
};

}  // namespace

/** The input is a list of datagrams: a byte of length, a byte of time since the one before in 2 ms, the datagram. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Ignore ignore;
  engine::ReceivePath path(engine::kNarrowbandHz, ignore);
  engine::RtcpSession rtcp;
  engine::SlotRoom slot;
  const rtp::Endpoint peer = *rtp::Endpoint::parse("192.0.2.1", 4000);
  int64_t now_ns = 1;
  const auto connection = engine::Connection::make({.endpoint = peer, .telephone_event_payload_type = 101});
  path.connect(*connection, now_ns);
  std::span<const uint8_t> rest(data, size);
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(rest[0], rest.size() - 2);
    now_ns += rest[1] * int64_t{2'000'000};
    std::vector<uint8_t> datagram(rest.begin() + 2, rest.begin() + 2 + static_cast<ptrdiff_t>(length));
    path.handle_datagram(datagram, peer, now_ns);
    rtcp.handle_datagram(datagram, now_ns, path.reception());
    path.handle_timeout(now_ns);
    if (rest[1] % 4 == 0) path.take_slot(std::span(slot).first(engine::slot_samples(engine::kNarrowbandHz)));
    rest = rest.subspan(2 + length);
  }
  return 0;
}
