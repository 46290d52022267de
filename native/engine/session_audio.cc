#include "session_audio.h"

#include <cmath>

namespace trunkline::engine {

SessionAudio::SessionAudio(int sample_rate_hz, const SessionOptions& options, const vad::SileroWeights* weights,
                           Outlets outlets)
    : sample_rate_hz(sample_rate_hz),
      receive(sample_rate_hz, outlets.received),
      playouts(outlets.spent_chunks, static_cast<float>(std::pow(10, options.duck_db / 20))),
      send(sample_rate_hz, outlets.datagrams) {
  if (weights != nullptr) detector.emplace(*weights, options.vad);
}

}  // namespace trunkline::engine
