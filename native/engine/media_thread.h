#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "audio_ring.h"
#include "command.h"
#include "event.h"
#include "media_session.h"
#include "pacing_histogram.h"
#include "playout_queue.h"
#include "wake_up.h"

namespace trunkline::engine {

/**
 * Sockets, clock and sessions of one media thread. Every 5 ms it serves one of four groups of sessions, so that their
 * departures spread over the 20 ms; between those it wakes for packets, at most once a millisecond.
 *
 * Public calls are the control thread's. Data crosses in lock-free lists: commands down, events and audio up.
 */
class MediaThread final : private EventSink {
 public:
  static constexpr size_t kAudioRecords = 8192;

  MediaThread(WakeUp& wake_up, size_t audio_records = kAudioRecords);
  ~MediaThread();
  MediaThread(const MediaThread&) = delete;
  MediaThread& operator=(const MediaThread&) = delete;

  /** False when the kernel has no descriptors left. */
  bool start();
  /** Closes every session and joins. Events and audio can still be taken. */
  void stop();

  void submit(Command* command);
  /** The control thread's own figure: sessions that were given to it and are not freed. */
  size_t sessions() const { return sessions_; }
  void add_session() { ++sessions_; }
  void remove_session() { --sessions_; }
  SessionOutlets outlets() { return {*this, audio_, spent_chunks_, frames_}; }

  /** Oldest first; the taker frees them. */
  Event* take_events() { return events_.take_all(); }
  AudioRing& audio() { return audio_; }
  /** Frees what the thread is done with. */
  void free_spent();

  PacingHistogram& pacing() { return pacing_; }
  uint64_t dropped(Drop reason) const { return dropped_[static_cast<size_t>(reason)].load(std::memory_order_relaxed); }

 private:
  static constexpr int kGroups = 4;

  /** What an epoll event points to. */
  struct Readable {
    MediaSession* session;
    bool rtcp;
    /** When it last had something. */
    uint64_t turn = 0;
  };
  struct Entry {
    std::unique_ptr<Readable> rtp;
    std::unique_ptr<Readable> rtcp;
    int group;
  };
  struct Group {
    std::vector<MediaSession*> sessions;
    /** When its next packets are due. */
    int64_t due_ns = 0;
  };

  void post(const Event& event) override;

  void run();
  int wait_and_receive();
  void receive(Readable& readable);
  void count_drops(const DropCounts& before, const DropCounts& now);
  void apply_commands();
  void apply(Command& command, int64_t now_ns);
  void open(const Command& command, int64_t now_ns);
  void bridge(Command& command);
  void unbridge(MediaSession* session, Command& command);
  void move_beside(MediaSession* session, MediaSession* other);
  void close(MediaSession* session, int64_t now_ns);
  void close_all();
  void watch(int fd, void* target);
  void unwatch(int fd);
  void arm_timer(int64_t at_ns);
  void start_clock(int64_t now_ns);
  void run_due_ticks();
  void serve(Group& group);
  void send_round(Group& group);
  void time_out_sessions(int64_t now_ns);
  void signal();
  void rest() const;

  WakeUp& wake_up_;
  size_t sessions_ = 0;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  int epoll_fd_ = -1;
  int timer_fd_ = -1;
  int event_fd_ = -1;

  HandoffList<Command> commands_;
  HandoffList<Command> spent_commands_;
  HandoffList<PlayoutChunk> spent_chunks_;
  HandoffList<Event> events_;
  AudioRing audio_;
  PacingHistogram pacing_;
  std::array<std::atomic<uint64_t>, DropCounts::kReasons> dropped_{};

  // The media thread's own.
  std::unordered_map<MediaSession*, Entry> entries_;
  std::array<Group, kGroups> groups_;
  ReceiveBatch batch_;
  /** Looks at the sockets so far. */
  uint64_t turn_ = 1;
  vad::FrameBatch frames_;
  int64_t next_tick_ns_ = 0;
  uint64_t tick_ = 0;
  bool news_ = false;
};

}  // namespace trunkline::engine
