#include "reflex.h"

namespace trunkline::vad {

Reflex::Verdict Reflex::push(float probability, bool speaking) {
  if (alarmed_) return follow(probability, speaking);
  run_ = probability >= options_.threshold ? run_ + 1 : 0;
  if (run_ < options_.frames) return Verdict::nothing;
  run_ = 0;
  quiet_ = 0;
  alarmed_ = true;
  is_speech_ = speaking;
  return Verdict::onset;
}

Reflex::Verdict Reflex::follow(float probability, bool speaking) {
  if (is_speech_) {
    alarmed_ = speaking;
    return Verdict::nothing;
  }
  is_speech_ = speaking;
  quiet_ = probability < options_.threshold ? quiet_ + 1 : 0;
  if (is_speech_ || quiet_ < kQuietFrames) return Verdict::nothing;
  alarmed_ = false;
  return Verdict::false_alarm;
}

}  // namespace trunkline::vad
