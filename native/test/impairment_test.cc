#include "../bench/impairment.h"

#include <cmath>

#include "check.h"

using namespace trunkline;
using bench::Impairment;
using bench::ImpairmentOptions;

namespace {

constexpr int kPackets = 200'000;

struct Totals {
  double lost = 0;
  double twice = 0;
  double longest_ms = 0;
  double sum_ms = 0;
  /** Spells of loss. */
  double bursts = 0;
};

Totals totals(const ImpairmentOptions& options) {
  Impairment impairment(options);
  Totals totals;
  bool lost_before = false;
  for (int i = 0; i < kPackets; ++i) {
    const Impairment::Fate fate = impairment.next();
    const bool lost = fate.copies == 0;
    totals.lost += lost;
    totals.twice += fate.copies == 2;
    totals.bursts += lost && !lost_before;
    totals.longest_ms = std::max(totals.longest_ms, fate.delays_ms[0]);
    totals.sum_ms += fate.delays_ms[0];
    lost_before = lost;
  }
  return totals;
}

bool near(double value, double expected, double tolerance) { return std::abs(value - expected) <= tolerance; }

}  // namespace

TEST("a network without faults lets every packet through at once") {
  const Totals found = totals({});
  CHECK(found.lost == 0 && found.twice == 0 && found.longest_ms == 0);
}

TEST("loss, duplicates and uniform jitter are as often and as long as asked for") {
  const Totals found = totals({.seed = 3, .loss = 0.05, .jitter_ms = 60, .duplicate = 0.02});
  CHECK(near(found.lost / kPackets, 0.05, 0.002));
  CHECK(near(found.twice / kPackets, 0.02 * 0.95, 0.002));
  CHECK(near(found.sum_ms / kPackets, 30, 0.3));
  CHECK(found.longest_ms < 60 && found.longest_ms > 59.9);
}

TEST("bursts of Gilbert and Elliott are as long as their end is likely") {
  const Totals found = totals({.seed = 4, .burst_begins = 0.022, .burst_ends = 0.2});
  CHECK(near(found.lost / found.bursts, 5, 0.2));
  CHECK(near(found.lost / kPackets, 0.022 / 0.222, 0.005));
}

TEST("the same seed gives the same fates, another one does not") {
  Impairment first({.seed = 9, .loss = 0.5});
  Impairment again({.seed = 9, .loss = 0.5});
  Impairment other({.seed = 10, .loss = 0.5});
  int differences = 0;
  for (int i = 0; i < 1000; ++i) {
    const size_t copies = first.next().copies;
    CHECK(copies == again.next().copies);
    differences += copies != other.next().copies;
  }
  CHECK(differences > 300);
}

TEST("a packet that is overtaken comes 30 ms later") {
  const Totals found = totals({.seed = 5, .reorder = 0.1});
  CHECK(found.longest_ms == 30);
  CHECK(near(found.sum_ms / kPackets, 3, 0.1));
}
