#include "udp_socket.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "clock.h"

namespace trunkline::engine {

UdpSocket::UdpSocket(UdpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

std::optional<UdpSocket> UdpSocket::bind(const rtp::Endpoint& local) {
  UdpSocket socket(::socket(local.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
  if (socket.fd_ < 0 || ::bind(socket.fd_, local.data(), local.size()) != 0) return std::nullopt;
  const int on = 1;
  setsockopt(socket.fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  socket.mark_as_voice(local.family());
  return socket;
}

/** Expedited forwarding, RFC 4594 section 4.1. Networks that do not know it ignore it. */
void UdpSocket::mark_as_voice(int family) const {
  const int traffic_class = 46 << 2;
  if (family == AF_INET6) {
    setsockopt(fd_, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
  } else {
    setsockopt(fd_, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
  }
}

bool UdpSocket::send(std::span<const uint8_t> datagram, const rtp::Endpoint& to) const {
  const ssize_t sent = sendto(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL, to.data(), to.size());
  return sent == static_cast<ssize_t>(datagram.size());
}

void UdpSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

ReceiveBatch::ReceiveBatch() {
  for (size_t i = 0; i < kMost; ++i) vectors_[i] = {buffers_[i].data(), kLongestDatagramBytes};
}

std::span<const Datagram> ReceiveBatch::receive(const UdpSocket& socket, size_t most) {
  for (size_t i = 0; i < most; ++i) {
    headers_[i] = {};
    headers_[i].msg_hdr.msg_name = &sources_[i];
    headers_[i].msg_hdr.msg_namelen = sizeof sources_[i];
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = controls_[i].data();
    headers_[i].msg_hdr.msg_controllen = kControlBytes;
  }
  const int count = recvmmsg(socket.fd(), headers_.data(), static_cast<unsigned>(most), MSG_DONTWAIT, nullptr);
  if (count <= 0) return {};
  const int64_t now_ns = monotonic_ns();
  const int64_t clock_offset_ns = now_ns - realtime_ns();
  for (int i = 0; i < count; ++i) {
    const bool whole = (headers_[i].msg_hdr.msg_flags & MSG_TRUNC) == 0;
    datagrams_[i].bytes = std::span(buffers_[i]).first(whole ? headers_[i].msg_len : 0);
    datagrams_[i].oversized = !whole;
    datagrams_[i].source = rtp::Endpoint(sources_[i]);
    datagrams_[i].arrival_ns = arrival_ns(headers_[i].msg_hdr, clock_offset_ns, now_ns);
  }
  return std::span(datagrams_).first(static_cast<size_t>(count));
}

/** The kernel stamps in CLOCK_REALTIME; a step of that clock must not carry a packet out of the last second. */
int64_t ReceiveBatch::arrival_ns(const msghdr& header, int64_t clock_offset_ns, int64_t now_ns) const {
  for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(control))) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec stamp;
    std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
    const int64_t stamp_ns = static_cast<int64_t>(stamp.tv_sec) * 1'000'000'000 + stamp.tv_nsec + clock_offset_ns;
    return std::clamp(stamp_ns, now_ns - 1'000'000'000, now_ns);
  }
  return now_ns;
}

}  // namespace trunkline::engine
