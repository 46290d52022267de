#include "telephone_event.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

constexpr size_t kEventBytes = 4;
/** RFC 4733 section 3.2, events 0 to 15. */
constexpr std::string_view kKeys = "0123456789*#ABCD";
/** Ten seconds. Further back is no event that comes late but a clock that was set anew. */
constexpr int32_t kOldestRepeatSamples = 80'000;

bool is_late_repeat(uint32_t timestamp, uint32_t latest) {
  const auto ahead = static_cast<int32_t>(timestamp - latest);
  return ahead < 0 && ahead >= -kOldestRepeatSamples;
}

}  // namespace

void TelephoneEventReceiver::push(uint32_t timestamp, std::span<const uint8_t> payload, int64_t now_ns) {
  if (payload.size() < kEventBytes || payload[0] >= kKeys.size()) return;
  const bool end = (payload[1] & 0x80) != 0;
  const uint16_t duration = load_u16(payload.data() + 2);
  if (timestamp_ && is_late_repeat(timestamp, *timestamp_)) return;
  if (timestamp_ != timestamp) {
    if (open_) finish();
    open_ = true;
    timestamp_ = timestamp;
    event_ = payload[0];
    duration_ = 0;
  }
  if (!open_) return;
  duration_ = std::max(duration_, duration);
  last_packet_ns_ = now_ns;
  if (end) finish();
}

void TelephoneEventReceiver::handle_timeout(int64_t now_ns) {
  if (open_ && now_ns - last_packet_ns_ >= kLostEndNs) finish();
}

std::optional<Digit> TelephoneEventReceiver::poll_digit() {
  return std::exchange(ready_[0], std::exchange(ready_[1], std::nullopt));
}

void TelephoneEventReceiver::finish() {
  open_ = false;
  (ready_[0] ? ready_[1] : ready_[0]) = Digit{kKeys[event_], duration_};
}

}  // namespace trunkline::rtp
