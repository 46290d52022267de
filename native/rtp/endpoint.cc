#include "endpoint.h"

#include <arpa/inet.h>

#include <cstring>

#include "byte_order.h"

namespace trunkline::rtp {

std::optional<Endpoint> Endpoint::parse(const std::string& address, uint16_t port) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  } else {
    return std::nullopt;
  }
  return Endpoint(storage).with_port(port);
}

uint16_t Endpoint::port() const { return ntohs(family() == AF_INET6 ? v6().sin6_port : v4().sin_port); }

Endpoint Endpoint::with_port(uint16_t port) const {
  Endpoint moved = *this;
  if (family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(moved.address_).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(moved.address_).sin_port = htons(port);
  }
  return moved;
}

std::array<uint32_t, 4> Endpoint::words() const {
  if (family() != AF_INET6) return {ntohl(v4().sin_addr.s_addr)};
  const uint8_t* bytes = v6().sin6_addr.s6_addr;
  return {load_u32(bytes), load_u32(bytes + 4), load_u32(bytes + 8), load_u32(bytes + 12)};
}

bool Endpoint::same_address(const Endpoint& other) const {
  if (family() != other.family()) return false;
  if (family() == AF_INET6) return std::memcmp(&v6().sin6_addr, &other.v6().sin6_addr, sizeof(in6_addr)) == 0;
  return v4().sin_addr.s_addr == other.v4().sin_addr.s_addr;
}

socklen_t Endpoint::size() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

}  // namespace trunkline::rtp
