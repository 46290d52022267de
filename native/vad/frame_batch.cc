#include "frame_batch.h"

#include <span>
#include <utility>

#include "speech_detector.h"

namespace trunkline::vad {

void FrameBatch::add(SpeechDetector& detector, int64_t at_ns, SpeechEventSink& sink) {
  Row& row = rows_[detector.sample_rate_hz() == 8000 ? 0 : 1];
  row.waiting[row.count++] = {&detector, at_ns, &sink};
  if (row.count == SileroVad::kBatch) run(row);
}

void FrameBatch::run() {
  for (Row& row : rows_) run(row);
}

void FrameBatch::run(Row& row) {
  std::array<SileroVad::Frame, SileroVad::kBatch> frames;
  const size_t count = std::exchange(row.count, 0);
  for (size_t i = 0; i < count; ++i) frames[i] = row.waiting[i].detector->frame();
  SileroVad::process_batch(std::span(frames).first(count));
  for (size_t i = 0; i < count; ++i) {
    const Waiting& each = row.waiting[i];
    each.detector->decide(frames[i].probability, each.at_ns, *each.sink);
  }
}

}  // namespace trunkline::vad
