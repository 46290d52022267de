#include "port_pool.h"

#include <utility>

namespace trunkline::engine {

PortPool::PortPool(const rtp::Endpoint& host, uint16_t first, uint16_t last) : host_(host) {
  for (uint32_t port = first + (first & 1u); port + 1 <= last; port += 2) free_.push_back(static_cast<uint16_t>(port));
}

std::optional<PortPair> PortPool::open() {
  for (size_t tries = free_.size(); tries > 0; --tries) {
    const uint16_t port = free_.front();
    free_.pop_front();
    if (auto pair = bind(port)) return pair;
    free_.push_back(port);
  }
  return std::nullopt;
}

std::optional<PortPair> PortPool::bind(uint16_t rtp_port) const {
  auto rtp = UdpSocket::bind(host_.with_port(rtp_port));
  if (!rtp) return std::nullopt;
  auto rtcp = UdpSocket::bind(host_.with_port(static_cast<uint16_t>(rtp_port + 1)));
  if (!rtcp) return std::nullopt;
  return PortPair{rtp_port, std::move(*rtp), std::move(*rtcp)};
}

}  // namespace trunkline::engine
