#include "quality.h"

#include <algorithm>
#include <cmath>

namespace trunkline::rtp {
namespace {

constexpr double kDefaultRating = 93.2;
constexpr double kNoticedDelayMs = 100;
/** What is left of the scale when everything is lost. */
constexpr double kWorstImpairment = 95;

/** G.107 equation 7-27, Idd: too long a delay although nothing echoes. */
double delay_impairment(double delay_ms) {
  if (delay_ms <= kNoticedDelayMs) return 0;
  const double x = std::log2(delay_ms / kNoticedDelayMs);
  return 25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) - 3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
}

/** G.107 equation 7-29, Ie,eff. */
double equipment_impairment(const EModelInput& input) {
  const double loss = std::clamp(input.loss_percent, 0.0, 100.0);
  const double burst_ratio = std::max(input.burst_ratio, 1.0);
  const double share = loss / (loss / burst_ratio + input.codec.loss_robustness);
  return input.codec.equipment + (kWorstImpairment - input.codec.equipment) * share;
}

}  // namespace

double transmission_rating(const EModelInput& input) {
  const double rating = kDefaultRating - delay_impairment(input.delay_ms) - equipment_impairment(input);
  return std::clamp(rating, 0.0, kDefaultRating);
}

double mean_opinion_score(double rating) {
  const double r = std::clamp(rating, 0.0, 100.0);
  return std::clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0, 4.5);
}

}  // namespace trunkline::rtp
