// Any datagrams in any order at any time: RTP and RTCP parsing, reordering, events, decoding. libFuzzer.
#include "../engine/receive_path.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../engine/rtcp_session.h"
#include "codecs.h"

using namespace trunkline;

namespace {

class Ignore final : public engine::ReceiveSink {
 public:
  void on_audio(std::span<const int16_t>, int64_t) override {}
  void on_digit(const rtp::Digit&) override {}
  void on_latched(const rtp::Endpoint&) override {}
};

}  // namespace

/** The input is the choice of a codec and a list of datagrams: a byte of length, a byte of time since the one before in
 * 2 ms, the datagram. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const engine::RtpRemote remote = fuzz::remote_of(data[0]);
  const int rate_hz = remote.codec.sample_rate_hz;
  Ignore ignore;
  engine::ReceivePath path(rate_hz, ignore);
  engine::RtcpSession rtcp;
  engine::SlotRoom slot;
  const rtp::Endpoint& peer = remote.endpoint;
  int64_t now_ns = 1;
  const auto connection = engine::Connection::make(remote);
  auto playout = data[0] < 128 ? engine::JitterBuffer::make(remote) : nullptr;
  path.swap_playout(playout);
  path.connect(*connection, now_ns);
  std::span<const uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(rest[0], rest.size() - 2);
    now_ns += rest[1] * int64_t{2'000'000};
    std::vector<uint8_t> datagram(rest.begin() + 2, rest.begin() + 2 + static_cast<ptrdiff_t>(length));
    path.handle_datagram(datagram, peer, now_ns);
    rtcp.handle_datagram(datagram, 9, now_ns, path.reception());
    path.handle_timeout(now_ns);
    const std::span<int16_t> heard = std::span(slot).first(engine::slot_samples(rate_hz));
    if (rest[1] % 4 == 0) path.take_heard(heard, now_ns);
    if (rest[1] % 3 == 0) path.take_playout_slot(heard, now_ns);
    rest = rest.subspan(2 + length);
  }
  return 0;
}
