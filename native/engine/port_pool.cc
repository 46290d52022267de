#include "port_pool.h"

#include <utility>

namespace trunkline::engine {

PortPool::PortPool(const rtp::Endpoint& host, uint16_t first, uint16_t last, int64_t drain_ns)
    : host_(host), drain_ns_(drain_ns) {
  for (uint32_t port = first + (first & 1u); port + 1 <= last; port += 2) ready_.push_back(static_cast<uint16_t>(port));
}

std::optional<PortPair> PortPool::open(int64_t now_ns) {
  settle(now_ns);
  for (size_t tries = ready_.size(); tries > 0; --tries) {
    const uint16_t port = ready_.front();
    ready_.pop_front();
    if (auto pair = bind(port)) return pair;
    ready_.push_back(port);
  }
  for (auto each = draining_.begin(); each != draining_.end(); ++each) {
    auto pair = bind(each->rtp_port);
    if (!pair) continue;
    if (each->heard) pair->former = FormerPeer{*each->heard, each->until_ns};
    draining_.erase(each);
    return pair;
  }
  return std::nullopt;
}

void PortPool::give_back(uint16_t rtp_port, const std::optional<rtp::Endpoint>& heard, int64_t now_ns) {
  draining_.push_back({rtp_port, now_ns + drain_ns_, heard});
}

size_t PortPool::draining_count(int64_t now_ns) {
  settle(now_ns);
  return draining_.size();
}

void PortPool::settle(int64_t now_ns) {
  while (!draining_.empty() && draining_.front().until_ns <= now_ns) {
    ready_.push_back(draining_.front().rtp_port);
    draining_.pop_front();
  }
}

std::optional<PortPair> PortPool::bind(uint16_t rtp_port) const {
  auto rtp = UdpSocket::bind(host_.with_port(rtp_port));
  if (!rtp) return std::nullopt;
  auto rtcp = UdpSocket::bind(host_.with_port(static_cast<uint16_t>(rtp_port + 1)));
  if (!rtcp) return std::nullopt;
  return PortPair{rtp_port, std::move(*rtp), std::move(*rtcp), {}};
}

}  // namespace trunkline::engine
