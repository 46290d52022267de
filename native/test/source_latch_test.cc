#include "../rtp/source_latch.h"

#include "check.h"

using namespace trunkline;
using Verdict = rtp::SourceLatch::Verdict;

namespace {

rtp::Endpoint at(const char* address, uint16_t port) { return *rtp::Endpoint::parse(address, port); }

const rtp::Endpoint kSignalled = at("192.0.2.1", 4000);
const rtp::Endpoint kSameHost = at("192.0.2.1", 5000);
const rtp::Endpoint kStranger = at("198.51.100.9", 4000);

constexpr int64_t kMs = 1'000'000;
const rtp::Endpoint kSamePort = at("198.51.100.77", 4000);
const rtp::Endpoint kStrangePort = at("198.51.100.9", 4444);

/** A stream of 20 ms packets from `source`: the verdict on the last. */
Verdict stream(rtp::SourceLatch& latch, const rtp::Endpoint& source, int packets, int64_t from_ms,
               uint16_t sequence_number = 100) {
  Verdict verdict = Verdict::refused;
  for (int i = 0; i < packets; ++i) {
    verdict = latch.judge(source, 7, sequence_number++, (from_ms + 20 * i) * kMs);
  }
  return verdict;
}

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
  CHECK(latch.judge(kStranger, 7, 65535, 10 * kMs) == Verdict::refused);
  CHECK(latch.judge(kStranger, 7, 0, 30 * kMs) == Verdict::refused);
  CHECK(latch.destination() == kSignalled);
  CHECK(latch.judge(kStranger, 7, 1, 50 * kMs) == Verdict::newly_latched);
  CHECK(latch.destination() == kStranger);
}

TEST("a sprayer whose packets are no stream gets nothing back") {
  rtp::SourceLatch latch = connected();
  for (int i = 0; i < 100; ++i) CHECK(latch.judge(kStranger, 0, 0, i * 20 * kMs) == Verdict::refused);
  for (uint32_t i = 0; i < 100; ++i) {
    CHECK(latch.judge(kStranger, i, static_cast<uint16_t>(i), i * 20 * kMs) == Verdict::refused);
  }
  CHECK(latch.destination() == kSignalled);
}

TEST("a burst and a stream with long pauses are not at the pace of speech") {
  rtp::SourceLatch latch = connected();
  for (uint16_t i = 0; i < 100; ++i) CHECK(latch.judge(kStranger, 7, i, kMs) == Verdict::refused);
  for (uint16_t i = 0; i < 4; ++i) CHECK(latch.judge(kStrangePort, 7, i, i * 600 * kMs) == Verdict::refused);
}

TEST("strangers are learned only in the first three seconds, the signalled host also later") {
  rtp::SourceLatch latch = connected();
  CHECK(stream(latch, kStranger, 500, 3000) == Verdict::refused);
  CHECK(latch.destination() == kSignalled);
  CHECK(latch.judge(kSameHost, 7, 1, 60'000 * kMs) == Verdict::newly_latched);
}

TEST("sprayers do not keep a peer behind a NAT from being known") {
  rtp::SourceLatch latch = connected();
  Verdict verdict = Verdict::refused;
  for (uint16_t i = 0; i < 4 && verdict == Verdict::refused; ++i) {
    verdict = latch.judge(kStranger, 7, i, i * 20 * kMs);
    for (uint16_t port = 1; port < 40 && verdict == Verdict::refused; ++port) {
      const rtp::Endpoint sprayer = at(port % 2 == 0 ? "203.0.113.1" : "203.0.113.2", port);
      CHECK(latch.judge(sprayer, 1, 0, i * 20 * kMs) == Verdict::refused);
    }
  }
  CHECK(verdict == Verdict::newly_latched && latch.destination() == kStranger);
}

TEST("who is believed more takes over during the first three seconds, who is believed less or as much does not") {
  rtp::SourceLatch latch = connected();
  CHECK(stream(latch, kStrangePort, 3, 0) == Verdict::newly_latched);
  CHECK(stream(latch, kStranger.with_port(4445), 3, 100) == Verdict::refused);
  CHECK(stream(latch, kSamePort, 3, 200) == Verdict::newly_latched);
  CHECK(stream(latch, kStrangePort, 3, 300) == Verdict::refused);
  CHECK(stream(latch, kSameHost, 3, 400) == Verdict::newly_latched);
  CHECK(stream(latch, kSameHost.with_port(5002), 3, 500) == Verdict::refused);
  CHECK(latch.judge(kSignalled, 8, 1, 600 * kMs) == Verdict::newly_latched);
  CHECK(stream(latch, kSameHost, 3, 700) == Verdict::refused);
  CHECK(latch.destination() == kSignalled);
}

TEST("the signalled address takes over during the first three seconds, not later") {
  for (const bool in_time : {true, false}) {
    rtp::SourceLatch latch = connected();
    stream(latch, kStranger, 3, 0);
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

TEST("a re-INVITE opens learning: the rightful peer gets the call back from one that came first") {
  rtp::SourceLatch latch = connected();
  stream(latch, kStranger, 3, 0);
  CHECK(latch.judge(kSignalled, 8, 1, 10'000 * kMs) == Verdict::refused);
  latch.connect(kSignalled, 20'000 * kMs);
  CHECK(latch.destination() == kStranger);
  CHECK(latch.judge(kSignalled, 8, 2, 20'001 * kMs) == Verdict::newly_latched);
}

TEST("a re-INVITE follows a peer whose NAT gave it another port once the old one is silent") {
  rtp::SourceLatch latch = connected();
  const rtp::Endpoint rebound = kStrangePort.with_port(4446);
  stream(latch, kStrangePort, 3, 0);
  latch.connect(kSignalled, 50 * kMs);
  CHECK(stream(latch, rebound, 3, 60) == Verdict::refused);
  CHECK(stream(latch, rebound, 40, 200) == Verdict::accepted);
  CHECK(latch.destination() == rebound);
}

TEST("what the former place of a peer still sends is not taken for its new one") {
  rtp::SourceLatch latch = connected();
  stream(latch, kStranger, 3, 0);
  latch.connect(at("192.0.2.2", 4100), 100 * kMs);
  CHECK(stream(latch, kStranger, 40, 100) == Verdict::refused);
  CHECK(stream(latch, kStrangePort, 3, 900) == Verdict::newly_latched);
}

TEST("what the last call on the port still sends is not the peer of this one, unless it is signalled") {
  for (const rtp::Endpoint& former : {kStranger, kSameHost}) {
    rtp::SourceLatch latch = connected();
    latch.shun(former, 1000 * kMs);
    CHECK(stream(latch, former, 40, 0) == Verdict::refused);
    stream(latch, former, 3, 1000);
    CHECK(latch.source() == former);
  }
  rtp::SourceLatch latch = connected();
  latch.shun(kSignalled, 1000 * kMs);
  CHECK(latch.judge(kSignalled, 7, 1, 1) == Verdict::newly_latched);
}

TEST("a strict latch hears the signalled address and port and nobody else") {
  rtp::SourceLatch latch;
  latch.connect(kSignalled, 0, true);
  for (const rtp::Endpoint& source : {kSameHost, kSamePort, kStranger}) {
    CHECK(stream(latch, source, 10, 0) == Verdict::refused);
    CHECK(latch.judge_authenticated(source, 1) == Verdict::refused);
  }
  CHECK(latch.judge(kSignalled, 7, 1, 1) == Verdict::newly_latched);
  latch.connect(kSignalled, 2);
  latch.judge(kSameHost, 7, 1, 3);
  CHECK(latch.destination() == kSignalled);
}

TEST("with a right tag a packet decides at once, and after the lock when the source is silent") {
  rtp::SourceLatch latch = connected();
  CHECK(latch.judge_authenticated(kStranger, 0) == Verdict::newly_latched);
  CHECK(latch.judge_authenticated(kStranger, 4000 * kMs) == Verdict::accepted);
  CHECK(latch.judge_authenticated(kStrangePort, 4020 * kMs) == Verdict::accepted);
  CHECK(latch.destination() == kStranger);
  CHECK(latch.judge_authenticated(kStrangePort, 4500 * kMs) == Verdict::newly_latched);
  CHECK(latch.destination() == kStrangePort);
}

TEST("IPv6 addresses are compared whole") {
  rtp::SourceLatch latch;
  latch.connect(at("2001:db8::1", 4000), 0);
  CHECK(latch.judge(at("2001:db8::2", 4000), 7, 1, 1) == Verdict::refused);
  CHECK(latch.judge(at("2001:db8::1", 4002), 7, 1, 1) == Verdict::newly_latched);
  CHECK(latch.destination().words()[0] == 0x20010db8);
  CHECK(!rtp::Endpoint::parse("carrier.example", 1));
}
