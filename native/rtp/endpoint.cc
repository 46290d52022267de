#include "endpoint.h"

#include <arpa/inet.h>

#include <cstring>

#include "byte_order.h"

namespace trunkline::rtp {

std::optional<Endpoint> Endpoint::parse(const std::string& address, uint16_t port) {
  Endpoint parsed;
  if (inet_pton(AF_INET, address.c_str(), &parsed.address_.v4.sin_addr) == 1) {
    parsed.address_.any.sa_family = AF_INET;
  } else if (inet_pton(AF_INET6, address.c_str(), &parsed.address_.v6.sin6_addr) == 1) {
    parsed.address_.any.sa_family = AF_INET6;
  } else {
    return std::nullopt;
  }
  return parsed.with_port(port);
}

uint16_t Endpoint::port() const { return ntohs(family() == AF_INET6 ? address_.v6.sin6_port : address_.v4.sin_port); }

Endpoint Endpoint::with_port(uint16_t port) const {
  Endpoint moved = *this;
  if (family() == AF_INET6) {
    moved.address_.v6.sin6_port = htons(port);
  } else {
    moved.address_.v4.sin_port = htons(port);
  }
  return moved;
}

std::array<uint32_t, 4> Endpoint::words() const {
  if (family() != AF_INET6) return {ntohl(address_.v4.sin_addr.s_addr)};
  const uint8_t* bytes = address_.v6.sin6_addr.s6_addr;
  return {load_u32(bytes), load_u32(bytes + 4), load_u32(bytes + 8), load_u32(bytes + 12)};
}

bool Endpoint::same_address(const Endpoint& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET6)
    return std::memcmp(&address_.v6.sin6_addr, &other.address_.v6.sin6_addr, sizeof(in6_addr)) == 0;
  return address_.v4.sin_addr.s_addr == other.address_.v4.sin_addr.s_addr;
}

socklen_t Endpoint::size() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

}  // namespace trunkline::rtp
