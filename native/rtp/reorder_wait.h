#pragma once

#include <cstdint>

namespace trunkline::rtp {

/**
 * How long it is worth waiting for a packet that others have overtaken: a quarter more than the latest one of late, 0
 * to 40 ms. It grows at once and shrinks by 2 ms a second; where nothing is ever reordered it is 0, and a lost packet
 * costs no time. What came more than 40 ms behind would not have been waited for and teaches nothing.
 */
class ReorderWait {
 public:
  static constexpr int64_t kLongestNs = 40'000'000;

  int64_t at(int64_t now_ns) const;
  /** A packet came `behind_ns` after the first that overtook it, whether it was still waited for or not. */
  void on_overtaken(int64_t behind_ns, int64_t now_ns);

 private:
  int64_t peak_ns_ = 0;
  int64_t peak_at_ns_ = 0;
};

}  // namespace trunkline::rtp
