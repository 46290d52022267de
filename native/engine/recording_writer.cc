#include "recording_writer.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "clock.h"
#include "without_signals.h"

namespace trunkline::engine {
namespace {

int wait_ms(int64_t until_ns) {
  const int64_t left_ns = until_ns - monotonic_ns();
  return left_ns <= 0 ? 0 : static_cast<int>(left_ns / kNsPerMs) + 1;
}

}  // namespace

RecordingWriter::~RecordingWriter() {
  stop();
  for (Fresh* fresh = fresh_.take_all(); fresh != nullptr;) delete std::exchange(fresh, fresh->next);
  for (EndedRecording* ended = take_ended(); ended != nullptr;) delete std::exchange(ended, ended->next);
}

Recording* RecordingWriter::start(RecordingOptions options) {
  if (!ensure_thread()) {
    refuse(options, EAGAIN);
    return nullptr;
  }
  auto* fresh = new Fresh{.recording = std::make_unique<Recording>(std::move(options), bell_)};
  Recording* recording = fresh->recording.get();
  fresh_.push(fresh);
  bell_.ring();
  return recording;
}

void RecordingWriter::refuse(const RecordingOptions& options, int error) {
  report({.id = options.id, .session_id = options.session_id, .how = RecordingEnd::not_opened, .error = error});
}

void RecordingWriter::stop() {
  if (!running_) return;
  stopping_.store(true, std::memory_order_release);
  bell_.ring();
  pthread_join(thread_, nullptr);
  running_ = false;
}

bool RecordingWriter::ensure_thread() {
  if (running_) return true;
  if (!bell_.works() || stopping_.load(std::memory_order_relaxed)) return false;
  // A file beyond the limit of the process is then an error of the write, not a signal.
  const WithoutSignals inherited_by_the_thread;
  running_ = pthread_create(&thread_, nullptr, run, this) == 0;
  if (running_) pthread_setname_np(thread_, "recordings");
  return running_;
}

void* RecordingWriter::run(void* writer) {
  static_cast<RecordingWriter*>(writer)->run();
  return nullptr;
}

/** Between the periods it wakes for those that begin or end, and leaves the others alone. */
void RecordingWriter::run() {
  int64_t due_ns = 0;
  for (bool stopping = false; !stopping;) {
    bell_.wait(entries_.empty() ? -1 : wait_ms(due_ns));
    stopping = stopping_.load(std::memory_order_acquire);
    take_fresh();
    const int64_t now_ns = monotonic_ns();
    const bool due = stopping || now_ns >= due_ns;
    if (due) due_ns = now_ns + kPeriodMs * kNsPerMs;
    std::erase_if(entries_,
                  [&](const auto& entry) { return (due || entry->recording->finished()) && serve(*entry, stopping); });
  }
}

void RecordingWriter::take_fresh() {
  for (Fresh* fresh = fresh_.take_all(); fresh != nullptr;) {
    auto entry = std::make_unique<Entry>();
    entry->recording = std::move(fresh->recording);
    delete std::exchange(fresh, fresh->next);
    const RecordingOptions& options = entry->recording->options();
    entry->open = true;
    if (const int problem = entry->file.create(options.path, options.sample_rate_hz)) {
      end(*entry, RecordingEnd::not_opened, problem);
    }
    entries_.push_back(std::move(entry));
  }
}

bool RecordingWriter::serve(Entry& entry, bool stopping) {
  Recording& recording = *entry.recording;
  const bool finished = recording.finished() || stopping;
  if (!entry.open) return finished;
  const uint64_t frames = recording.frames();
  // What the ring may hold beyond them must fit as well.
  if (frames + recording.ring_frames() > recording.options().most_frames) {
    end(entry, RecordingEnd::too_long, 0);
    return finished;
  }
  int problem = recording.drain_to(entry.file);
  if (problem == 0) problem = entry.file.extend_to(frames);
  if (problem != 0) {
    end(entry, RecordingEnd::write_failed, problem);
  } else if (finished) {
    end(entry, RecordingEnd::stopped, 0);
  }
  return finished;
}

void RecordingWriter::end(Entry& entry, RecordingEnd how, int error) {
  Recording& recording = *entry.recording;
  recording.give_up();
  // A header that is no longer than what was written costs no space.
  if (how == RecordingEnd::write_failed) entry.file.extend_to(0);
  const int late = entry.file.close();
  if (late != 0 && how == RecordingEnd::stopped) {
    how = RecordingEnd::write_failed;
    error = late;
  }
  entry.open = false;
  const double frames_per_ms = recording.options().sample_rate_hz / 1000.0;
  report({
      .id = recording.options().id,
      .session_id = recording.options().session_id,
      .how = how,
      .error = error,
      .length_ms = static_cast<double>(entry.file.frames()) / frames_per_ms,
      .lost_ms = static_cast<double>(recording.lost_frames()) / frames_per_ms,
  });
}

void RecordingWriter::report(const EndedRecording& ended) {
  ended_.push(new EndedRecording(ended));
  if (told_ != nullptr) told_->wake();
}

}  // namespace trunkline::engine
