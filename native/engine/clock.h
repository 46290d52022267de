#pragma once

#include <cstdint>
#include <ctime>

namespace trunkline::engine {

inline constexpr int64_t kNsPerMs = 1'000'000;

inline int64_t clock_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

inline int64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }
inline int64_t realtime_ns() { return clock_ns(CLOCK_REALTIME); }

}  // namespace trunkline::engine
