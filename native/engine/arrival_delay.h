#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace trunkline::engine {

/**
 * How much later than the fastest of late the packets of a stream come, and how long it is worth waiting for them.
 *
 * The delay of each packet against the fastest of the last 4 to 8 s (so that the clocks may drift apart) goes into a
 * histogram that forgets within some 250 packets. The target is the delay at which waiting longer costs more than it
 * saves: one more percent of packets in time is worth 20 ms. With bounded jitter that is its bound; rare spikes are not
 * waited for. Sans-IO; allocates nothing.
 */
class ArrivalDelay {
 public:
  static constexpr int64_t kLeastTargetNs = 20'000'000;
  static constexpr int64_t kMostTargetNs = 200'000'000;

  ArrivalDelay() { restart(); }

  /** `position_ns` is the packet's place in the time of its sender. */
  void on_packet(int64_t position_ns, int64_t arrival_ns);
  /** Nothing until the first packet. When the fastest packet would bring what stands at 0. */
  std::optional<int64_t> base_ns() const { return base_ns_; }
  int64_t target_ns() const { return target_ns_; }
  /** The delays learned stay, the clock of the sender begins anew. */
  void rebase();
  void restart();

 private:
  static constexpr size_t kBins = 80;

  void follow_base(int64_t transit_ns, int64_t arrival_ns);
  void choose_target();

  std::array<float, kBins> shares_;
  std::optional<int64_t> base_ns_;
  /** Least transit of this window and of the one before. */
  int64_t least_ns_ = 0;
  int64_t least_before_ns_ = 0;
  int64_t window_began_ns_ = 0;
  int packets_ = 0;
  int64_t target_ns_ = 0;
};

}  // namespace trunkline::engine
