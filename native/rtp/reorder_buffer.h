#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "payload_store.h"
#include "reorder_wait.h"
#include "rtp_packet.h"

namespace trunkline::rtp {

/** A packet in order. Its payload is valid during the call that hands it over. */
struct OrderedPacket {
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint8_t payload_type = 0;
  int64_t arrival_ns = 0;
  std::span<const uint8_t> bytes;

  std::span<const uint8_t> payload() const { return bytes; }
};

class OrderedPacketSink {
 public:
  virtual void on_ordered(const OrderedPacket& packet) = 0;
  /** `packets` in a row were given up, before the next `on_ordered`, which brings `next` where that is known already.
   */
  virtual void on_lost(int packets, const OrderedPacket* next, int64_t now_ns) = 0;

 protected:
  ~OrderedPacketSink() = default;
};

/**
 * Puts the packets of one SSRC in order for a listener that would rather miss one than wait: a packet ahead of its turn
 * is held for as long as the measured reordering makes worth it, 0 to 40 ms; then what is missing before it is given
 * up. A packet in its turn is passed on without a copy. Sans-IO; allocates only at construction (about 6 KB).
 *
 * A jump of 1,000 or more in either direction is a new beginning (RFC 3550 appendix A.1 asks for a second packet in
 * sequence; a lone stray costs one restart here instead of a lost packet at every true restart). So is the eighth packet
 * in a row from more than 64 numbers back.
 */
class ReorderBuffer {
 public:
  enum class Admission { taken, duplicate, late };

  ReorderBuffer() : store_(kPieces) {}

  /** The payload must not be longer than kLongestPayloadBytes. */
  Admission push(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink);
  /** Gives up what was waited for long enough. */
  void handle_timeout(int64_t now_ns, OrderedPacketSink& sink);
  /** True while a packet is held: `handle_timeout` must be called. */
  bool waiting() const { return held_count_ > 0; }
  /** The next packet begins a sequence. Held ones are dropped. */
  void restart();
  /** How long a packet ahead of its turn is held at present. */
  int64_t wait_ns(int64_t now_ns) const { return wait_.at(now_ns); }

 private:
  static constexpr int kSlots = 16;
  /** Two packets of 60 ms L16 at 16 kHz, seven of 20 ms, or any 16 of G.711. */
  static constexpr size_t kPieces = 32;

  struct Slot {
    bool held = false;
    uint8_t payload_type = 0;
    uint16_t sequence_number = 0;
    uint32_t timestamp = 0;
    int64_t arrival_ns = 0;
    PayloadStore::Handle payload;
  };
  /** When a packet that did not come was first seen to be missing. */
  struct Missed {
    uint16_t sequence_number = 0;
    int64_t since_ns = 0;
  };

  Slot& slot(uint16_t sequence_number) { return slots_[sequence_number % kSlots]; }
  void hold(const RtpPacket& packet, int64_t arrival_ns);
  Admission past(uint16_t sequence_number, int behind, int64_t arrival_ns);
  OrderedPacket read(const Slot& slot, std::span<uint8_t> room) const;
  void pass_on(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink);
  void release_next(OrderedPacketSink& sink);
  void release_in_order(OrderedPacketSink& sink);
  void skip_to_held(int64_t now_ns, OrderedPacketSink& sink);
  void skip_to(uint16_t sequence_number, const OrderedPacket* last, int64_t now_ns, OrderedPacketSink& sink);
  void report_lost(int packets, const OrderedPacket* last, int64_t now_ns, OrderedPacketSink& sink);
  /** When the oldest of those that are ahead of their turn came. */
  int64_t overtaken_since_ns(int64_t otherwise_ns) const;
  /** Moves on by one that was taken or lost. */
  void advance(bool lost);

  PayloadStore store_;
  std::array<Slot, kSlots> slots_;
  std::array<Missed, kSlots> missed_;
  ReorderWait wait_;
  int held_count_ = 0;
  /** Bit n: the packet n + 1 before the expected one was given up. */
  uint64_t lost_before_ = 0;
  /** Packets in a row from before what `lost_before_` remembers. */
  int far_behind_ = 0;
  std::optional<uint16_t> expected_;
};

}  // namespace trunkline::rtp
