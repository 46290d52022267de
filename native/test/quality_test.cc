#include "../rtp/quality.h"

#include <cmath>

#include "check.h"

using namespace trunkline;

namespace {

bool near(double value, double expected, double tolerance) { return std::abs(value - expected) <= tolerance; }
double rating(rtp::EModelInput input) { return rtp::transmission_rating(input); }

}  // namespace

TEST("ratings become scores as in ITU-T G.107 table B.1") {
  CHECK(near(rtp::mean_opinion_score(90), 4.34, 0.005));
  CHECK(near(rtp::mean_opinion_score(80), 4.03, 0.01));
  CHECK(near(rtp::mean_opinion_score(70), 3.60, 0.005));
  CHECK(near(rtp::mean_opinion_score(60), 3.10, 0.005));
  CHECK(near(rtp::mean_opinion_score(50), 2.58, 0.01));
  CHECK(near(rtp::mean_opinion_score(93.2), 4.41, 0.005));
  CHECK(rtp::mean_opinion_score(-5) == 1 && rtp::mean_opinion_score(0) == 1 && rtp::mean_opinion_score(200) == 4.5);
}

TEST("a perfect line has the default rating of ITU-T G.107") { CHECK(rating({}) == 93.2); }

TEST("delay costs nothing up to 100 ms and then as ITU-T G.107 equation 7-27 says") {
  CHECK(rating({.delay_ms = 100}) == 93.2);
  CHECK(near(rating({.delay_ms = 150}), 93.0, 0.1));
  CHECK(near(rating({.delay_ms = 200}), 93.2 - 3.03, 0.1));
  CHECK(near(rating({.delay_ms = 400}), 93.2 - 24.07, 0.1));
  CHECK(near(rating({.delay_ms = 800}), 93.2 - 41.4, 1));
}

TEST("random loss costs G.711 with concealment what ITU-T G.113 gives, within two points up to 7 %") {
  const double g113[][2] = {{1, 5}, {2, 7}, {3, 10}, {5, 15}, {7, 20}};
  for (const auto& [loss_percent, impairment] : g113) {
    CHECK(near(93.2 - rating({.loss_percent = loss_percent}), impairment, 2));
  }
  CHECK(near(rating({.loss_percent = 5}), 77.4, 0.1));
}

TEST("loss in bursts costs more than random loss, and without concealment more still") {
  const double random = rating({.loss_percent = 5});
  CHECK(rating({.loss_percent = 5, .burst_ratio = 2}) < random);
  CHECK(rating({.loss_percent = 5, .burst_ratio = 0.5}) == random);
  CHECK(rating({.loss_percent = 5, .codec = {.equipment = 0, .loss_robustness = 4.3}}) < random);
}

TEST("the worst line is rated 0, not less") {
  CHECK(rating({.delay_ms = 10'000, .loss_percent = 100, .burst_ratio = 50}) == 0);
  CHECK(rating({.loss_percent = 500}) == rating({.loss_percent = 100}));
}
