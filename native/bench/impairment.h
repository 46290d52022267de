#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace trunkline::bench {

/** What a bad network does to a stream. Probabilities from 0 to 1. */
struct ImpairmentOptions {
  uint32_t seed = 1;
  /** Of each packet by itself. */
  double loss = 0;
  /** Gilbert-Elliott: into and out of a state in which every packet is lost, asked at each packet. */
  double burst_begins = 0;
  double burst_ends = 1;
  /** Delay of each packet, uniform from 0. */
  double jitter_ms = 0;
  /** Held for 30 ms more, so that the next ones overtake it. */
  double reorder = 0;
  double duplicate = 0;
};

/** The same fates for the same seed. */
class Impairment {
 public:
  /** When the copies of a packet arrive, after it was sent; no copy = lost. */
  struct Fate {
    size_t copies = 0;
    std::array<double, 2> delays_ms{};
  };

  explicit Impairment(const ImpairmentOptions& options) : options_(options), state_(options.seed | 1) {}

  Fate next();

 private:
  /** From 0 to below 1. */
  double random();
  double delay_ms();

  const ImpairmentOptions options_;
  uint64_t state_;
  bool in_burst_ = false;
};

}  // namespace trunkline::bench
