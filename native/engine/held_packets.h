#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../rtp/payload_store.h"

namespace trunkline::engine {

/** The encoded packets that wait for their playout, by their number in the stream. Allocates only at construction. */
class HeldPackets {
 public:
  enum class Kind : uint8_t { audio, comfort_noise, event };
  enum class Admission { taken, duplicate, full };

  struct Packet {
    /** Extended by the count of wraps. */
    int64_t number = -1;
    /** First sample in the time of the sender. */
    int64_t position = 0;
    Kind kind = Kind::audio;
    rtp::PayloadStore::Handle payload;
    bool held = false;
  };

  static constexpr size_t kMostPackets = 100;

  explicit HeldPackets(size_t payload_pieces) : store_(payload_pieces) {}

  /** What is 128 or more numbers before the newest is dropped, or not taken. */
  Admission insert(const Packet& packet, std::span<const uint8_t> payload);
  /** Whether this number was here, held or not. */
  bool seen(int64_t number) const { return place(number).number == number; }
  /** The first held one from `number` on; null when there is none. */
  const Packet* first_from(int64_t number) const;
  std::span<const uint8_t> read(const Packet& packet, std::span<uint8_t> room) const {
    return store_.copy(packet.payload, room);
  }
  void drop(int64_t number);
  void drop_before(int64_t number);
  /** Forgets every number, too. */
  void clear();
  size_t count() const { return count_; }
  /** Of those that were ever inserted. */
  int64_t newest() const { return newest_; }

 private:
  static constexpr size_t kPlaces = 128;

  const Packet& place(int64_t number) const { return places_[static_cast<size_t>(number) % kPlaces]; }
  Packet& place(int64_t number) { return places_[static_cast<size_t>(number) % kPlaces]; }

  rtp::PayloadStore store_;
  std::array<Packet, kPlaces> places_{};
  size_t count_ = 0;
  int64_t newest_ = -1;
};

}  // namespace trunkline::engine
