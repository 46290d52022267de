#include "bridge.h"

#include <algorithm>

#include "../dsp/mix.h"

namespace trunkline::engine {

BridgeEnd::BridgeEnd(MediaSession& other, int own_rate_hz, int other_rate_hz, AgentRoute route)
    : other_(other),
      to_own_peer_(own_rate_hz, 1),
      to_other_peer_(own_rate_hz, 0),
      slot_samples_(slot_samples(own_rate_hz)),
      from_other_(other_rate_hz, own_rate_hz) {
  set_route(route);
}

void BridgeEnd::set_route(AgentRoute route) {
  to_own_peer_.ramp_to(route.to_own_peer ? 1 : 0);
  to_other_peer_.ramp_to(route.to_other_peer ? 1 : 0);
}

void BridgeEnd::mix(BridgeEnd& from, std::span<int16_t> slot) {
  SlotRoom room;
  const std::span<int16_t> said = std::span(room).first(from.slot_samples_);
  std::ranges::copy(from.heard(), said.begin());
  from.add_agent(said, from.to_other_peer_);
  from_other_.process(said, slot);
  add_agent(slot, to_own_peer_);
}

void BridgeEnd::add_agent(std::span<int16_t> sum, dsp::GainRamp& gain) {
  if (gain.silent()) return;
  SlotRoom room;
  const std::span<int16_t> said = std::span(room).first(slot_samples_);
  std::ranges::copy(agent(), said.begin());
  gain.apply(said);
  dsp::mix_into(sum, said);
}

}  // namespace trunkline::engine
