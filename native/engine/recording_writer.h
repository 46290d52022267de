#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "doorbell.h"
#include "handoff_list.h"
#include "recording.h"
#include "wake_up.h"

namespace trunkline::engine {

/** How a recording ended. The numbers are the wire between the engine and its driver. */
enum class RecordingEnd : uint8_t {
  stopped = 0,
  /** The file could not be made. */
  not_opened = 1,
  /** Disk full, quota, broken disk. What was written is a readable file. */
  write_failed = 2,
  /** A WAV file holds 4 GiB. */
  too_long = 3,
};

struct EndedRecording {
  EndedRecording* next = nullptr;
  uint32_t id = 0;
  uint32_t session_id = 0;
  RecordingEnd how = RecordingEnd::stopped;
  /** errno of `not_opened` and `write_failed`. */
  int error = 0;
  double length_ms = 0;
  /** Of that, silence because the disk was behind. */
  double lost_ms = 0;
};

/**
 * The thread that writes the recordings of an engine to disk, started with the first. Twice a second it appends what
 * came and makes the headers true: a process that is killed leaves files that can be played up to then.
 *
 * Public calls are the control thread's.
 */
class RecordingWriter {
 public:
  static constexpr int kPeriodMs = 500;

  /** `told` is woken for each that has ended, on the writer thread; it outlives the writer. */
  explicit RecordingWriter(WakeUp* told = nullptr) : told_(told) {}
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  /**
   * For one media thread to push to and to finish; null when there is no thread to write it (no descriptors, no threads
   * left). Either way there will be one `EndedRecording`.
   */
  Recording* start(RecordingOptions options);
  /** Ends one that cannot be begun. */
  void refuse(const RecordingOptions& options, int error);

  /** Oldest first; the taker frees them. */
  EndedRecording* take_ended() { return ended_.take_all(); }

  /** Takes every recording for finished, writes what is left and joins: no media thread may push any more. */
  void stop();

 private:
  struct Entry {
    std::unique_ptr<Recording> recording;
    WavFile file;
    bool open = false;
  };
  /** On its way to the thread. */
  struct Fresh {
    Fresh* next = nullptr;
    std::unique_ptr<Recording> recording;
  };

  bool ensure_thread();
  static void* run(void* writer);
  void run();
  void take_fresh();
  /** True when the recording can be forgotten. */
  bool serve(Entry& entry, bool stopping);
  void end(Entry& entry, RecordingEnd how, int error);

  void report(const EndedRecording& ended);

  WakeUp* const told_;
  Doorbell bell_;
  pthread_t thread_{};
  bool running_ = false;
  std::atomic<bool> stopping_{false};
  HandoffList<Fresh> fresh_;
  HandoffList<EndedRecording> ended_;
  /** The thread's own. */
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace trunkline::engine
