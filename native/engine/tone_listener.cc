#include "tone_listener.h"

#include <algorithm>

namespace trunkline::engine {
namespace {

template <typename Detector>
void switch_to(std::optional<Detector>& detector, bool on) {
  if (on == detector.has_value()) return;
  if (on) {
    detector.emplace();
  } else {
    detector.reset();
  }
}

}  // namespace

void ToneListener::set(Detection detection) {
  switch_to(keys_, detection.inband_dtmf);
  switch_to(tones_, detection.tones);
}

void ToneListener::push(std::span<const int16_t> samples, int64_t arrival_ns, ToneListenerSink& sink) {
  if (!keys_ && !tones_) return;
  if (!wideband_) return listen(samples, arrival_ns, sink);
  std::array<int16_t, 480> narrow;
  while (!samples.empty()) {
    const auto part = samples.first(std::min(samples.size(), 2 * narrow.size() - 1));
    samples = samples.subspan(part.size());
    const int64_t behind_ns = static_cast<int64_t>(samples.size()) * 62'500;
    listen(std::span(narrow).first(half_.process(part, narrow)), arrival_ns - behind_ns, sink);
  }
}

void ToneListener::listen(std::span<const int16_t> samples, int64_t arrival_ns, ToneListenerSink& sink) {
  if (keys_) keys_->push(samples, arrival_ns, sink);
  if (tones_) tones_->push(samples, arrival_ns, sink);
}

}  // namespace trunkline::engine
