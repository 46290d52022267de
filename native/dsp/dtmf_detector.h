#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dtmf_keys.h"
#include "overlapping_window.h"

namespace trunkline::dsp {

/** A key that was heard in the audio. */
struct DtmfTone {
  char key;
  /** When its first sample came, to 5 ms or so. */
  int64_t onset_ns;
  int duration_ms;
};

class DtmfToneSink {
 public:
  virtual void on_dtmf_tone(const DtmfTone& tone) = 0;

 protected:
  ~DtmfToneSink() = default;
};

/**
 * Keys as tones in 8 kHz audio (ITU-T Q.23), within the limits of Q.24: 40 ms and longer with pauses of 40 ms, 0 to -36
 * dBm0 a tone, frequencies off by 1.5 %, the high tone 8 dB below to 4 dB above the low one; a break of 10 ms does not
 * make two of one. Not taken: 23 ms and less, frequencies off by 3.5 %, anything below -55 dBm0, speech.
 *
 * Every 10 ms a Hann window of 20 ms goes through eight Goertzel filters. Two tones must hold nearly all of its energy;
 * how far each is from its frequency shows in how its phase moves from one window to the next. Three such windows in a
 * row of about one level begin a key, four without it end it. Silence costs nothing. Sans-IO, allocates nothing.
 */
class DtmfDetector {
 public:
  static constexpr int kSampleRateHz = 8000;

  /** Takes the next samples in order, any count, of which the last came at `arrival_ns`. A key is told at its end. */
  void push(std::span<const int16_t> samples, int64_t arrival_ns, DtmfToneSink& sink);
  void reset() { *this = DtmfDetector{}; }

 private:
  static constexpr size_t kHopSamples = 80;
  static constexpr size_t kWindowSamples = 2 * kHopSamples;
  static constexpr int kNoKey = -1;

  struct Window {
    int key = kNoKey;
    /** Both frequencies were right since the window before. */
    bool steady = false;
    /** Squared amplitudes. */
    float low = 0;
    float high = 0;
    std::complex<float> low_phase;
    std::complex<float> high_phase;

    float power() const { return low + high; }
  };

  void finish_hop(int64_t at_ns, DtmfToneSink& sink);
  Window listen() const;
  bool is_steady(const Window& before, const Window& now) const;
  bool begins_key() const;
  bool holds_key(const Window& now) const;
  bool has_harmonics(int key) const;
  void end_key(DtmfToneSink& sink);

  OverlappingWindow<kHopSamples> window_;
  /** The latest is the last. */
  std::array<Window, 3> windows_{};

  int key_ = kNoKey;
  float key_power_ = 0;
  int64_t onset_ns_ = 0;
  int64_t end_ns_ = 0;
  int misses_ = 0;
};

}  // namespace trunkline::dsp
