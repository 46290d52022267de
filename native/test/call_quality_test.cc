#include "../engine/call_quality.h"

#include <cmath>

#include "check.h"

using namespace trunkline;
using engine::CallQuality;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

bool near(double value, double expected, double tolerance = 0.01) { return std::abs(value - expected) <= tolerance; }

CallQuality started() {
  CallQuality quality;
  quality.start(codec::CodecId::pcmu, 20, 0);
  return quality;
}

}  // namespace

TEST("a report of quality is due every five seconds") {
  CallQuality quality = started();
  CHECK(!quality.due(5 * kSecond - 1) && quality.due(5 * kSecond));
  quality.take_interval({}, 5 * kSecond);
  CHECK(!quality.due(10 * kSecond - 1) && quality.due(10 * kSecond));
  quality.start(codec::CodecId::pcmu, 20, 9 * kSecond);
  CHECK(quality.due(10 * kSecond));
}

TEST("nothing is said of what is not known") {
  CallQuality quality = started();
  const auto report = quality.take_interval({}, kSecond);
  CHECK(std::isnan(report.received.mos) && std::isnan(report.sent.mos) && std::isnan(report.round_trip_ms));
  const auto whole = quality.whole({}, 100);
  CHECK(std::isnan(whole.received.loss_percent) && std::isnan(whole.sent.jitter_ms));
}

TEST("an interval tells its own loss, the call all of it, and both the lowest score") {
  CallQuality quality = started();
  const auto bad = quality.take_interval({.packets = 225, .lost = 25, .gaps = 25, .jitter_ms = 8}, 5 * kSecond);
  CHECK(near(bad.received.loss_percent, 10) && near(bad.received.jitter_ms, 8));
  const auto good = quality.take_interval({.packets = 475, .lost = 25, .gaps = 25, .jitter_ms = 2}, 10 * kSecond);
  CHECK(good.received.loss_percent == 0 && near(good.received.mos, 4.41));
  CHECK(good.received.lowest_mos == bad.received.mos && bad.received.mos < 3.5);
  const auto whole = quality.whole({.packets = 475, .lost = 25, .gaps = 25, .jitter_ms = 2}, 500);
  CHECK(near(whole.received.loss_percent, 5) && near(whole.received.jitter_ms, 5));
  CHECK(near(whole.received.mos, rtp::mean_opinion_score(77.4)) && whole.received.lowest_mos == bad.received.mos);
}

TEST("losses in a row sound worse than as many single ones") {
  CallQuality single = started();
  CallQuality burst = started();
  const auto a = single.take_interval({.packets = 240, .lost = 10, .gaps = 10}, 0);
  const auto b = burst.take_interval({.packets = 240, .lost = 10, .gaps = 2}, 0);
  CHECK(b.received.mos < a.received.mos && b.received.loss_percent == a.received.loss_percent);
}

TEST("what the peer reports is the quality of what we send, until it is silent") {
  CallQuality quality = started();
  quality.on_peer_report({.fraction_lost = 26, .cumulative_lost = 40, .jitter = 80}, 8000);
  quality.on_round_trip(60);
  const auto report = quality.take_interval({.packets = 250}, 5 * kSecond);
  CHECK(near(report.sent.loss_percent, 10.16) && near(report.sent.jitter_ms, 10) && report.round_trip_ms == 60);
  CHECK(report.sent.mos < 4 && report.received.mos > 4.3);
  const auto later = quality.take_interval({.packets = 500}, 10 * kSecond);
  CHECK(std::isnan(later.sent.mos));
  const auto whole = quality.whole({.packets = 500}, 500);
  CHECK(near(whole.sent.loss_percent, 8) && whole.sent.lowest_mos == report.sent.mos);
}

TEST("hostile reports stay within the scale") {
  CallQuality quality = started();
  quality.on_peer_report({.fraction_lost = 255, .cumulative_lost = 0x7FFFFF, .jitter = 0xFFFFFFFF}, 8000);
  quality.on_round_trip(4e6);
  const auto report = quality.take_interval({.packets = 1}, 0);
  CHECK(report.sent.mos == 1 && report.received.mos >= 1);
  CHECK(quality.whole({.packets = 1}, 10).sent.loss_percent == 100);
  quality.on_peer_report({.cumulative_lost = -5}, 8000);
  CHECK(quality.whole({.packets = 1}, 10).sent.loss_percent == 0);
}
