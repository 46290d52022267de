#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <span>

namespace trunkline::bench {

/** One UDP socket on 127.0.0.1 for all callers, many datagrams to a system call. */
class LoadSocket {
 public:
  static constexpr size_t kMost = 64;

  /** A header and a payload that lies elsewhere. */
  struct Outgoing {
    std::array<uint8_t, 12> header;
    const uint8_t* payload;
    size_t payload_bytes;
    uint16_t port;
  };
  struct Incoming {
    std::span<const uint8_t> bytes;
    uint16_t port;
    /** CLOCK_MONOTONIC, from the kernel's stamp. */
    int64_t arrival_ns;
  };

  LoadSocket();
  ~LoadSocket();
  LoadSocket(const LoadSocket&) = delete;
  LoadSocket& operator=(const LoadSocket&) = delete;

  bool open();
  uint16_t port() const;
  /** Returns how many the kernel took; the rest are lost. */
  size_t send(std::span<Outgoing> datagrams);
  /** Everything that is there. */
  void receive(const std::function<void(const Incoming&)>& sink);

 private:
  static constexpr size_t kLongestDatagramBytes = 2048;
  static constexpr size_t kControlBytes = 64;

  int fd_ = -1;
  std::array<mmsghdr, kMost> headers_;
  std::array<std::array<iovec, 2>, kMost> vectors_;
  std::array<sockaddr_in, kMost> addresses_;
  std::array<std::array<uint8_t, kLongestDatagramBytes>, kMost> buffers_;
  alignas(8) std::array<std::array<char, kControlBytes>, kMost> controls_;
};

}  // namespace trunkline::bench
