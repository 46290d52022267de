#include "held_packets.h"

#include <algorithm>

namespace trunkline::engine {

HeldPackets::Admission HeldPackets::insert(const Packet& packet, std::span<const uint8_t> payload) {
  if (seen(packet.number)) return Admission::duplicate;
  if (packet.number <= newest_ - static_cast<int64_t>(kPlaces)) return Admission::duplicate;
  // After a jump the old ones would never be found again.
  const int64_t keep = packet.number - static_cast<int64_t>(kPlaces) + 1;
  if (keep > newest_ - static_cast<int64_t>(kPlaces) + 1) drop_before(keep);
  if (count_ >= kMostPackets || !store_.has_room(payload.size())) return Admission::full;
  Packet& room = place(packet.number);
  room = packet;
  room.payload = store_.put(payload);
  room.held = true;
  ++count_;
  newest_ = std::max(newest_, packet.number);
  return Admission::taken;
}

const HeldPackets::Packet* HeldPackets::first_from(int64_t number) const {
  if (count_ == 0) return nullptr;
  for (number = std::max(number, newest_ - static_cast<int64_t>(kPlaces) + 1); number <= newest_; ++number) {
    const Packet& packet = place(number);
    if (packet.held && packet.number == number) return &packet;
  }
  return nullptr;
}

void HeldPackets::drop(int64_t number) {
  Packet& packet = place(number);
  if (!packet.held || packet.number != number) return;
  store_.free(packet.payload);
  packet.held = false;
  --count_;
}

void HeldPackets::drop_before(int64_t number) {
  if (count_ == 0) return;
  for (const Packet& packet : places_) {
    if (packet.held && packet.number < number) drop(packet.number);
  }
}

void HeldPackets::clear() {
  for (Packet& packet : places_) {
    if (packet.held) store_.free(packet.payload);
    packet = {};
  }
  count_ = 0;
  newest_ = -1;
}

}  // namespace trunkline::engine
