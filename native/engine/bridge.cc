#include "bridge.h"

#include <algorithm>

#include "../dsp/mix.h"

namespace trunkline::engine {

BridgeEnd::BridgeEnd(MediaSession& other, int own_rate_hz, int other_rate_hz, AgentRoute route)
    : other_(other), route_(route), slot_samples_(slot_samples(own_rate_hz)), from_other_(other_rate_hz, own_rate_hz) {}

void BridgeEnd::mix(BridgeEnd& from, std::span<int16_t> slot) {
  SlotRoom room;
  const std::span<int16_t> said = std::span(room).first(from.slot_samples_);
  std::ranges::copy(from.heard(), said.begin());
  if (from.route_.to_other_peer) dsp::mix_into(said, from.agent());
  from_other_.process(said, slot);
  if (route_.to_own_peer) dsp::mix_into(slot, agent());
}

}  // namespace trunkline::engine
