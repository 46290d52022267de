#pragma once

#include <cstdint>

namespace trunkline::rtp {

/** Which of the last 128 packet indices have come (RFC 3711 section 3.3.2). Told only of packets that were genuine. */
class ReplayWindow {
 public:
  static constexpr uint64_t kPackets = 128;

  enum class Place { fresh, seen, too_old };

  uint64_t highest() const { return highest_; }

  Place place(uint64_t index) const {
    if (seen_ == 0 || index > highest_) return Place::fresh;
    const uint64_t behind = highest_ - index;
    if (behind >= kPackets) return Place::too_old;
    return (seen_ >> behind & 1) != 0 ? Place::seen : Place::fresh;
  }

  void add(uint64_t index) {
    if (seen_ == 0) {
      highest_ = index;
      seen_ = 1;
    } else if (index > highest_) {
      const uint64_t ahead = index - highest_;
      seen_ = ahead < kPackets ? (seen_ << ahead) | 1 : 1;
      highest_ = index;
    } else if (highest_ - index < kPackets) {
      seen_ |= Bits{1} << (highest_ - index);
    }
  }

 private:
  __extension__ typedef unsigned __int128 Bits;

  uint64_t highest_ = 0;
  /** The lowest bit is the highest index; no bit before the first packet. */
  Bits seen_ = 0;
};

}  // namespace trunkline::rtp
