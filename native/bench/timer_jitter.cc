#include "timer_jitter.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "../engine/clock.h"
#include "precedence.h"

namespace trunkline::bench {
namespace {

constexpr int64_t kPeriodNs = 5'000'000;
constexpr int kRealTimePriority = 50;

}  // namespace

TimerJitter::TimerJitter(int cpu) : thread_([this, cpu] { run(cpu); }) {}

TimerJitter::~TimerJitter() {
  stopping_ = true;
  thread_.join();
}

Percentiles TimerJitter::take() {
  const std::lock_guard lock(mutex_);
  const Percentiles taken = percentiles(late_ms_);
  late_ms_.clear();
  return taken;
}

void TimerJitter::run(int cpu) {
  pin_to(cpu);
  take_precedence(kRealTimePriority);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer < 0) return;
  int64_t due_ns = engine::monotonic_ns() + kPeriodNs;
  while (!stopping_) {
    itimerspec time{};
    time.it_value = {due_ns / 1'000'000'000, due_ns % 1'000'000'000};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, nullptr);
    uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t ignored = read(timer, &expirations, sizeof expirations);
    const int64_t now_ns = engine::monotonic_ns();
    const std::lock_guard lock(mutex_);
    late_ms_.push_back(static_cast<float>(now_ns - due_ns) / 1e6f);
    due_ns = std::max(due_ns + kPeriodNs, now_ns);
  }
  close(timer);
}

}  // namespace trunkline::bench
