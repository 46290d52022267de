#include "telephone_event_sender.h"

#include <algorithm>

#include "byte_order.h"

namespace trunkline::rtp {
namespace {

constexpr uint32_t kLongestSegment = 0xFFFF;

}  // namespace

void TelephoneEventSender::press(char key, uint32_t duration_samples) {
  event_ = static_cast<uint8_t>(kEventKeys.find(key));
  begun_ = false;
  elapsed_ = 0;
  total_ = duration_samples;
  ends_left_ = kEndPackets;
}

std::optional<EventPacket> TelephoneEventSender::next(uint32_t timestamp, uint32_t packet_samples) {
  if (idle()) return std::nullopt;
  const bool marker = !begun_;
  if (!begun_) timestamp_ = timestamp;
  begun_ = true;
  elapsed_ = std::min(elapsed_ + packet_samples, total_);
  const bool end = elapsed_ == total_ && total_ <= kLongestSegment;
  EventPacket packet{marker, timestamp_, {event_, static_cast<uint8_t>((end ? 0x80 : 0) | kVolume)}};
  store_u16(&packet.payload[2], static_cast<uint16_t>(std::min(elapsed_, kLongestSegment)));
  if (end) {
    --ends_left_;
  } else if (elapsed_ >= kLongestSegment) {
    timestamp_ += kLongestSegment;
    elapsed_ -= kLongestSegment;
    total_ -= kLongestSegment;
  }
  return packet;
}

}  // namespace trunkline::rtp
