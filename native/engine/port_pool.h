#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "udp_socket.h"

namespace trunkline::engine {

/** What the last call on a pair of ports heard, and how long it may go on sending to them. */
struct FormerPeer {
  rtp::Endpoint source;
  int64_t until_ns = 0;
};

/** An even port for RTP and the odd one above it for RTCP (RFC 3550 section 11), bound. */
struct PortPair {
  uint16_t rtp_port = 0;
  UdpSocket rtp;
  UdpSocket rtcp;
  /** Only when the pool was too small to wait for the ports to drain. */
  std::optional<FormerPeer> former;
};

/**
 * The pairs of a port range. A pair that was given back rests until its peer will have stopped sending: what is still
 * on its way finds no socket. When all others are taken the one that has rested longest is used earlier. Control
 * thread only. Time is an argument.
 */
class PortPool {
 public:
  static constexpr int64_t kDrainNs = 5'000'000'000;

  /** Both bounds included; an odd first and an even last port are left out. */
  PortPool(const rtp::Endpoint& host, uint16_t first, uint16_t last, int64_t drain_ns = kDrainNs);

  /** Passes over pairs that somebody else has bound. Nothing when no pair can be had. */
  std::optional<PortPair> open(int64_t now_ns);
  /** `heard` is where the call's audio came from. */
  void give_back(uint16_t rtp_port, const std::optional<rtp::Endpoint>& heard, int64_t now_ns);
  /** Those that rest included: they can be had if need be. */
  size_t free_count() const { return ready_.size() + draining_.size(); }
  size_t draining_count(int64_t now_ns);

 private:
  struct Draining {
    uint16_t rtp_port;
    int64_t until_ns;
    std::optional<rtp::Endpoint> heard;
  };

  void settle(int64_t now_ns);
  std::optional<PortPair> bind(uint16_t rtp_port) const;

  rtp::Endpoint host_;
  int64_t drain_ns_;
  std::deque<uint16_t> ready_;
  /** Longest rested first. */
  std::deque<Draining> draining_;
};

}  // namespace trunkline::engine
