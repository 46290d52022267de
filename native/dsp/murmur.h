#pragma once

#include "sound_canvas.h"

namespace trunkline::dsp {

struct Speaker {
  /** Of the voice, on average. */
  double pitch_hz;
  /** Length of the vocal tract against that of a man: 1 to 0.83. */
  double tract;
  /** Pauses between phrases. */
  double pause_seconds;
};

/** Somebody who talks without words: phrases of syllables, with a falling pitch, vowels that glide and some hiss. */
void add_murmur(SoundCanvas& canvas, const Speaker& speaker, SoundRandom& random, double gain);

}  // namespace trunkline::dsp
