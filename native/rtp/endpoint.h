#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace trunkline::rtp {

/** An IPv4 or IPv6 address and a UDP port. */
class Endpoint {
 public:
  Endpoint() = default;
  explicit Endpoint(const sockaddr_storage& address) : address_{.storage = address} {}

  /** `address` is a literal; nothing for a host name. */
  static std::optional<Endpoint> parse(const std::string& address, uint16_t port);

  uint16_t port() const;
  Endpoint with_port(uint16_t port) const;
  /** The address in host order: one word, or four of IPv6. */
  std::array<uint32_t, 4> words() const;
  bool same_address(const Endpoint& other) const;
  bool operator==(const Endpoint& other) const { return same_address(other) && port() == other.port(); }

  const sockaddr* data() const { return &address_.any; }
  socklen_t size() const;
  int family() const { return address_.any.sa_family; }

 private:
  union Address {
    sockaddr_storage storage;
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };

  Address address_{.storage = {}};
};

}  // namespace trunkline::rtp
