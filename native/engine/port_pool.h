#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "udp_socket.h"

namespace trunkline::engine {

/** An even port for RTP and the odd one above it for RTCP (RFC 3550 section 11), bound. */
struct PortPair {
  uint16_t rtp_port = 0;
  UdpSocket rtp;
  UdpSocket rtcp;
};

/**
 * The pairs of a port range. The one that was freed longest ago is taken first, so that what the last call's peer still
 * sends seldom meets the next call. Control thread only.
 */
class PortPool {
 public:
  /** Both bounds included; an odd first and an even last port are left out. */
  PortPool(const rtp::Endpoint& host, uint16_t first, uint16_t last);

  /** Passes over pairs that somebody else has bound. Nothing when no pair can be had. */
  std::optional<PortPair> open();
  void give_back(uint16_t rtp_port) { free_.push_back(rtp_port); }
  size_t free_count() const { return free_.size(); }

 private:
  std::optional<PortPair> bind(uint16_t rtp_port) const;

  rtp::Endpoint host_;
  std::deque<uint16_t> free_;
};

}  // namespace trunkline::engine
