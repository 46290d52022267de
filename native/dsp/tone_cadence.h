#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace trunkline::dsp {

/** The numbers are the wire between the engine and its driver. */
enum class ToneKind : uint8_t {
  dial = 1,
  ringback = 2,
  busy = 3,
  congestion = 4,
  special_information = 5,
  beep = 6,
  fax_calling = 7,
  fax_answer = 8,
};

/** A tone between two changes. */
struct ToneSegment {
  float low_hz = 0;
  /** As the lower one where there is but one tone. */
  float high_hz = 0;
  /** In the time of the samples. */
  int64_t onset_ns = 0;
  int duration_ms = 0;
  /** Silence since the segment before it; of the first, 0. */
  int pause_ms = 0;
  /** Neither frequency nor level moved. */
  bool steady = false;
};

/**
 * What the last segments, the latest last, and `silence_ms` behind them are by their rhythm (ITU-T E.180 and its
 * Supplement 2, which lists the tones of national networks): ringback, busy or congestion, or nothing yet.
 */
struct CadenceMatch {
  bool found = false;
  ToneKind kind = ToneKind::busy;
};
CadenceMatch match_cadence(std::span<const ToneSegment> segments, int silence_ms);

/** A tone that would be a dial tone, were it to go on. */
bool is_dial_frequency(const ToneSegment& segment);

}  // namespace trunkline::dsp
