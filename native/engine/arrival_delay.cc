#include "arrival_delay.h"

#include <algorithm>
#include <limits>

namespace trunkline::engine {
namespace {

constexpr int64_t kBinNs = 5'000'000;
constexpr int64_t kWindowNs = 4'000'000'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
/** What is believed before the first packet, and of how many packets it has the weight. */
constexpr size_t kPriorBin = 11;
constexpr int kPriorPackets = 5;
constexpr int kMostPackets = 250;
/** 20 ms for one in a hundred. */
constexpr float kNsPerShareLate = 2e9F;

}  // namespace

void ArrivalDelay::on_packet(int64_t position_ns, int64_t arrival_ns) {
  const int64_t transit_ns = arrival_ns - position_ns;
  follow_base(transit_ns, arrival_ns);
  packets_ = std::min(packets_ + 1, kMostPackets);
  const float fresh = 1.0F / static_cast<float>(packets_);
  for (float& share : shares_) share *= 1 - fresh;
  const auto bin = static_cast<size_t>(std::max<int64_t>(transit_ns - *base_ns_, 0) / kBinNs);
  shares_[std::min(bin, kBins - 1)] += fresh;
  choose_target();
}

void ArrivalDelay::rebase() { base_ns_.reset(); }

void ArrivalDelay::restart() {
  shares_.fill(0);
  shares_[kPriorBin] = 1;
  packets_ = kPriorPackets;
  base_ns_.reset();
  choose_target();
}

void ArrivalDelay::follow_base(int64_t transit_ns, int64_t arrival_ns) {
  if (!base_ns_) {
    least_ns_ = least_before_ns_ = kNever;
    window_began_ns_ = arrival_ns;
  } else if (arrival_ns - window_began_ns_ >= kWindowNs) {
    least_before_ns_ = least_ns_;
    least_ns_ = kNever;
    window_began_ns_ = arrival_ns;
  }
  least_ns_ = std::min(least_ns_, transit_ns);
  base_ns_ = std::min(least_ns_, least_before_ns_);
}

void ArrivalDelay::choose_target() {
  float late = 0;
  float least_cost = std::numeric_limits<float>::max();
  for (size_t bin = kBins; bin-- > 0;) {
    const int64_t delay_ns = static_cast<int64_t>(bin + 1) * kBinNs;
    const float cost = static_cast<float>(delay_ns) + kNsPerShareLate * late;
    if (cost <= least_cost) {
      least_cost = cost;
      target_ns_ = delay_ns;
    }
    late += shares_[bin];
  }
  target_ns_ = std::clamp(target_ns_, kLeastTargetNs, kMostTargetNs);
}

}  // namespace trunkline::engine
