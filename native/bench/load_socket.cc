#include "load_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "../engine/clock.h"

namespace trunkline::bench {
namespace {

/** Room for a fifth of a second of a thousand calls, so that a late look loses nothing. */
constexpr int kReceiveBufferBytes = 16 << 20;

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int64_t stamp_ns(const msghdr& header, int64_t otherwise_ns) {
  const cmsghdr* control = CMSG_FIRSTHDR(&header);
  if (control == nullptr || control->cmsg_type != SO_TIMESTAMPNS) return otherwise_ns;
  timespec stamp;
  std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
  return static_cast<int64_t>(stamp.tv_sec) * 1'000'000'000 + stamp.tv_nsec;
}

}  // namespace

LoadSocket::LoadSocket() = default;

LoadSocket::~LoadSocket() {
  if (fd_ >= 0) close(fd_);
}

bool LoadSocket::open() {
  fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  const sockaddr_in local = loopback(0);
  if (fd_ < 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) return false;
  const int on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  return true;
}

uint16_t LoadSocket::port() const {
  sockaddr_in local{};
  socklen_t length = sizeof local;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&local), &length);
  return ntohs(local.sin_port);
}

size_t LoadSocket::send(std::span<Outgoing> datagrams) {
  size_t taken = 0;
  while (!datagrams.empty()) {
    const size_t count = std::min(datagrams.size(), kMost);
    for (size_t i = 0; i < count; ++i) {
      Outgoing& datagram = datagrams[i];
      addresses_[i] = loopback(datagram.port);
      vectors_[i][0] = {datagram.header.data(), datagram.header.size()};
      vectors_[i][1] = {const_cast<uint8_t*>(datagram.payload), datagram.payload_bytes};
      headers_[i] = {};
      headers_[i].msg_hdr.msg_name = &addresses_[i];
      headers_[i].msg_hdr.msg_namelen = sizeof addresses_[i];
      headers_[i].msg_hdr.msg_iov = vectors_[i].data();
      headers_[i].msg_hdr.msg_iovlen = 2;
    }
    const int sent = sendmmsg(fd_, headers_.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
    // The first one was refused: it is lost, the others are tried again.
    taken += sent > 0 ? static_cast<size_t>(sent) : 0;
    datagrams = datagrams.subspan(sent > 0 ? static_cast<size_t>(sent) : 1);
  }
  return taken;
}

void LoadSocket::receive(const std::function<void(const Incoming&)>& sink) {
  for (;;) {
    for (size_t i = 0; i < kMost; ++i) {
      vectors_[i][0] = {buffers_[i].data(), kLongestDatagramBytes};
      headers_[i] = {};
      headers_[i].msg_hdr.msg_name = &addresses_[i];
      headers_[i].msg_hdr.msg_namelen = sizeof addresses_[i];
      headers_[i].msg_hdr.msg_iov = vectors_[i].data();
      headers_[i].msg_hdr.msg_iovlen = 1;
      headers_[i].msg_hdr.msg_control = controls_[i].data();
      headers_[i].msg_hdr.msg_controllen = kControlBytes;
    }
    const int count = recvmmsg(fd_, headers_.data(), kMost, MSG_DONTWAIT, nullptr);
    if (count <= 0) return;
    const int64_t real_ns = engine::realtime_ns();
    const int64_t offset_ns = engine::monotonic_ns() - real_ns;
    for (int i = 0; i < count; ++i) {
      sink({.bytes = std::span(buffers_[i]).first(headers_[i].msg_len),
            .port = ntohs(addresses_[i].sin_port),
            .arrival_ns = stamp_ns(headers_[i].msg_hdr, real_ns) + offset_ns});
    }
    if (count < static_cast<int>(kMost)) return;
  }
}

}  // namespace trunkline::bench
