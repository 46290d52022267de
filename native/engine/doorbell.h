#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace trunkline::engine {

/** Wakes one thread from any other without a lock. A ring that nobody waits for is kept for the next wait. */
class Doorbell {
 public:
  Doorbell() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Doorbell() {
    if (fd_ >= 0) ::close(fd_);
  }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  /** False: no descriptors were left. */
  bool works() const { return fd_ >= 0; }

  void ring() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(fd_, &one, sizeof one);
  }

  /** -1: for ever. */
  void wait(int timeout_ms) const {
    pollfd rung{fd_, POLLIN, 0};
    if (poll(&rung, 1, timeout_ms) <= 0) return;
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(fd_, &count, sizeof count);
  }

 private:
  int fd_;
};

}  // namespace trunkline::engine
