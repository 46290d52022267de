#pragma once

namespace trunkline::engine {

/** Tells the control thread that something waits for it. Called on the engine's threads, must not block. */
class WakeUp {
 public:
  virtual void wake() = 0;

 protected:
  ~WakeUp() = default;
};

}  // namespace trunkline::engine
