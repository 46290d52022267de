#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "departures.h"

namespace trunkline::bench {

/**
 * A bare 5 ms timerfd loop on one processor, ahead of everything else there as far as the system allows: how late it
 * wakes is the machine's doing (the host's other guests, interrupts), not that of the program under test.
 */
class TimerJitter {
 public:
  /** `cpu` below 0: any. */
  explicit TimerJitter(int cpu);
  ~TimerJitter();
  TimerJitter(const TimerJitter&) = delete;
  TimerJitter& operator=(const TimerJitter&) = delete;

  /** How late it woke, since the last call. */
  Percentiles take();

 private:
  void run(int cpu);

  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<float> late_ms_;
  std::thread thread_;
};

}  // namespace trunkline::bench
