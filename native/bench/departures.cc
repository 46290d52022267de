#include "departures.h"

#include <algorithm>
#include <cmath>

namespace trunkline::bench {
namespace {

constexpr int64_t kPeriodNs = 20'000'000;

template <typename Value>
Value nearest_rank(std::vector<Value>& values, double percent) {
  const auto rank = static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  const auto place = values.begin() + static_cast<ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace

Percentiles percentiles(std::vector<float>& values_ms) {
  if (values_ms.empty()) return {};
  return {.p50 = nearest_rank(values_ms, 50),
          .p99 = nearest_rank(values_ms, 99),
          .p999 = nearest_rank(values_ms, 99.9),
          .max = nearest_rank(values_ms, 100)};
}

std::vector<int64_t> Departures::positions() const {
  std::vector<int64_t> positions;
  positions.reserve(packets_.size());
  int64_t position = 0;
  uint16_t before = packets_.empty() ? 0 : packets_.front().sequence_number;
  for (const Packet& packet : packets_) {
    position += static_cast<int16_t>(packet.sequence_number - before);
    before = packet.sequence_number;
    positions.push_back(position);
  }
  return positions;
}

Departures::Counts Departures::counts() const {
  Counts counts{.received = packets_.size()};
  if (packets_.empty()) return counts;
  std::vector<int64_t> sorted = positions();
  std::ranges::sort(sorted);
  const auto span = static_cast<uint64_t>(sorted.back() - sorted.front() + 1);
  const auto repeated = std::ranges::unique(sorted);
  counts.duplicates = repeated.size();
  counts.missing = span - (counts.received - counts.duplicates);
  return counts;
}

void Departures::append_deviations(std::vector<float>& deviations_ms) const {
  if (packets_.empty()) return;
  const std::vector<int64_t> places = positions();
  std::vector<int64_t> offsets_ns;
  offsets_ns.reserve(packets_.size());
  for (size_t i = 0; i < packets_.size(); ++i) offsets_ns.push_back(packets_[i].at_ns - places[i] * kPeriodNs);
  std::vector<int64_t> unordered = offsets_ns;
  const int64_t median_ns = nearest_rank(unordered, 50);
  for (const int64_t offset_ns : offsets_ns) {
    deviations_ms.push_back(static_cast<float>(std::abs(offset_ns - median_ns)) / 1e6f);
  }
}

}  // namespace trunkline::bench
