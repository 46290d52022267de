#include "impairment.h"

namespace trunkline::bench {
namespace {

constexpr double kOvertakenMs = 30;

}  // namespace

Impairment::Fate Impairment::next() {
  if (random() < (in_burst_ ? options_.burst_ends : options_.burst_begins)) in_burst_ = !in_burst_;
  // All are drawn for every packet: one option changes nothing of what another does.
  const bool lost = random() < options_.loss;
  const bool overtaken = random() < options_.reorder;
  const bool twice = random() < options_.duplicate;
  Fate fate{.delays_ms = {delay_ms(), delay_ms()}};
  if (overtaken) fate.delays_ms[0] += kOvertakenMs;
  if (!lost && !in_burst_) fate.copies = twice ? 2 : 1;
  return fate;
}

/** xorshift64* (Vigna, An experimental exploration of Marsaglia's xorshift generators, 2016). */
double Impairment::random() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return static_cast<double>(state_ * 0x2545F4914F6CDD1Dull >> 11) / 9007199254740992.0;
}

double Impairment::delay_ms() { return random() * options_.jitter_ms; }

}  // namespace trunkline::bench
