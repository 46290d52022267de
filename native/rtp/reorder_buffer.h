#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "rtp_packet.h"

namespace trunkline::rtp {

/** 60 ms of G.711, the longest packet taken. */
inline constexpr size_t kLongestPayloadBytes = 480;

/** A packet in order, with its own copy of the payload. */
struct OrderedPacket {
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint8_t payload_type = 0;
  int64_t arrival_ns = 0;
  uint16_t payload_bytes = 0;
  std::array<uint8_t, kLongestPayloadBytes> bytes;

  std::span<const uint8_t> payload() const { return {bytes.data(), payload_bytes}; }
};

class OrderedPacketSink {
 public:
  virtual void on_ordered(const OrderedPacket& packet) = 0;
  /** `packets` in a row were given up, before the next `on_ordered`. */
  virtual void on_lost(int packets, int64_t now_ns) = 0;

 protected:
  ~OrderedPacketSink() = default;
};

/**
 * Puts the packets of one SSRC in order for a listener that would rather miss one than wait: a packet ahead of its turn
 * is held for at most 20 ms, then what is missing before it is given up. Sans-IO; allocates nothing.
 *
 * A jump of 1,000 or more in either direction is a new beginning (RFC 3550 appendix A.1 asks for a second packet in
 * sequence; a lone stray costs one restart here instead of a lost packet at every true restart).
 */
class ReorderBuffer {
 public:
  enum class Admission { taken, duplicate, late };

  static constexpr int64_t kLongestWaitNs = 20'000'000;

  /** The payload must not be longer than kLongestPayloadBytes. */
  Admission push(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink);
  /** Gives up what was waited for long enough. */
  void handle_timeout(int64_t now_ns, OrderedPacketSink& sink);
  /** True while a packet is held: `handle_timeout` must be called. */
  bool waiting() const { return held_count_ > 0; }
  /** The next packet begins a sequence. Held ones are dropped. */
  void restart();

 private:
  static constexpr int kSlots = 16;

  struct Slot {
    bool held = false;
    OrderedPacket packet;
  };

  Slot& slot(uint16_t sequence_number) { return slots_[sequence_number % kSlots]; }
  void hold(const RtpPacket& packet, int64_t arrival_ns);
  Admission past(int behind);
  void release_next(OrderedPacketSink& sink);
  void release_in_order(OrderedPacketSink& sink);
  void skip_to_held(int64_t now_ns, OrderedPacketSink& sink);
  void skip_to(uint16_t sequence_number, int64_t now_ns, OrderedPacketSink& sink);
  int64_t oldest_arrival_ns() const;

  /** Moves on by one that was taken or lost. */
  void advance(bool lost);

  std::array<Slot, kSlots> slots_;
  int held_count_ = 0;
  /** Bit n: the packet n + 1 before the expected one was given up. */
  uint64_t lost_before_ = 0;
  std::optional<uint16_t> expected_;
};

}  // namespace trunkline::rtp
