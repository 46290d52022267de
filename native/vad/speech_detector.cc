#include "speech_detector.h"

#include <algorithm>

#include "frame_batch.h"

namespace trunkline::vad {

namespace {

/** The energy track remembers little more than this. */
constexpr int kMostEndFrames = 30;

VadOptions bounded(VadOptions options) {
  options.confirm_frames = std::max(options.confirm_frames, 1);
  options.end_frames = std::clamp(options.end_frames, 1, kMostEndFrames);
  return options;
}

}  // namespace

SpeechDetector::SpeechDetector(const SileroWeights& weights, const VadOptions& options, int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      network_(weights, sample_rate_hz),
      frame_samples_(network_.frame_samples()),
      options_(bounded(options)),
      energy_(sample_rate_hz) {}

void SpeechDetector::set_options(const VadOptions& options) { options_ = bounded(options); }

void SpeechDetector::push(std::span<const int16_t> samples, int64_t arrival_ns, SpeechEventSink& sink) {
  while (!samples.empty()) {
    samples = fill(samples, arrival_ns);
    if (frame_full()) finish_frame(network_.process(frame().samples), arrival_ns, sink);
  }
}

void SpeechDetector::push(std::span<const int16_t> samples, int64_t arrival_ns, SpeechEventSink& sink,
                          FrameBatch& batch) {
  if (waiting_) batch.run();
  samples = fill(samples, arrival_ns);
  if (!frame_full()) return;
  if (samples.size() > rest_.size()) {
    finish_frame(network_.process(frame().samples), arrival_ns, sink);
    return push(samples, arrival_ns, sink);
  }
  std::ranges::copy(samples, rest_.begin());
  rest_samples_ = samples.size();
  waiting_ = true;
  batch.add(*this, arrival_ns, sink);
}

void SpeechDetector::decide(float probability, int64_t at_ns, SpeechEventSink& sink) {
  waiting_ = false;
  finish_frame(probability, at_ns, sink);
  push(std::span(rest_).first(rest_samples_), at_ns, sink);
}

std::span<const int16_t> SpeechDetector::fill(std::span<const int16_t> samples, int64_t arrival_ns) {
  const auto taken = samples.first(std::min(samples.size(), frame_samples_ - filled_));
  std::ranges::transform(taken, frame_.begin() + static_cast<ptrdiff_t>(filled_),
                         [](int16_t sample) { return static_cast<float>(sample) / 32768.0f; });
  filled_ += taken.size();
  energy_.push(taken, arrival_ns);
  return samples.subspan(taken.size());
}

void SpeechDetector::finish_frame(float probability, int64_t at_ns, SpeechEventSink& sink) {
  probability_ = probability;
  if (!speaking_ && probability_ >= options_.on_threshold) start(at_ns, sink);
  if (speaking_) {
    if (probability_ >= options_.off_threshold) {
      count_speech_frame(at_ns, sink);
    } else {
      count_silent_frame(at_ns, sink);
    }
  }
  filled_ = 0;
  frame_begin_ += static_cast<int64_t>(frame_samples_);
  sink.on_frame(probability_, speaking_);
}

void SpeechDetector::start(int64_t at_ns, SpeechEventSink& sink) {
  speaking_ = true;
  confirmed_ = false;
  speech_run_ = 0;
  onset_ns_ = energy_.onset_ns(frame_begin_).value_or(energy_.arrival_ns(frame_begin_));
  energy_.set_speaking(true);
  report(SpeechEvent::Type::started, at_ns, 0, sink);
}

void SpeechDetector::count_speech_frame(int64_t at_ns, SpeechEventSink& sink) {
  speech_end_ = frame_begin_ + static_cast<int64_t>(frame_samples_);
  silent_run_ = 0;
  if (confirmed_ || ++speech_run_ < options_.confirm_frames) return;
  confirmed_ = true;
  report(SpeechEvent::Type::confirmed, at_ns, 0, sink);
}

void SpeechDetector::count_silent_frame(int64_t at_ns, SpeechEventSink& sink) {
  speech_run_ = 0;
  if (++silent_run_ < options_.end_frames) return;
  speaking_ = false;
  silent_run_ = 0;
  const int64_t end_ns = energy_.end_ns(speech_end_).value_or(energy_.arrival_ns(speech_end_ - 1));
  energy_.set_speaking(false);
  energy_.close_utterance(speech_end_);
  report(SpeechEvent::Type::ended, at_ns, std::max(end_ns, onset_ns_), sink);
}

void SpeechDetector::report(SpeechEvent::Type type, int64_t at_ns, int64_t end_ns, SpeechEventSink& sink) const {
  sink.on_speech_event(
      {.type = type, .at_ns = at_ns, .onset_ns = onset_ns_, .end_ns = end_ns, .probability = probability_});
}

void SpeechDetector::reset() {
  network_.reset();
  energy_ = EnergyTrack(sample_rate_hz_);
  filled_ = 0;
  rest_samples_ = 0;
  frame_begin_ = 0;
  probability_ = 0;
  speaking_ = false;
  confirmed_ = false;
  speech_run_ = 0;
  silent_run_ = 0;
}

}  // namespace trunkline::vad
