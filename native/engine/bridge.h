#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "../dsp/gain_ramp.h"
#include "../dsp/resampler.h"
#include "slot.h"

namespace trunkline::engine {

class MediaSession;

/** Who hears what a bridged session plays. Neither: its agent is muted. */
struct AgentRoute {
  bool to_own_peer = true;
  bool to_other_peer = false;
};

/**
 * One end of two sessions that are joined: each peer hears the other, and the agents according to their routes; with
 * an agent to both it is a conference of three. Both sessions have the same media thread and departure group, so that
 * a slot of one is a slot of the other. Agents come and go with ramps: before, each was heard by its own peer alone.
 * Made on the control thread.
 */
class BridgeEnd {
 public:
  BridgeEnd(MediaSession& other, int own_rate_hz, int other_rate_hz, AgentRoute route);

  MediaSession& other() const { return other_; }
  void set_route(AgentRoute route);

  /** What this end's peer said, and what its agent says, in the slot that is sent now. */
  std::span<int16_t> heard() { return std::span(heard_).first(slot_samples_); }
  std::span<int16_t> agent() { return std::span(agent_).first(slot_samples_); }

  /** What this end's peer is to hear; `from` is the other end. Once a slot for each. */
  void mix(BridgeEnd& from, std::span<int16_t> slot);

 private:
  void add_agent(std::span<int16_t> sum, dsp::GainRamp& gain);

  MediaSession& other_;
  /** Of the agent. */
  dsp::GainRamp to_own_peer_;
  dsp::GainRamp to_other_peer_;
  const size_t slot_samples_;
  SlotRoom heard_{};
  SlotRoom agent_{};
  dsp::LiveResampler from_other_;
};

}  // namespace trunkline::engine
