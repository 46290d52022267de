#include "tone_detector.h"

#include <algorithm>
#include <cmath>

namespace trunkline::dsp {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int kFrameMs = 32;
constexpr int kHopMs = 16;

/** Within a segment. */
constexpr float kSameToneHz = 30;
/** A frame whose middle is within the tone has at least half of its power. */
constexpr float kWithin = 0.5f;
/** 20 dB below the tone before it, what there is counts as silence. */
constexpr float kQuietAfterTone = 0.01f;
/** So many frames of something else in a row are more than the edge of a tone. */
constexpr int kOtherFrames = 3;
constexpr int kShortestSegmentMs = 60;
/** A pause that no rhythm has. */
constexpr int kLongestPauseMs = 8000;
/** Behind it, a busy or congestion tone is told anew. */
constexpr int kSpellPauseMs = 3000;

constexpr float kSteadyHz = 8;
constexpr float kSteadyPower = 2;

/** Longer than any ring. */
constexpr int kDialMs = 2400;
constexpr int kFaxAnswerMs = 1200;
constexpr int kFaxCallingPauseMs = 300;

constexpr int kBeepPauseMs = 250;
constexpr int kBeepPauseLikeBusyMs = 900;
constexpr int kSpeechBeforeBeepMs = 300;
constexpr int64_t kSpeechAgeNs = 10'000 * kNsPerMs;

template <typename Value>
bool between(Value value, Value least, Value most) {
  return value >= least && value <= most;
}
bool is_single(const ToneSegment& segment) { return segment.low_hz == segment.high_hz; }

/** ITU-T T.30: 1,100 Hz for 0.5 s, every 3.5 s. */
bool is_fax_calling(const ToneSegment& segment) {
  return is_single(segment) && between(segment.low_hz, 1062.0f, 1138.0f) && between(segment.duration_ms, 400, 600);
}

/** ITU-T T.30 and V.25. */
bool is_fax_answer(const ToneSegment& segment) {
  return is_single(segment) && between(segment.low_hz, 2080.0f, 2120.0f);
}

/** ITU-T E.180: 950, 1,400 and 1,800 Hz; North America varies the first two and their lengths. */
bool is_special_information(const ToneSegment& segment, size_t place) {
  static constexpr std::array<std::array<float, 2>, 3> kHz{{{895, 1005}, {1345, 1455}, {1740, 1855}}};
  return is_single(segment) && between(segment.low_hz, kHz[place][0], kHz[place][1]) &&
         between(segment.duration_ms, place == 2 ? 150 : 200, 460) && (place == 0 || segment.pause_ms <= 100);
}

}  // namespace

void ToneDetector::push(std::span<const int16_t> samples, int64_t arrival_ns, ToneSink& sink) {
  window_.push(samples, arrival_ns, [this, &sink](int64_t at_ns) { finish_hop(at_ns, sink); });
}

void ToneDetector::finish_hop(int64_t at_ns, ToneSink& sink) {
  const Moment now{analyse_tones(window_.samples()), at_ns - kFrameMs / 2 * kNsPerMs};
  const float tone_power = sounding_ ? sounding_->peak : ended_power_;
  if (now.frame.kind == ToneFrame::Kind::silent || now.frame.power < kQuietAfterTone * tone_power) {
    close();
    pending_.reset();
    other_run_ = 0;
  } else if (now.frame.kind == ToneFrame::Kind::other) {
    take_other(now);
  } else {
    take_tone(now);
  }
  if (sounding_) {
    judge_sounding(sink);
  } else if (other_run_ == 0 && !pending_ && segment_count_ > 0) {
    judge_silence(at_ns, sink);
  }
}

void ToneDetector::take_tone(const Moment& now) {
  if (continues(now.frame)) {
    other_run_ = 0;
    pending_.reset();
    extend(now);
    return;
  }
  const bool again = pending_ && pending_->frame.kind == now.frame.kind &&
                     std::abs(pending_->frame.low_hz - now.frame.low_hz) <= kSameToneHz &&
                     std::abs(pending_->frame.high_hz - now.frame.high_hz) <= kSameToneHz;
  if (!again) {
    if (pending_) take_other(now);
    pending_ = now;
    return;
  }
  close();
  begin(*pending_);
  extend(now);
  pending_.reset();
  other_run_ = 0;
}

/** Speech, music, or the edge of a tone. */
void ToneDetector::take_other(const Moment& now) {
  if (now.frame.kind == ToneFrame::Kind::other) pending_.reset();
  if (++other_run_ < kOtherFrames) return;
  close();
  forget_rhythm();
  speech_ms_ = now.at_ns - speech_ns_ > kSpeechAgeNs ? kHopMs : speech_ms_ + kHopMs;
  speech_ns_ = now.at_ns;
  ended_power_ = 0;
}

bool ToneDetector::continues(const ToneFrame& frame) const {
  return sounding_ && frame.kind == sounding_->kind &&
         std::abs(frame.low_hz - sounding_->segment.low_hz) <= kSameToneHz &&
         std::abs(frame.high_hz - sounding_->segment.high_hz) <= kSameToneHz;
}

void ToneDetector::begin(const Moment& first) {
  Sounding sounding;
  sounding.kind = first.frame.kind;
  sounding.segment.low_hz = first.frame.low_hz;
  sounding.segment.high_hz = first.frame.high_hz;
  sounding.segment.onset_ns = first.at_ns - kHopMs / 2 * kNsPerMs;
  sounding.segment.duration_ms = kHopMs;
  sounding.frames = 1;
  sounding.peak = first.frame.power;
  sounding.latest = first.frame;
  sounding_ = sounding;
}

void ToneDetector::extend(const Moment& now) {
  Sounding& sounding = *sounding_;
  ToneSegment& segment = sounding.segment;
  const ToneFrame& latest = sounding.latest;
  if (sounding.frames == 2) {
    segment.low_hz = sounding.least_hz = sounding.most_hz = latest.low_hz;
    segment.high_hz = latest.high_hz;
    sounding.least_power = sounding.most_power = latest.power;
  } else if (sounding.frames > 2) {
    const float weight = 1.0f / static_cast<float>(std::min(sounding.frames - 1, 32));
    segment.low_hz += (latest.low_hz - segment.low_hz) * weight;
    segment.high_hz += (latest.high_hz - segment.high_hz) * weight;
    sounding.least_hz = std::min(sounding.least_hz, latest.low_hz);
    sounding.most_hz = std::max(sounding.most_hz, latest.low_hz);
    sounding.least_power = std::min(sounding.least_power, latest.power);
    sounding.most_power = std::max(sounding.most_power, latest.power);
  }
  if (sounding.kind == ToneFrame::Kind::one_tone) segment.high_hz = segment.low_hz;
  if (sounding.frames <= 2 && latest.power < kWithin * now.frame.power) {
    segment.onset_ns = now.at_ns - kHopMs / 2 * kNsPerMs;
  }
  ++sounding.frames;
  sounding.latest = now.frame;
  sounding.peak = std::max(sounding.peak, now.frame.power);
  if (now.frame.power < kWithin * sounding.peak) return;
  segment.duration_ms = static_cast<int>((now.at_ns - segment.onset_ns) / kNsPerMs) + kHopMs / 2;
}

void ToneDetector::close() {
  if (!sounding_) return;
  const Sounding sounding = *sounding_;
  sounding_.reset();
  ToneSegment segment = sounding.segment;
  if (segment.duration_ms < kShortestSegmentMs) return;
  segment.steady = sounding.frames > 3 && sounding.most_hz - sounding.least_hz <= kSteadyHz &&
                   sounding.most_power <= kSteadyPower * sounding.least_power;
  if (segment_count_ > 0) segment.pause_ms = static_cast<int>((segment.onset_ns - ended_ns_) / kNsPerMs);
  if (segment.pause_ms > kSpellPauseMs) spell_.reset();
  if (segment.pause_ms > kLongestPauseMs) forget_rhythm();
  if (segment_count_ == kSegments) {
    std::shift_left(segments_.begin(), segments_.end(), 1);
    --segment_count_;
  }
  segments_[segment_count_++] = segment;
  ended_ns_ = segment.onset_ns + segment.duration_ms * kNsPerMs;
  ended_power_ = sounding.peak;
  judged_ = sounding.told;
}

void ToneDetector::forget_rhythm() {
  segment_count_ = 0;
  spell_.reset();
  judged_ = true;
}

void ToneDetector::judge_sounding(ToneSink& sink) {
  Sounding& sounding = *sounding_;
  if (sounding.told) return;
  ToneSegment segment = sounding.segment;
  segment.steady = sounding.most_hz - sounding.least_hz <= kSteadyHz;
  segment.pause_ms = segment_count_ == 0 ? 0 : static_cast<int>((segment.onset_ns - ended_ns_) / kNsPerMs);
  std::optional<ToneKind> kind;
  if (segment.duration_ms >= kDialMs && is_dial_frequency(segment)) kind = ToneKind::dial;
  if (segment.duration_ms >= kFaxAnswerMs && is_fax_answer(segment)) kind = ToneKind::fax_answer;
  if (segment_count_ >= 2 && is_special_information(segment, 2) &&
      is_special_information(segments_[segment_count_ - 1], 1) &&
      is_special_information(segments_[segment_count_ - 2], 0)) {
    kind = ToneKind::special_information;
  }
  if (!kind) return;
  sounding.told = true;
  tell(*kind, segment, sink);
}

void ToneDetector::judge_silence(int64_t at_ns, ToneSink& sink) {
  if (judged_) return;
  const ToneSegment& last = segments_[segment_count_ - 1];
  const auto silence_ms = static_cast<int>((at_ns - ended_ns_) / kNsPerMs);
  std::optional<ToneKind> kind;
  if (const auto match = match_cadence(std::span(segments_).first(segment_count_), silence_ms); match.found) {
    kind = match.kind;
  } else if (is_fax_calling(last)) {
    if (silence_ms >= kFaxCallingPauseMs) kind = ToneKind::fax_calling;
  } else if (is_beep(last) && !match_cadence(std::span(segments_).first(segment_count_), kLongestPauseMs).found) {
    const bool like_busy = between(last.low_hz, 390.0f, 460.0f);
    if (silence_ms >= (like_busy ? kBeepPauseLikeBusyMs : kBeepPauseMs)) kind = ToneKind::beep;
  }
  if (!kind) return;
  judged_ = true;
  const bool rhythm = kind == ToneKind::busy || kind == ToneKind::congestion;
  if (rhythm && spell_ == kind) return;
  tell(*kind, last, sink);
}

bool ToneDetector::is_beep(const ToneSegment& segment) const {
  return segment.steady && is_single(segment) && between(segment.low_hz, 390.0f, 2210.0f) &&
         between(segment.duration_ms, 130, 2050) && segment_count_ == 1 && speech_ms_ >= kSpeechBeforeBeepMs &&
         segment.onset_ns - speech_ns_ <= kSpeechAgeNs;
}

void ToneDetector::tell(ToneKind kind, const ToneSegment& segment, ToneSink& sink) {
  spell_ = kind;
  sink.on_tone({kind, window_.arrival_ns(segment.onset_ns), segment.duration_ms, segment.low_hz});
}

}  // namespace trunkline::dsp
