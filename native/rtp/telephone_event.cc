#include "telephone_event.h"

#include <algorithm>
#include <utility>

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

/** Further back is no event that comes late but a clock that was set anew. */
constexpr int32_t kOldestRepeatS = 10;
/** Within this time after an end comes another of the same event, whatever its timestamp. */
constexpr int64_t kRepeatedEndsNs = 100'000'000;
constexpr uint32_t kLongestSegment = 0xFFFF;

}  // namespace

void TelephoneEventReceiver::push(uint32_t timestamp, std::span<const uint8_t> payload, int64_t now_ns, bool marker) {
  if (payload.size() < kEventBytes || payload[0] >= kEventKeys.size()) return;
  const uint32_t duration = load_u16(payload.data() + 2);
  const Packet packet{timestamp, duration, now_ns, payload[0], marker, (payload[1] & 0x80) != 0};
  switch (relate(packet)) {
    case Relation::late:
      return;
    case Relation::same:
      break;
    case Relation::segment:
      earlier_ += kLongestSegment;
      timestamp_ = timestamp;
      duration_ = 0;
      break;
    case Relation::next:
      begin(packet);
      break;
  }
  if (!open_) return;
  duration_ = std::max(duration_, duration);
  last_packet_ns_ = now_ns;
  if (packet.end) finish();
}

void TelephoneEventReceiver::restart() {
  if (open_) finish();
  timestamp_.reset();
}

void TelephoneEventReceiver::begin(const Packet& packet) {
  if (open_) finish();
  open_ = true;
  timestamp_ = packet.timestamp;
  event_ = packet.event;
  duration_ = earlier_ = 0;
  onset_ns_ = packet.now_ns - int64_t{packet.duration} * 1'000'000'000 / duration_rate_hz_;
}

void TelephoneEventReceiver::handle_timeout(int64_t now_ns) {
  if (open_ && now_ns - last_packet_ns_ >= kLostEndNs) finish();
}

std::optional<Digit> TelephoneEventReceiver::poll_digit() {
  return std::exchange(ready_[0], std::exchange(ready_[1], std::nullopt));
}

/** A key cannot be pressed anew before it was let go: what begins within an event without a marker is part of it. */
TelephoneEventReceiver::Relation TelephoneEventReceiver::relate(const Packet& packet) const {
  if (!timestamp_) return Relation::next;
  const auto ahead = static_cast<int32_t>(packet.timestamp - *timestamp_);
  if (ahead == 0) return packet.event == event_ ? Relation::same : Relation::late;
  if (ahead < 0) return ahead >= -kOldestRepeatS * clock_rate_hz_ ? Relation::late : Relation::next;
  if (packet.event != event_ || packet.marker) return Relation::next;
  if (open_ && ahead == in_clock(kLongestSegment)) return Relation::segment;
  const int32_t duration = in_clock(duration_);
  if (open_) return ahead <= duration ? Relation::same : Relation::next;
  if (packet.now_ns - last_packet_ns_ >= kRepeatedEndsNs) return Relation::next;
  const bool end_again = packet.end && packet.duration == duration_ && ahead <= duration + clock_rate_hz_ / 25;
  return ahead < duration || end_again ? Relation::late : Relation::next;
}

void TelephoneEventReceiver::finish() {
  open_ = false;
  const double duration_ms = 1000.0 * (earlier_ + duration_) / duration_rate_hz_;
  (ready_[0] ? ready_[1] : ready_[0]) = Digit{kEventKeys[event_], duration_ms, onset_ns_};
}

}  // namespace trunkline::rtp
