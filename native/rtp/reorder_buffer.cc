#include "reorder_buffer.h"

#include <algorithm>
#include <limits>

namespace trunkline::rtp {
namespace {

constexpr int kJumpIsRestart = 1000;

}  // namespace

ReorderBuffer::Admission ReorderBuffer::push(const RtpPacket& packet, int64_t arrival_ns, OrderedPacketSink& sink) {
  if (!expected_) expected_ = packet.sequence_number;
  int ahead = static_cast<int16_t>(packet.sequence_number - *expected_);
  if (ahead >= kJumpIsRestart || ahead <= -kJumpIsRestart) {
    restart();
    expected_ = packet.sequence_number;
    ahead = 0;
  }
  if (ahead < 0) return past(-ahead);
  if (ahead >= kSlots) skip_to(static_cast<uint16_t>(packet.sequence_number - kSlots + 1), arrival_ns, sink);
  if (slot(packet.sequence_number).held) return Admission::duplicate;
  hold(packet, arrival_ns);
  release_in_order(sink);
  return Admission::taken;
}

void ReorderBuffer::handle_timeout(int64_t now_ns, OrderedPacketSink& sink) {
  while (waiting() && now_ns - oldest_arrival_ns() >= kLongestWaitNs) {
    skip_to_held(now_ns, sink);
    release_in_order(sink);
  }
}

void ReorderBuffer::restart() {
  for (Slot& each : slots_) each.held = false;
  held_count_ = 0;
  lost_before_ = 0;
  expected_.reset();
}

/** Of a packet before the expected one: it comes again, or after it was given up. */
ReorderBuffer::Admission ReorderBuffer::past(int behind) {
  if (behind > 64) return Admission::late;
  const uint64_t bit = uint64_t{1} << (behind - 1);
  if ((lost_before_ & bit) == 0) return Admission::duplicate;
  lost_before_ &= ~bit;
  return Admission::late;
}

void ReorderBuffer::advance(bool lost) {
  ++*expected_;
  lost_before_ = lost_before_ << 1 | (lost ? 1 : 0);
}

void ReorderBuffer::hold(const RtpPacket& packet, int64_t arrival_ns) {
  Slot& place = slot(packet.sequence_number);
  place.held = true;
  place.packet.sequence_number = packet.sequence_number;
  place.packet.timestamp = packet.timestamp;
  place.packet.payload_type = packet.payload_type;
  place.packet.arrival_ns = arrival_ns;
  const size_t bytes = std::min(packet.payload.size(), kLongestPayloadBytes);
  place.packet.payload_bytes = static_cast<uint16_t>(bytes);
  std::copy_n(packet.payload.begin(), bytes, place.packet.bytes.begin());
  ++held_count_;
}

void ReorderBuffer::release_next(OrderedPacketSink& sink) {
  Slot& place = slot(*expected_);
  place.held = false;
  --held_count_;
  advance(false);
  sink.on_ordered(place.packet);
}

void ReorderBuffer::release_in_order(OrderedPacketSink& sink) {
  while (held_count_ > 0 && slot(*expected_).held) release_next(sink);
}

/** Gives up everything before the first held packet. */
void ReorderBuffer::skip_to_held(int64_t now_ns, OrderedPacketSink& sink) {
  uint16_t first = *expected_;
  while (!slot(first).held) ++first;
  skip_to(first, now_ns, sink);
}

/** Moves on to `sequence_number`; what is held before it comes out, what is not is lost. */
void ReorderBuffer::skip_to(uint16_t sequence_number, int64_t now_ns, OrderedPacketSink& sink) {
  int lost = 0;
  while (*expected_ != sequence_number) {
    if (held_count_ > 0 && slot(*expected_).held) {
      if (lost > 0) sink.on_lost(lost, now_ns);
      lost = 0;
      release_next(sink);
    } else {
      ++lost;
      advance(true);
    }
  }
  if (lost > 0) sink.on_lost(lost, now_ns);
}

int64_t ReorderBuffer::oldest_arrival_ns() const {
  int64_t oldest = std::numeric_limits<int64_t>::max();
  for (const Slot& each : slots_) {
    if (each.held) oldest = std::min(oldest, each.packet.arrival_ns);
  }
  return oldest;
}

}  // namespace trunkline::rtp
