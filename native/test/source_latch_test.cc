#include "../rtp/source_latch.h"

#include "check.h"

using namespace trunkline;
using Verdict = rtp::SourceLatch::Verdict;

namespace {

rtp::Endpoint at(const char* address, uint16_t port) { return *rtp::Endpoint::parse(address, port); }

const rtp::Endpoint kSignalled = at("192.0.2.1", 4000);
const rtp::Endpoint kSameHost = at("192.0.2.1", 5000);
const rtp::Endpoint kStranger = at("198.51.100.9", 4000);

rtp::SourceLatch connected() {
  rtp::SourceLatch latch;
  latch.connect(kSignalled, 0);
  return latch;
}

}  // namespace

TEST("packets go to the signalled address until one comes") { CHECK(connected().destination() == kSignalled); }

TEST("the signalled host is believed at once, from whatever port its NAT gave it") {
  rtp::SourceLatch latch = connected();
  CHECK(latch.judge(kSameHost, 7, 1, 10) == Verdict::newly_latched);
  CHECK(latch.destination() == kSameHost);
  CHECK(latch.judge(kSameHost, 7, 2, 20) == Verdict::accepted);
}

TEST("after the lock nobody else is heard") {
  rtp::SourceLatch latch = connected();
  latch.judge(kSignalled, 7, 1, 10);
  for (uint16_t i = 0; i < 100; ++i) CHECK(latch.judge(kStranger, 7, i, 20) == Verdict::refused);
  CHECK(latch.judge(kSameHost, 7, 2, 20) == Verdict::refused);
  CHECK(latch.destination() == kSignalled);
}

TEST("a stranger is heard after three packets in a row of one stream") {
  rtp::SourceLatch latch = connected();
  CHECK(latch.judge(kStranger, 7, 65535, 10) == Verdict::refused);
  CHECK(latch.judge(kStranger, 7, 0, 20) == Verdict::refused);
  CHECK(latch.destination() == kSignalled);
  CHECK(latch.judge(kStranger, 7, 1, 30) == Verdict::newly_latched);
  CHECK(latch.destination() == kStranger);
}

TEST("a sprayer whose packets are no stream gets nothing back") {
  rtp::SourceLatch latch = connected();
  for (int i = 0; i < 100; ++i) CHECK(latch.judge(kStranger, 0, 0, i) == Verdict::refused);
  for (uint32_t i = 0; i < 100; ++i) {
    CHECK(latch.judge(kStranger, i, static_cast<uint16_t>(i), i) == Verdict::refused);
  }
  CHECK(latch.destination() == kSignalled);
}

TEST("the signalled address takes over during the first three seconds, not later") {
  for (const bool in_time : {true, false}) {
    rtp::SourceLatch latch = connected();
    for (uint16_t i = 0; i < 3; ++i) latch.judge(kStranger, 7, i, i);
    const int64_t now_ns = in_time ? rtp::SourceLatch::kLearningNs - 1 : rtp::SourceLatch::kLearningNs;
    const Verdict verdict = latch.judge(kSignalled, 8, 1, now_ns);
    CHECK(verdict == (in_time ? Verdict::newly_latched : Verdict::refused));
  }
}

TEST("a re-INVITE to the same address keeps the lock, to another learns anew") {
  rtp::SourceLatch latch = connected();
  latch.judge(kSameHost, 7, 1, 10);
  latch.connect(kSignalled, 20);
  CHECK(latch.destination() == kSameHost);
  const rtp::Endpoint moved = at("192.0.2.2", 4000);
  latch.connect(moved, 30);
  CHECK(latch.destination() == moved);
  CHECK(latch.judge(moved, 7, 2, 40) == Verdict::newly_latched);
}

TEST("IPv6 addresses are compared whole") {
  rtp::SourceLatch latch;
  latch.connect(at("2001:db8::1", 4000), 0);
  CHECK(latch.judge(at("2001:db8::2", 4000), 7, 1, 1) == Verdict::refused);
  CHECK(latch.judge(at("2001:db8::1", 4002), 7, 1, 1) == Verdict::newly_latched);
  CHECK(latch.destination().words()[0] == 0x20010db8);
  CHECK(!rtp::Endpoint::parse("carrier.example", 1));
}
