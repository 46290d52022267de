#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "energy_track.h"
#include "silero.h"

namespace trunkline::vad {

class FrameBatch;

/** Hysteresis on the probability of each 32 ms frame. */
struct VadOptions {
  /** A frame at or above it is speech while silent. */
  float on_threshold = 0.5f;
  /** A frame below it is silence while speaking. */
  float off_threshold = 0.35f;
  /** Speech frames in a row before `confirmed`; `started` comes with the first. */
  int confirm_frames = 2;
  /** Silent frames in a row before `ended`, 1 to 30. */
  int end_frames = 3;
};

struct SpeechEvent {
  enum class Type { started, confirmed, ended };

  Type type;
  /** Arrival of the packet that completed the deciding frame. */
  int64_t at_ns;
  /** Arrival of the packet in which the speech began. */
  int64_t onset_ns;
  /** Arrival of the last packet that carried speech; 0 unless `ended`. */
  int64_t end_ns;
  /** Of the deciding frame. */
  float probability;
};

class SpeechEventSink {
 public:
  virtual void on_speech_event(const SpeechEvent& event) = 0;
  /** After the events of each 32 ms frame: what the network made of it, and whether that is within speech. */
  virtual void on_frame(float probability, bool speaking) { (void)probability, (void)speaking; }

 protected:
  ~SpeechEventSink() = default;
};

/**
 * Finds the beginnings and ends of speech in one stream of 8 or 16 kHz, each with the network of its rate. Sans-IO: time is
 * an argument.
 * Every `started` is followed by one `ended`, with at most one `confirmed` between them.
 * Not thread-safe, about 6 KB, allocates nothing.
 */
class SpeechDetector {
 public:
  /** `weights` must outlive the detector; `sample_rate_hz` is 8,000 or 16,000. */
  SpeechDetector(const SileroWeights& weights, const VadOptions& options, int sample_rate_hz);

  /**
   * Takes the next samples in order, any count, that came in (or were concealed) at `arrival_ns`.
   * Calls `sink` for what they decide, at most twice per 32 ms.
   */
  void push(std::span<const int16_t> samples, int64_t arrival_ns, SpeechEventSink& sink);
  /** The same, but a frame that is full waits in `batch`, always the same one, to be decided with those of others. */
  void push(std::span<const int16_t> samples, int64_t arrival_ns, SpeechEventSink& sink, FrameBatch& batch);

  /** For the batch: the frame that waits, and then what the network makes of it. */
  SileroVad::Frame frame() { return {.stream = &network_, .samples = std::span(frame_).first(frame_samples_)}; }
  void decide(float probability, int64_t at_ns, SpeechEventSink& sink);

  /** Holds from the next frame on, also within speech. */
  void set_options(const VadOptions& options);

  /** Forgets the stream. Speech under way gets no `ended`. */
  void reset();

  int sample_rate_hz() const { return sample_rate_hz_; }
  bool speaking() const { return speaking_; }
  /** Of the last whole frame. */
  float probability() const { return probability_; }

 private:
  static constexpr size_t kMostFrameSamples = 512;

  /** What a 20 ms packet of 16 kHz can hold behind the end of a frame. */
  static constexpr size_t kMostRest = 320;

  /** As much as the frame still takes; returns what is left over. */
  std::span<const int16_t> fill(std::span<const int16_t> samples, int64_t arrival_ns);
  bool frame_full() const { return filled_ == frame_samples_; }
  void finish_frame(float probability, int64_t at_ns, SpeechEventSink& sink);
  void start(int64_t at_ns, SpeechEventSink& sink);
  void count_speech_frame(int64_t at_ns, SpeechEventSink& sink);
  void count_silent_frame(int64_t at_ns, SpeechEventSink& sink);
  void report(SpeechEvent::Type type, int64_t at_ns, int64_t end_ns, SpeechEventSink& sink) const;

  int sample_rate_hz_;
  SileroVad network_;
  size_t frame_samples_;
  VadOptions options_;
  EnergyTrack energy_;
  alignas(64) std::array<float, kMostFrameSamples> frame_{};
  size_t filled_ = 0;
  /** What came with the end of a frame that waits to be decided, and belongs to the next. */
  std::array<int16_t, kMostRest> rest_;
  size_t rest_samples_ = 0;
  bool waiting_ = false;
  /** Of the frame being filled. */
  int64_t frame_begin_ = 0;
  float probability_ = 0;

  bool speaking_ = false;
  bool confirmed_ = false;
  int speech_run_ = 0;
  int silent_run_ = 0;
  int64_t onset_ns_ = 0;
  /** Position behind the last frame that was speech. */
  int64_t speech_end_ = 0;
};

}  // namespace trunkline::vad
