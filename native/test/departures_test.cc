#include "../bench/departures.h"

#include "check.h"

using namespace trunkline;

namespace {

constexpr int64_t kMs = 1'000'000;

}  // namespace

TEST("packets on a 20 ms grid deviate from nothing, wherever the grid begins") {
  bench::Departures stream;
  for (uint16_t i = 0; i < 100; ++i) stream.add(static_cast<uint16_t>(65'500 + i), 7'777 + i * 20 * kMs);
  std::vector<float> deviations_ms;
  stream.append_deviations(deviations_ms);
  const bench::Percentiles found = bench::percentiles(deviations_ms);
  CHECK(found.max == 0);
  CHECK(stream.counts().received == 100 && stream.counts().missing == 0);
}

TEST("one late packet is the worst and moves no other") {
  bench::Departures stream;
  for (uint16_t i = 0; i < 200; ++i) stream.add(i, i * 20 * kMs + (i == 50 ? 3 * kMs : 0));
  std::vector<float> deviations_ms;
  stream.append_deviations(deviations_ms);
  const bench::Percentiles found = bench::percentiles(deviations_ms);
  CHECK(found.max == 3);
  CHECK(found.p99 == 0);
}

TEST("a hole in the sequence is missing and keeps its place in the grid; a repeated number is counted") {
  bench::Departures stream;
  for (const uint16_t i : {0, 1, 4, 4, 5}) stream.add(i, i * 20 * kMs);
  const auto counts = stream.counts();
  CHECK(counts.received == 5 && counts.missing == 2 && counts.duplicates == 1);
  std::vector<float> deviations_ms;
  stream.append_deviations(deviations_ms);
  CHECK(bench::percentiles(deviations_ms).max == 0);
}

TEST("nothing was measured of a stream that never came") {
  const bench::Departures stream;
  std::vector<float> deviations_ms;
  stream.append_deviations(deviations_ms);
  CHECK(deviations_ms.empty() && stream.counts().received == 0);
  CHECK(bench::percentiles(deviations_ms).p99 == 0);
}
