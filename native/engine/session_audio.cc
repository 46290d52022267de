#include "session_audio.h"

#include <cmath>

namespace trunkline::engine {
namespace {

float duck_gain(const ListeningOptions& listening) { return static_cast<float>(std::pow(10, listening.duck_db / 20)); }

}  // namespace

SessionAudio::SessionAudio(int sample_rate_hz, const SessionOptions& options, const vad::SileroWeights* weights,
                           Outlets outlets)
    : sample_rate_hz(sample_rate_hz),
      receive(sample_rate_hz, outlets.received),
      playouts(outlets.spent_chunks, duck_gain(options.listening), sample_rate_hz),
      background(sample_rate_hz),
      line(sample_rate_hz),
      digits(sample_rate_hz),
      send(sample_rate_hz, digits, outlets.datagrams),
      tones(sample_rate_hz),
      reflex(options.listening.reflex) {
  if (weights != nullptr) detector.emplace(*weights, options.listening.vad, sample_rate_hz);
}

void SessionAudio::listen(const ListeningOptions& options) {
  if (detector) detector->set_options(options.vad);
  reflex.set_options(options.reflex);
  playouts.set_duck_gain(duck_gain(options));
}

}  // namespace trunkline::engine
