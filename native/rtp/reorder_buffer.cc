#include "reorder_buffer.h"

#include <algorithm>

namespace trunkline::rtp {
namespace {

constexpr int kJumpIsRestart = 1000;
/** So far back it is remembered what came and what was lost. */
constexpr int kRemembered = 64;
/** In a row from further back: nobody is so late, the sender counts anew. */
constexpr int kFarBehindIsRestart = 8;

}  // namespace

ReorderBuffer::Admission ReorderBuffer::push(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink) {
  const uint16_t number = packet.sequence_number;
  if (!expected_) expected_ = number;
  int ahead = static_cast<int16_t>(number - *expected_);
  far_behind_ = ahead < -kRemembered ? far_behind_ + 1 : 0;
  if (ahead >= kJumpIsRestart || ahead <= -kJumpIsRestart || far_behind_ >= kFarBehindIsRestart) {
    restart();
    expected_ = number;
    ahead = 0;
  }
  if (ahead < 0) return past(number, -ahead, arrival_ns);
  if (ahead < kSlots && slot(number).held) return Admission::duplicate;
  if (held_count_ == 0 && (ahead == 0 || wait_.at(arrival_ns) == 0)) {
    const OrderedPacket next{number, packet.timestamp, packet.payload_type, arrival_ns, packet.payload};
    skip_to(number, &next, arrival_ns, sink);
    pass_on(packet, arrival_ns, sink);
    return Admission::taken;
  }
  if (ahead >= kSlots) skip_to(static_cast<uint16_t>(number - kSlots + 1), nullptr, arrival_ns, sink);
  while (number != *expected_ && held_count_ > 0 && !store_.has_room(packet.payload.size())) {
    skip_to_held(arrival_ns, sink);
    release_in_order(sink);
  }
  ahead = static_cast<int16_t>(number - *expected_);
  if (ahead < 0) return past(number, -ahead, arrival_ns);
  if (ahead == 0) {
    if (held_count_ > 0) wait_.on_overtaken(arrival_ns - overtaken_since_ns(arrival_ns), arrival_ns);
    pass_on(packet, arrival_ns, sink);
  } else {
    hold(packet, arrival_ns);
  }
  release_in_order(sink);
  return Admission::taken;
}

void ReorderBuffer::handle_timeout(int64_t now_ns, OrderedPacketSink& sink) {
  while (waiting() && now_ns - overtaken_since_ns(now_ns) >= wait_.at(now_ns)) {
    skip_to_held(now_ns, sink);
    release_in_order(sink);
  }
}

void ReorderBuffer::restart() {
  for (Slot& each : slots_) {
    if (each.held) store_.free(each.payload);
    each.held = false;
  }
  held_count_ = 0;
  lost_before_ = 0;
  far_behind_ = 0;
  expected_.reset();
}

/** Of a packet before the expected one: it comes again, or after it was given up. */
ReorderBuffer::Admission ReorderBuffer::past(uint16_t sequence_number, int behind, int64_t arrival_ns) {
  if (behind > kRemembered) return Admission::late;
  const uint64_t bit = uint64_t{1} << (behind - 1);
  if ((lost_before_ & bit) == 0) return Admission::duplicate;
  lost_before_ &= ~bit;
  const Missed& missed = missed_[sequence_number % kSlots];
  if (missed.sequence_number == sequence_number) wait_.on_overtaken(arrival_ns - missed.since_ns, arrival_ns);
  return Admission::late;
}

void ReorderBuffer::advance(bool lost) {
  ++*expected_;
  lost_before_ = lost_before_ << 1 | (lost ? 1 : 0);
}

void ReorderBuffer::hold(const RtpPacket& packet, int64_t arrival_ns) {
  slot(packet.sequence_number) = {.held = true,
                                  .payload_type = packet.payload_type,
                                  .sequence_number = packet.sequence_number,
                                  .timestamp = packet.timestamp,
                                  .arrival_ns = arrival_ns,
                                  .payload = store_.put(packet.payload)};
  ++held_count_;
}

OrderedPacket ReorderBuffer::read(const Slot& slot, std::span<uint8_t> room) const {
  return {slot.sequence_number, slot.timestamp, slot.payload_type, slot.arrival_ns, store_.copy(slot.payload, room)};
}

void ReorderBuffer::pass_on(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink) {
  advance(false);
  sink.on_ordered({packet.sequence_number, packet.timestamp, packet.payload_type, arrival_ns, packet.payload});
}

void ReorderBuffer::release_next(OrderedPacketSink& sink) {
  Slot& place = slot(*expected_);
  std::array<uint8_t, kLongestPayloadBytes> room;
  const OrderedPacket packet = read(place, room);
  store_.free(place.payload);
  place.held = false;
  --held_count_;
  advance(false);
  sink.on_ordered(packet);
}

void ReorderBuffer::release_in_order(OrderedPacketSink& sink) {
  while (held_count_ > 0 && slot(*expected_).held) release_next(sink);
}

/** Gives up everything before the first held packet. */
void ReorderBuffer::skip_to_held(int64_t now_ns, OrderedPacketSink& sink) {
  uint16_t first = *expected_;
  while (!slot(first).held) ++first;
  skip_to(first, nullptr, now_ns, sink);
}

/** Moves on to `sequence_number`; what is held before it comes out, what is not is lost. */
void ReorderBuffer::skip_to(uint16_t sequence_number, const OrderedPacket* last, int64_t now_ns,
                            OrderedPacketSink& sink) {
  const int64_t since_ns = overtaken_since_ns(now_ns);
  int lost = 0;
  while (*expected_ != sequence_number) {
    if (held_count_ > 0 && slot(*expected_).held) {
      report_lost(lost, nullptr, now_ns, sink);
      lost = 0;
      release_next(sink);
    } else {
      missed_[*expected_ % kSlots] = {*expected_, since_ns};
      ++lost;
      advance(true);
    }
  }
  report_lost(lost, last, now_ns, sink);
}

/** The packet behind the gap is held, or it is `last`, which has just come, or it is not known. */
void ReorderBuffer::report_lost(int packets, const OrderedPacket* last, int64_t now_ns, OrderedPacketSink& sink) {
  if (packets == 0) return;
  std::array<uint8_t, kLongestPayloadBytes> room;
  if (held_count_ > 0 && slot(*expected_).held) {
    const OrderedPacket next = read(slot(*expected_), room);
    sink.on_lost(packets, &next, now_ns);
  } else {
    sink.on_lost(packets, last, now_ns);
  }
}

int64_t ReorderBuffer::overtaken_since_ns(int64_t otherwise_ns) const {
  int64_t oldest_ns = otherwise_ns;
  for (const Slot& each : slots_) {
    if (each.held) oldest_ns = std::min(oldest_ns, each.arrival_ns);
  }
  return oldest_ns;
}

}  // namespace trunkline::rtp
