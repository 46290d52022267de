#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "impairment.h"
#include "load_socket.h"

namespace trunkline::bench {

struct LineOptions {
  ImpairmentOptions impairment;
  /** Of the caller's clock against ours: positive is fast. */
  double skew_ppm = 0;
};

/**
 * A caller behind a bad network, and somebody with a good one who listens to what the engine makes of the caller: the
 * caller's packets go through a relay that loses, delays and repeats them. Two sockets: the relay's towards the engine,
 * and the listener's. Time is an argument.
 */
class ImpairedLine {
 public:
  struct Counts {
    uint64_t sent = 0;
    /** Their places in the stream. */
    std::vector<uint64_t> lost;
    uint64_t duplicated = 0;
  };

  /** `speech` is µ-law, whole packets of 160, spoken once. */
  ImpairedLine(const LineOptions& options, std::span<const uint8_t> speech);

  bool open() { return relay_.open() && listener_.open(); }
  uint16_t relay_port() const { return relay_.port(); }
  uint16_t listener_port() const { return listener_.port(); }
  void set_engine_port(uint16_t port) { engine_port_ = port; }

  /** The caller's first packet leaves at `begin_ns`. */
  void start(int64_t begin_ns) { begin_ns_ = begin_ns; }
  /** Sends what is due and takes what has come. */
  void run(int64_t now_ns);
  int64_t begin_ns() const { return begin_ns_; }
  const Counts& counts() const { return counts_; }

  /**
   * What the listener got: for each packet arrival (ns, 8 bytes), RTP timestamp (4), sequence number (2), length (2),
   * payload; all little-endian. False when the file cannot be written.
   */
  bool save(const std::string& path) const;

 private:
  static constexpr size_t kPacketSamples = 160;

  /** A packet on its way through the relay. */
  struct InFlight {
    int64_t due_ns;
    uint64_t index;
    bool operator>(const InFlight& other) const { return due_ns > other.due_ns; }
  };
  struct Heard {
    int64_t arrival_ns;
    uint32_t timestamp;
    uint16_t sequence_number;
    std::vector<uint8_t> payload;
  };

  /** When the caller sends packet `index`, by our clock. */
  int64_t departure_ns(uint64_t index) const;
  void relay_packet(uint64_t index);
  void forward(uint64_t index);
  void listen();

  const LineOptions options_;
  std::span<const uint8_t> speech_;
  Impairment impairment_;
  LoadSocket relay_;
  LoadSocket listener_;
  uint16_t engine_port_ = 0;
  int64_t begin_ns_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, std::greater<>> in_flight_;
  Counts counts_;
  std::vector<Heard> heard_;
};

}  // namespace trunkline::bench
