#pragma once

namespace trunkline::bench {

/** The calling thread goes ahead of every other program, in real time where the system permits it. */
void take_precedence(int real_time_priority);

/** The calling thread runs on `cpu` only; nothing when it is below 0. */
void pin_to(int cpu);

}  // namespace trunkline::bench
