#include "../engine/port_pool.h"

#include <set>
#include <vector>

#include "check.h"

using namespace trunkline;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
/** Not of the range that the system gives to others. */
constexpr uint16_t kFirst = 24'800;
const rtp::Endpoint kHost = *rtp::Endpoint::parse("127.0.0.1", 0);
const rtp::Endpoint kPeer = *rtp::Endpoint::parse("192.0.2.1", 4000);

engine::PortPool pool_of(int pairs) {
  return {kHost, kFirst, static_cast<uint16_t>(kFirst + 2 * pairs - 1), 5 * kSecond};
}

}  // namespace

TEST("a pair is an even port and the odd one above it (RFC 3550 11)") {
  engine::PortPool pool(kHost, kFirst - 1, kFirst + 2, 0);
  CHECK(pool.free_count() == 1);
  const auto pair = pool.open(0);
  CHECK(pair && pair->rtp_port == kFirst && pair->rtp.fd() >= 0 && pair->rtcp.fd() >= 0);
  CHECK(!pool.open(0));
}

TEST("ports of an ended call rest, and others are taken meanwhile") {
  engine::PortPool pool = pool_of(4);
  const uint16_t port = pool.open(0)->rtp_port;
  pool.give_back(port, kPeer, 0);
  CHECK(pool.free_count() == 4 && pool.draining_count(0) == 1);
  std::vector<engine::PortPair> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(*pool.open(kSecond));
    CHECK(open.back().rtp_port != port && !open.back().former);
  }
  CHECK(pool.draining_count(5 * kSecond - 1) == 1 && pool.draining_count(5 * kSecond) == 0);
  const auto again = pool.open(5 * kSecond);
  CHECK(again && again->rtp_port == port && !again->former);
}

TEST("when all others are taken the pair that rested longest is used early, and its last peer is named") {
  engine::PortPool pool = pool_of(2);
  {
    const auto first = pool.open(0);
    const auto second = pool.open(0);
  }
  pool.give_back(kFirst + 2, kPeer, kSecond);
  pool.give_back(kFirst, {}, 2 * kSecond);
  const auto pair = pool.open(3 * kSecond);
  CHECK(pair && pair->rtp_port == kFirst + 2);
  CHECK(pair->former && pair->former->source == kPeer && pair->former->until_ns == 6 * kSecond);
  const auto unheard = pool.open(3 * kSecond);
  CHECK(unheard && unheard->rtp_port == kFirst && !unheard->former);
  CHECK(!pool.open(3 * kSecond));
}

TEST("calls that follow each other never meet a port within its rest while there are enough") {
  engine::PortPool pool = pool_of(32);
  std::vector<int64_t> given_back(32, -5 * kSecond);
  for (int64_t now_ns = 0; now_ns < 60 * kSecond; now_ns += kSecond / 5) {
    const auto pair = pool.open(now_ns);
    CHECK(pair.has_value());
    if (!pair) return;
    int64_t& last = given_back[static_cast<size_t>(pair->rtp_port - kFirst) / 2];
    CHECK(now_ns - last >= 5 * kSecond);
    last = now_ns;
    pool.give_back(pair->rtp_port, kPeer, now_ns);
  }
}

TEST("pairs that another program holds are passed over, resting or not") {
  engine::PortPool pool = pool_of(2);
  const auto taken = engine::UdpSocket::bind(kHost.with_port(kFirst + 1));
  {
    const auto pair = pool.open(0);
    CHECK(pair && pair->rtp_port == kFirst + 2);
  }
  pool.give_back(kFirst + 2, {}, 0);
  const auto pair = pool.open(1);
  CHECK(pair && pair->rtp_port == kFirst + 2);
  CHECK(!pool.open(1) && pool.free_count() == 1);
}
