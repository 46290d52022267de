#include "tone_cadence.h"

#include <array>
#include <cmath>
#include <cstdlib>

namespace trunkline::dsp {
namespace {

/** Two tones nearer than 80 Hz, or one that is modulated, are heard as one between them. */
struct Tones {
  float low_hz;
  float high_hz;
};

constexpr float kApartHz = 80;
constexpr Tones kNorthAmericanDial{350, 440};
constexpr Tones kNorthAmericanRing{440, 480};
constexpr Tones kNorthAmericanBusy{480, 620};
constexpr Tones kBritishRing{400, 450};
constexpr Tones kFrench{440, 440};
/** The recommendation's own frequency; most of Europe, Latin America and Australia. */
constexpr Tones kRecommended{425, 425};
/** Britain's busy tone, Japan, India. */
constexpr Tones kFourHundred{400, 400};
constexpr Tones kChinese{450, 450};

struct Cadence {
  ToneKind kind;
  Tones tones;
  /** Tone, pause, tone ... to the end of a tone; 0 behind the last. */
  std::array<int, 3> steps_ms;
  /** And then this much silence at least: longer than in any rhythm that begins alike. */
  int silence_ms = 0;
};

/** What no other rhythm has as a pause. */
constexpr int kRingPauseMs = 1000;

constexpr std::array kCadences = {
    // Congestion, also called reorder or fast busy.
    Cadence{ToneKind::congestion, kNorthAmericanBusy, {250, 250, 250}},
    Cadence{ToneKind::congestion, kRecommended, {250, 250, 250}},
    Cadence{ToneKind::congestion, kRecommended, {200, 200, 200}},
    Cadence{ToneKind::congestion, kRecommended, {167, 167, 167}},
    Cadence{ToneKind::congestion, kRecommended, {250, 750, 250}},
    Cadence{ToneKind::congestion, kFrench, {250, 250, 250}},
    Cadence{ToneKind::congestion, kFourHundred, {400, 350, 225}},
    Cadence{ToneKind::congestion, kFourHundred, {225, 525, 400}},
    Cadence{ToneKind::congestion, kFourHundred, {250, 250, 250}},
    Cadence{ToneKind::congestion, kChinese, {700, 700, 700}},
    // Busy.
    Cadence{ToneKind::busy, kNorthAmericanBusy, {500, 500, 500}},
    Cadence{ToneKind::busy, kRecommended, {500, 500, 500}},
    Cadence{ToneKind::busy, kRecommended, {400, 400, 400}},
    Cadence{ToneKind::busy, kRecommended, {300, 300, 300}},
    Cadence{ToneKind::busy, kFrench, {500, 500, 500}},
    Cadence{ToneKind::busy, kFourHundred, {375, 375, 375}},
    Cadence{ToneKind::busy, kFourHundred, {500, 500, 500}},
    Cadence{ToneKind::busy, kFourHundred, {750, 750, 750}},
    Cadence{ToneKind::busy, kChinese, {350, 350, 350}},
    // Ringback.
    Cadence{ToneKind::ringback, kBritishRing, {400, 200, 400}, kRingPauseMs},
    Cadence{ToneKind::ringback, kFourHundred, {400, 200, 400}, kRingPauseMs},
    Cadence{ToneKind::ringback, kNorthAmericanRing, {2000}, kRingPauseMs},
    Cadence{ToneKind::ringback, kNorthAmericanRing, {1000}, kRingPauseMs},
    Cadence{ToneKind::ringback, kRecommended, {1000}, kRingPauseMs},
    Cadence{ToneKind::ringback, kRecommended, {1250}, kRingPauseMs},
    Cadence{ToneKind::ringback, kRecommended, {1500}, kRingPauseMs},
    Cadence{ToneKind::ringback, kRecommended, {750}, kRingPauseMs},
    Cadence{ToneKind::ringback, kFrench, {1500}, kRingPauseMs},
    Cadence{ToneKind::ringback, kFourHundred, {1000}, kRingPauseMs},
    Cadence{ToneKind::ringback, kChinese, {1000}, kRingPauseMs},
};

bool sounds_like(const ToneSegment& segment, const Tones& tones) {
  constexpr float kOffHz = 9;
  constexpr float kPairOffHz = 15;
  const bool heard_as_one = tones.high_hz - tones.low_hz < kApartHz;
  if (heard_as_one != (segment.low_hz == segment.high_hz)) return false;
  if (!heard_as_one) {
    return std::abs(segment.low_hz - tones.low_hz) <= kPairOffHz &&
           std::abs(segment.high_hz - tones.high_hz) <= kPairOffHz;
  }
  const bool pair = tones.low_hz != tones.high_hz;
  if (pair && segment.steady) return false;
  const float middle = (tones.low_hz + tones.high_hz) / 2;
  return std::abs(segment.low_hz - middle) <= (pair ? kPairOffHz : kOffHz);
}

/** Supplement 2 allows 10 %; the rest is ours: a segment is measured in steps of 16 ms. */
bool lasts(int measured_ms, int nominal_ms) { return std::abs(measured_ms - nominal_ms) <= 20 + nominal_ms / 10; }

bool matches(const Cadence& cadence, std::span<const ToneSegment> segments, int silence_ms) {
  const size_t tones = cadence.steps_ms[2] == 0 ? 1 : 2;
  if (segments.size() < tones || silence_ms < cadence.silence_ms) return false;
  const ToneSegment& last = segments.back();
  if (!sounds_like(last, cadence.tones) || !lasts(last.duration_ms, cadence.steps_ms[tones == 1 ? 0 : 2])) return false;
  if (tones == 1) return true;
  const ToneSegment& before = segments[segments.size() - 2];
  return lasts(last.pause_ms, cadence.steps_ms[1]) && sounds_like(before, cadence.tones) &&
         lasts(before.duration_ms, cadence.steps_ms[0]);
}

}  // namespace

CadenceMatch match_cadence(std::span<const ToneSegment> segments, int silence_ms) {
  for (const Cadence& cadence : kCadences) {
    if (matches(cadence, segments, silence_ms)) return {true, cadence.kind};
  }
  return {};
}

bool is_dial_frequency(const ToneSegment& segment) {
  for (const Tones& tones : {kNorthAmericanDial, kRecommended, kFrench, kFourHundred, kChinese}) {
    if (sounds_like(segment, tones)) return true;
  }
  return false;
}

}  // namespace trunkline::dsp
