#include "precedence.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace trunkline::bench {
namespace {

constexpr int kNice = -20;

}  // namespace

void take_precedence(int real_time_priority) {
  const sched_param priority{.sched_priority = real_time_priority};
  if (sched_setscheduler(0, SCHED_FIFO, &priority) == 0) return;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
}

void pin_to(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace trunkline::bench
