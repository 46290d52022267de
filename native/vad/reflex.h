#pragma once

namespace trunkline::vad {

/** When a frame of the network is reason enough to attenuate the agent at once. */
struct ReflexOptions {
  /** A frame at or above it may be the onset of speech. */
  float threshold = 0.5f;
  /** Such frames in a row. */
  int frames = 1;
};

/**
 * The reflex acts before speech is certain, so its threshold is its own. One onset per spell: a spell that turns into
 * speech lasts until the speech ends; one that does not is a false alarm after 100 ms.
 */
class Reflex {
 public:
  enum class Verdict { nothing, onset, false_alarm };

  explicit Reflex(const ReflexOptions& options) : options_(options) {}

  void set_options(const ReflexOptions& options) { options_ = options; }
  /** Each frame of the detector, in order. */
  Verdict push(float probability, bool speaking);

 private:
  static constexpr int kQuietFrames = 3;

  Verdict follow(float probability, bool speaking);

  ReflexOptions options_;
  int run_ = 0;
  int quiet_ = 0;
  bool alarmed_ = false;
  bool is_speech_ = false;
};

}  // namespace trunkline::vad
