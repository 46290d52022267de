#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "overlapping_window.h"
#include "tone_cadence.h"
#include "tone_spectrum.h"

namespace trunkline::dsp {

/** A tone of the network or of a machine. */
struct HeardTone {
  ToneKind kind;
  /** When the tone, or the last part of its rhythm, began. */
  int64_t onset_ns;
  /** Of that part; of one that still sounds, so far. */
  int duration_ms;
  /** The lower of two. */
  float hz;
};

class ToneSink {
 public:
  virtual void on_tone(const HeardTone& tone) = 0;

 protected:
  ~ToneSink() = default;
};

/**
 * What networks and machines say in tones, in 8 kHz audio: dial tone, ringback (each ring), busy, congestion (each once
 * until something else is heard), special information tones (ITU-T E.180), fax calling and answering (T.30), and the
 * beep of a voicemail: one steady tone of 0.15 to 2 s after speech, with silence behind it. A beep of 390 to 460 Hz is
 * told 0.9 s after its end, since a busy tone begins alike, any other after 0.25 s.
 *
 * A frame of 32 ms every 16 ms is silence, one tone, two tones or something else; equal frames are segments, and
 * segments with their pauses are told by rhythm. Silence costs nothing. Sans-IO, allocates nothing.
 */
class ToneDetector {
 public:
  static constexpr int kSampleRateHz = 8000;

  /** Takes the next samples in order, any count, of which the last came at `arrival_ns`. */
  void push(std::span<const int16_t> samples, int64_t arrival_ns, ToneSink& sink);
  void reset() { *this = ToneDetector{}; }

 private:
  static constexpr size_t kHopSamples = kToneFrameSamples / 2;

  struct Moment {
    ToneFrame frame;
    int64_t at_ns = 0;
  };

  /** A segment that still sounds. */
  struct Sounding {
    ToneSegment segment;
    ToneFrame::Kind kind = ToneFrame::Kind::one_tone;
    int frames = 0;
    float peak = 0;
    /** The latest, not yet in the ranges: a last frame is cut off. */
    ToneFrame latest;
    float least_hz = 0;
    float most_hz = 0;
    float least_power = 0;
    float most_power = 0;
    bool told = false;
  };

  void finish_hop(int64_t at_ns, ToneSink& sink);
  void take_tone(const Moment& now);
  void take_other(const Moment& now);
  bool continues(const ToneFrame& frame) const;
  void begin(const Moment& first);
  void extend(const Moment& now);
  void close();
  void forget_rhythm();
  void judge_sounding(ToneSink& sink);
  void judge_silence(int64_t at_ns, ToneSink& sink);
  bool is_beep(const ToneSegment& segment) const;
  void tell(ToneKind kind, const ToneSegment& segment, ToneSink& sink);

  OverlappingWindow<kHopSamples> window_;

  std::optional<Sounding> sounding_;
  /** A tone of one frame so far. */
  std::optional<Moment> pending_;
  int other_run_ = 0;

  static constexpr size_t kSegments = 4;
  std::array<ToneSegment, kSegments> segments_{};
  size_t segment_count_ = 0;
  /** End of the last segment. */
  int64_t ended_ns_ = 0;
  float ended_power_ = 0;
  /** What was told of the segments so far: not to be told again. */
  std::optional<ToneKind> spell_;
  bool judged_ = true;

  int speech_ms_ = 0;
  int64_t speech_ns_ = 0;
};

}  // namespace trunkline::dsp
