#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "../rtp/endpoint.h"

namespace trunkline::engine {

/** A non-blocking UDP socket whose datagrams carry the kernel's time of arrival. Closed with its owner. */
class UdpSocket {
 public:
  UdpSocket() = default;
  ~UdpSocket() { close(); }
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;

  /** Nothing when the address cannot be bound; the reason is in errno. */
  static std::optional<UdpSocket> bind(const rtp::Endpoint& local);

  int fd() const { return fd_; }
  /** False when the kernel did not take it. */
  bool send(std::span<const uint8_t> datagram, const rtp::Endpoint& to) const;
  void close();

 private:
  explicit UdpSocket(int fd) : fd_(fd) {}
  void mark_as_voice(int family) const;

  int fd_ = -1;
};

struct Datagram {
  /** The receiver's to change. */
  std::span<uint8_t> bytes;
  /** It was longer than any of ours; `bytes` is empty. */
  bool oversized = false;
  rtp::Endpoint source;
  /** CLOCK_MONOTONIC. */
  int64_t arrival_ns = 0;
};

/** Room for one system call's worth of datagrams, used again for each; about 40 KB. */
class ReceiveBatch {
 public:
  static constexpr size_t kMost = 16;

  ReceiveBatch();

  /** At most `most`, no more than kMost. Longer datagrams than any RTP of ours come out empty: they are garbage. Valid
   * until the next call. */
  std::span<const Datagram> receive(const UdpSocket& socket, size_t most = kMost);

 private:
  static constexpr size_t kLongestDatagramBytes = 2048;
  static constexpr size_t kControlBytes = 64;

  int64_t arrival_ns(const msghdr& header, int64_t clock_offset_ns, int64_t now_ns) const;

  std::array<std::array<uint8_t, kLongestDatagramBytes>, kMost> buffers_;
  alignas(8) std::array<std::array<char, kControlBytes>, kMost> controls_;
  std::array<sockaddr_storage, kMost> sources_;
  std::array<iovec, kMost> vectors_;
  std::array<mmsghdr, kMost> headers_;
  std::array<Datagram, kMost> datagrams_;
};

}  // namespace trunkline::engine
