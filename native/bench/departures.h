#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trunkline::bench {

/** Of many measurements in milliseconds. All 0 of none. */
struct Percentiles {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};

/** Nearest rank. Reorders `values_ms`. */
Percentiles percentiles(std::vector<float>& values_ms);

/** When the packets of one stream left their sender, by the kernel's stamp at the receiving socket. */
class Departures {
 public:
  void reserve(size_t packets) { packets_.reserve(packets); }
  void clear() { packets_.clear(); }
  void add(uint16_t sequence_number, int64_t at_ns) { packets_.push_back({sequence_number, at_ns}); }

  struct Counts {
    uint64_t received = 0;
    /** Sequence numbers between the first and the last that never came. */
    uint64_t missing = 0;
    uint64_t duplicates = 0;
  };
  Counts counts() const;

  /**
   * Appends for each packet how far it was from its place in the 20 ms grid that fits the stream best: the one whose
   * offset is the median of the packets' own.
   */
  void append_deviations(std::vector<float>& deviations_ms) const;

 private:
  struct Packet {
    uint16_t sequence_number;
    int64_t at_ns;
  };

  /** Positions in the sequence, the first packet's being 0. */
  std::vector<int64_t> positions() const;

  std::vector<Packet> packets_;
};

}  // namespace trunkline::bench
