#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "../dsp/dtmf_detector.h"
#include "../dsp/half_rate.h"
#include "../dsp/tone_detector.h"

namespace trunkline::engine {

/** What is listened for in the received audio besides speech. */
struct Detection {
  /** Keys as tones. */
  bool inband_dtmf = false;
  /** Tones of networks and machines. */
  bool tones = false;
};

class ToneListenerSink : public dsp::DtmfToneSink, public dsp::ToneSink {
 protected:
  ~ToneListenerSink() = default;
};

/** The detectors of a session that are switched on, at its rate. Costs nothing while none is. Allocates nothing. */
class ToneListener {
 public:
  explicit ToneListener(int sample_rate_hz) : wideband_(sample_rate_hz != dsp::DtmfDetector::kSampleRateHz) {}

  /** A detector that was on already goes on. */
  void set(Detection detection);
  /** The next samples in order, of which the last came at `arrival_ns`. */
  void push(std::span<const int16_t> samples, int64_t arrival_ns, ToneListenerSink& sink);

 private:
  void listen(std::span<const int16_t> samples, int64_t arrival_ns, ToneListenerSink& sink);

  const bool wideband_;
  dsp::HalfRate half_;
  std::optional<dsp::DtmfDetector> keys_;
  std::optional<dsp::ToneDetector> tones_;
};

}  // namespace trunkline::engine
