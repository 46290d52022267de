#include "packetizer.h"

#include <algorithm>

namespace trunkline::engine {

void Packetizer::configure(int sample_rate_hz, int ptime_ms) {
  slot_samples_ = slot_samples(sample_rate_hz);
  packet_samples_ = static_cast<size_t>(sample_rate_hz) * static_cast<size_t>(ptime_ms) / 1000;
  packet_ticks_ = static_cast<uint64_t>(ptime_ms / kTickMs);
  between_slots_ = ptime_ms % kSlotMs != 0;
}

void Packetizer::push(std::span<const int16_t> slot) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ + slot.size() > kCapacity) {
    std::copy(waiting_.begin() + static_cast<ptrdiff_t>(begin_), waiting_.begin() + static_cast<ptrdiff_t>(end_),
              waiting_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  std::ranges::copy(slot.first(std::min(slot.size(), kCapacity - end_)),
                    waiting_.begin() + static_cast<ptrdiff_t>(end_));
  end_ += std::min(slot.size(), kCapacity - end_);
}

/** A packet with a slot behind it is late already: it does not wait for its tick. */
std::span<const int16_t> Packetizer::poll(uint64_t tick) {
  const size_t waiting = end_ - begin_;
  if (waiting < packet_samples_) return {};
  if (between_slots_ && tick < next_tick_ && waiting < packet_samples_ + slot_samples_) return {};
  next_tick_ = std::max(tick, next_tick_) + packet_ticks_;
  const std::span<const int16_t> packet(waiting_.data() + begin_, packet_samples_);
  begin_ += packet_samples_;
  return packet;
}

}  // namespace trunkline::engine
