#include "digit_sender.h"

#include <algorithm>
#include <utility>

namespace trunkline::engine {

DigitSender::DigitSender(int sample_rate_hz)
    : sample_rate_hz_(static_cast<uint32_t>(sample_rate_hz)), tones_(sample_rate_hz) {}

void DigitSender::connect(std::optional<int> event_clock_hz) {
  event_clock_hz_ = event_clock_hz;
  // Nobody is there any more who would ask for the rest of it.
  if (!event_clock_hz && sending_ && key_.mode == DigitMode::rfc4733) end_key();
}

bool DigitSender::press(const KeyPress& press) {
  if (count_ == kMostKeys) return false;
  queue_[(first_ + count_++) % kMostKeys] = press;
  return true;
}

void DigitSender::fill(std::span<int16_t> slot) {
  has_line_ = line_asked_ && busy();
  line_asked_ = busy();
  if (!has_line_) return;
  std::ranges::fill(slot, int16_t{0});
  while (!slot.empty() && begin(DigitMode::inband)) {
    slot = slot.subspan(tones_.fill(slot));
    if (!tones_.idle()) return;
    const size_t gap = std::min<size_t>(gap_left_, slot.size());
    slot = slot.subspan(gap);
    gap_left_ -= static_cast<uint32_t>(gap);
    if (gap_left_ == 0) end_key();
  }
}

std::optional<rtp::EventPacket> DigitSender::next_packet(uint32_t timestamp, uint32_t packet_samples) {
  if (!has_line_ || !begin(DigitMode::rfc4733)) return std::nullopt;
  const bool released = events_.released();
  auto packet = events_.next(timestamp, packet_samples);
  if (released) gap_left_ -= std::min(gap_left_, packet_samples);
  if (events_.idle() && gap_left_ == 0) end_key();
  return packet;
}

uint32_t DigitSender::take_sent() { return busy() ? 0 : std::exchange(sent_, 0); }

bool DigitSender::begin(DigitMode mode) {
  if (sending_) return key_.mode == mode;
  if (count_ == 0 || mode_of(queue_[first_]) != mode) return false;
  key_ = queue_[first_];
  key_.mode = mode;
  first_ = (first_ + 1) % kMostKeys;
  --count_;
  sending_ = true;
  const uint32_t per_s = mode == DigitMode::inband ? sample_rate_hz_ : static_cast<uint32_t>(*event_clock_hz_);
  const auto units = [per_s](uint32_t ms) { return static_cast<uint32_t>(uint64_t{ms} * per_s / 1000); };
  gap_left_ = units(key_.gap_ms);
  if (mode == DigitMode::inband) {
    tones_.press(key_.key, units(key_.duration_ms));
  } else {
    events_.press(key_.key, units(key_.duration_ms));
  }
  return true;
}

DigitMode DigitSender::mode_of(const KeyPress& press) const { return event_clock_hz_ ? press.mode : DigitMode::inband; }

void DigitSender::end_key() {
  sending_ = false;
  ++sent_;
}

}  // namespace trunkline::engine
