#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "recording.h"

namespace trunkline::engine {

/** The recording that a session makes, if it makes one: the media thread's end of it. */
class SessionRecorder {
 public:
  bool active() const { return recording_ != nullptr; }

  /** Ends one that is under way. */
  void start(Recording* recording) {
    stop();
    recording_ = recording;
  }
  void pause(bool paused) {
    if (active()) recording_->set_paused(paused);
  }
  void stop() {
    if (active()) std::exchange(recording_, nullptr)->finish();
  }

  /** One slot of both directions, of the session's rate. */
  void push(std::span<const int16_t> received, std::span<const int16_t> sent) {
    if (active() && !recording_->push(received, sent)) stop();
  }

 private:
  Recording* recording_ = nullptr;
};

}  // namespace trunkline::engine
