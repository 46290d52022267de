#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "departures.h"
#include "load_socket.h"

namespace trunkline::bench {

/** What the far ends have seen since `measure`. */
struct Report {
  size_t calls = 0;
  double seconds = 0;
  uint64_t received = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
  Percentiles pacing_ms;
};

/**
 * Telephones that all talk from one socket, each a stream of its own: µ-law speech from another place of the same
 * recording, a packet every 20 ms on an absolute clock. They are spread over twenty slots of a millisecond.
 */
class Callers {
 public:
  /** `speech` is µ-law, whole packets of 160, and outlives it. */
  Callers(LoadSocket& socket, std::span<const uint8_t> speech, uint32_t seed);

  /** Another call, with the engine's port. */
  void add(uint16_t port);
  /** Nobody sends any more. What comes is still counted. */
  void hang_up();
  /** The slot after the last one. */
  void send_next_slot();
  void receive(int64_t now_ns);

  /** Counts from here on; `seconds` is how long that will be, for the memory it takes. */
  void measure(double seconds, int64_t now_ns);
  Report report(int64_t now_ns) const;
  /** Packets since the start, in which the kernel's refusals are not counted. */
  uint64_t sent() const { return sent_; }

 private:
  static constexpr size_t kSlots = 20;
  static constexpr size_t kPacketSamples = 160;

  struct Caller {
    uint16_t port;
    uint16_t sequence_number;
    uint32_t timestamp;
    uint32_t ssrc;
    size_t position;
    Departures departures;
  };

  uint32_t random();

  LoadSocket& socket_;
  std::span<const uint8_t> speech_;
  uint32_t random_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::array<std::vector<Caller*>, kSlots> slots_;
  std::vector<Caller*> by_port_ = std::vector<Caller*>(65536);
  std::vector<LoadSocket::Outgoing> outgoing_;
  size_t next_slot_ = 0;
  uint64_t sent_ = 0;
  bool measuring_ = false;
  int64_t since_ns_ = 0;
};

}  // namespace trunkline::bench
