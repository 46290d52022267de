#pragma once

#include <cstdint>
#include <cstdlib>

#include "slot.h"

namespace trunkline::engine {

/** The time of slots that are asked for every 20 ms, but now and then a little late or two at once: even. */
class SlotClock {
 public:
  void advance(int64_t now_ns) {
    now_ns_ += kSlotMs * INT64_C(1'000'000);
    const int64_t error_ns = now_ns - now_ns_;
    now_ns_ += std::abs(error_ns) > kMostErrorNs ? error_ns : error_ns / 32;
  }
  int64_t now_ns() const { return now_ns_; }

 private:
  /** Further off, and slots were left out. */
  static constexpr int64_t kMostErrorNs = 100'000'000;

  int64_t now_ns_ = 0;
};

}  // namespace trunkline::engine
