#include "../engine/bridge.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "check.h"

using namespace trunkline;
using engine::AgentRoute;
using engine::BridgeEnd;

namespace {

/** The bridge only names the sessions. */
engine::MediaSession& session() {
  static char somewhere = 0;
  return *reinterpret_cast<engine::MediaSession*>(&somewhere);
}

struct Pair {
  Pair(int first_rate_hz, int second_rate_hz, AgentRoute route)
      : first(session(), first_rate_hz, second_rate_hz, route),
        second(session(), second_rate_hz, first_rate_hz, AgentRoute{}) {}

  BridgeEnd first;
  BridgeEnd second;
};

/** The largest step from one sample to the next. */
int largest_step(std::span<const int16_t> samples) {
  int largest = 0;
  for (size_t i = 1; i < samples.size(); ++i) largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
  return largest;
}

int16_t level(std::span<const int16_t> slot) { return *std::ranges::max_element(slot); }

std::vector<int16_t> mixed(BridgeEnd& to, BridgeEnd& from) {
  std::vector<int16_t> slot(to.heard().size());
  to.mix(from, slot);
  return slot;
}

}  // namespace

TEST("each peer hears the other, and agents by their routes") {
  struct Expectation {
    AgentRoute route;
    int16_t first_hears;
    int16_t second_hears;
  };
  // The first peer says 100, the second 20; the agents say 3 to the first and 1 to the second.
  for (const Expectation& expected : {Expectation{{true, false}, 23, 101}, Expectation{{false, false}, 20, 101},
                                      Expectation{{false, true}, 20, 104}, Expectation{{true, true}, 23, 104}}) {
    Pair pair(8000, 8000, expected.route);
    std::ranges::fill(pair.first.heard(), int16_t{100});
    std::ranges::fill(pair.second.heard(), int16_t{20});
    std::ranges::fill(pair.first.agent(), int16_t{3});
    std::ranges::fill(pair.second.agent(), int16_t{1});
    // The slot in which agents come and go.
    mixed(pair.first, pair.second);
    mixed(pair.second, pair.first);
    CHECK(level(mixed(pair.first, pair.second)) == expected.first_hears);
    CHECK(level(mixed(pair.second, pair.first)) == expected.second_hears);
  }
}

TEST("a loud mix saturates, it does not wrap") {
  Pair pair(8000, 8000, {true, true});
  std::ranges::fill(pair.second.heard(), int16_t{30000});
  std::ranges::fill(pair.first.agent(), int16_t{30000});
  mixed(pair.first, pair.second);
  const auto heard = mixed(pair.first, pair.second);
  CHECK(std::ranges::all_of(heard, [](int16_t sample) { return sample == INT16_MAX; }));
}

TEST("an agent that is muted or let in in mid-sound, by the bridge or its route, comes and goes without a step") {
  for (const int rate_hz : {8000, 16'000}) {
    Pair pair(rate_hz, rate_hz, {false, true});
    std::ranges::fill(pair.first.agent(), INT16_MAX);
    // What the session sent before there was a bridge.
    std::vector<int16_t> own{INT16_MAX};
    std::vector<int16_t> other{0};
    for (const AgentRoute route : {AgentRoute{false, true}, AgentRoute{true, false}, AgentRoute{false, false}}) {
      pair.first.set_route(route);
      for (int slot = 0; slot < 2; ++slot) {
        for (const int16_t sample : mixed(pair.first, pair.second)) own.push_back(sample);
        for (const int16_t sample : mixed(pair.second, pair.first)) other.push_back(sample);
      }
      CHECK(own.back() == (route.to_own_peer ? INT16_MAX : 0));
      CHECK(other.back() == (route.to_other_peer ? INT16_MAX : 0));
    }
    CHECK(largest_step(own) < 328);
    CHECK(largest_step(other) < 328);
  }
}

TEST("sessions of 8 and 16 kHz hear each other's tones at their level") {
  Pair pair(8000, 16000, {});
  double to_narrow = 0;
  double to_wide = 0;
  for (int slot = 0; slot < 10; ++slot) {
    for (size_t i = 0; i < 160; ++i) {
      const double time_s = static_cast<double>(slot * 160 + static_cast<int>(i)) / 8000;
      pair.first.heard()[i] = static_cast<int16_t>(10000 * std::sin(2 * std::numbers::pi * 500 * time_s));
    }
    for (size_t i = 0; i < 320; ++i) {
      const double time_s = static_cast<double>(slot * 320 + static_cast<int>(i)) / 16000;
      pair.second.heard()[i] = static_cast<int16_t>(10000 * std::sin(2 * std::numbers::pi * 700 * time_s));
    }
    const auto narrow = mixed(pair.first, pair.second);
    const auto wide = mixed(pair.second, pair.first);
    if (slot < 2) continue;
    for (const int16_t sample : narrow) to_narrow += static_cast<double>(sample) * sample / (8 * 160);
    for (const int16_t sample : wide) to_wide += static_cast<double>(sample) * sample / (8 * 320);
  }
  for (const double power : {to_narrow, to_wide}) CHECK(std::abs(10 * std::log10(power / 5e7)) < 0.3);
}
