#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "../dsp/resampler.h"
#include "../vad/silero.h"
#include "media_thread.h"
#include "port_pool.h"
#include "recording_writer.h"

namespace trunkline::engine {

struct EngineOptions {
  rtp::Endpoint host;
  uint16_t port_first = 0;
  uint16_t port_last = 0;
  int threads = 1;
  /** Of each thread: at least so many, and so many for each of its sessions: 2.2 s while JavaScript does not look. */
  size_t audio_records = MediaThread::kAudioRecords;
  size_t audio_records_per_session = 110;
};

struct EngineStats {
  size_t sessions_open = 0;
  size_t ports_free = 0;
  /** Of those, the ones that wait for the packets of ended calls to cease. */
  size_t ports_draining = 0;
  uint64_t sessions_total = 0;
  /** By `Drop`. */
  std::array<uint64_t, DropCounts::kReasons> packets_dropped{};
  /** Slots whose audio was overwritten before it was read. */
  uint64_t audio_overwritten = 0;
  Pacing pacing;
};

/** What goes up to the application, on the control thread. */
class HandUp {
 public:
  virtual void on_audio(const AudioRecord& record) = 0;
  virtual void on_event(const Event& event) = 0;

 protected:
  ~HandUp() = default;
};

/**
 * The engine as its control thread sees it: sessions by id. All calls come from that one thread, never block and
 * ignore an id that is not open (any more).
 */
class MediaEngine {
 public:
  struct Opened {
    uint32_t id;
    uint16_t rtp_port;
  };

  /** Null when threads cannot be started. `wake_up` is called by media threads and must outlive the engine. */
  static std::unique_ptr<MediaEngine> create(const EngineOptions& options, std::unique_ptr<vad::SileroWeights> weights,
                                             WakeUp& wake_up);
  ~MediaEngine();

  /** Nothing when every port is taken. The id in `options` is set here. */
  std::optional<Opened> open(SessionOptions options);
  /** The first one sets the rate of the session: that of its codec. False when the codec is not built in. */
  bool connect(uint32_t id, const RtpRemote& remote);
  /**
   * Copies. Audio of any rate from 8 to 48 kHz is resampled here, with the filter going on from write to write.
   * What comes before `connect` waits for it.
   */
  void write(uint32_t id, uint32_t playout_id, std::span<const int16_t> samples, int sample_rate_hz);
  void mark(uint32_t id, uint32_t playout_id, uint32_t mark_id);
  void finish(uint32_t id, uint32_t playout_id);
  void flush(uint32_t id);
  void listen(uint32_t id, const ListeningOptions& options);
  void play_background(uint32_t id, const Background& background);
  void set_duck_on_speech(uint32_t id, bool enabled);
  /** Nothing but silence is sent; everything goes on behind it. */
  void set_muted(uint32_t id, bool muted);
  /** Behind the keys that still wait; `DigitSender::kMostKeys` of them, what is more is left out. */
  void press(uint32_t id, const KeyPress& key);
  void detect(uint32_t id, Detection detection);
  /** Commands that are nothing but their type: pause, resume, release. */
  void command(uint32_t id, Command::Type type);
  /**
   * Joins two connected sessions; each ends the bridge it was in. Again for the same two: changes the route of `id`'s
   * agent. False: they are not on one thread (`SessionOptions::beside`) or one is not connected.
   */
  bool bridge(uint32_t id, uint32_t other_id, AgentRoute route);
  void unbridge(uint32_t id);
  void close(uint32_t id);

  /**
   * To a new file, from the next slot on; ends one that is under way. True: there will be one `recording_ended` for it,
   * which may come after `closed`.
   */
  bool start_recording(uint32_t id, std::string path);
  void pause_recording(uint32_t id, bool paused);
  void stop_recording(uint32_t id);

  /** Hands up what the threads brought: the audio of a session before the events that followed it, `closed` last. */
  void drain(HandUp& hand_up);
  EngineStats stats();
  size_t sessions_open() const { return sessions_.size(); }
  /** Something will still be handed up. */
  bool busy() const { return !sessions_.empty() || recordings_open_ > 0; }
  /** Closes every session and joins the threads. `drain` then gives what is left. */
  void stop();

 private:
  struct Writer {
    int sample_rate_hz;
    dsp::Resampler resampler;
  };
  struct Session {
    std::unique_ptr<MediaSession> session;
    MediaThread* thread;
    /** 0 before the first connection. */
    int sample_rate_hz = 0;
    /** Id of the session it is bridged with; 0 = none. */
    uint32_t bridged_with = 0;
    /** Id of the recording that is made of it; 0 = none. */
    uint32_t recording = 0;
    /** Has the playout path, which a bridge and a recording need. */
    bool has_playout = false;
    /** Of the last `connect`. */
    RtpRemote remote;
    /** Wait for the first connection. */
    std::vector<std::function<void()>> early;
    /** By playout. */
    std::map<uint32_t, Writer> writers;
    bool closing = false;
  };

  MediaEngine(const EngineOptions& options, std::unique_ptr<vad::SileroWeights> weights, WakeUp& wake_up);

  struct PlainCommand {
    Command::Type type;
    uint32_t playout_id = 0;
    uint32_t mark_id = 0;
    bool enabled = false;
    KeyPress key = {};
    Detection detection = {};
  };

  Session* find(uint32_t id);
  /** The thread with the fewest sessions. */
  MediaThread& least_loaded();
  /** Gives the session its playout path or takes it, as it needs now. */
  static void follow_playout(Session& session);
  void end_recording(Session& session);
  template <typename Action>
  void when_connected(uint32_t id, Action action);
  void submit_connected(uint32_t id, const PlainCommand& plain);
  static void submit(const Session& session, Command command);
  void submit_chunk(const Session& session, uint32_t playout_id, std::vector<int16_t> samples);
  std::vector<int16_t> resample(Session& session, uint32_t playout_id, std::span<const int16_t> samples, int rate_hz);
  void end_writer(Session& session, uint32_t playout_id);
  std::shared_ptr<const dsp::ResamplerKernel> kernel(int input_rate_hz, int output_rate_hz);
  void forget(uint32_t id);
  void drain_recordings(HandUp& hand_up);
  static void drain_thread(MediaThread& thread, HandUp& hand_up, std::vector<uint32_t>& closed);

  std::unique_ptr<vad::SileroWeights> weights_;
  const size_t audio_records_per_session_;
  PortPool ports_;
  std::map<std::pair<int, int>, std::shared_ptr<const dsp::ResamplerKernel>> kernels_;
  std::unordered_map<uint32_t, Session> sessions_;
  uint32_t last_id_ = 0;
  bool stopped_ = false;
  /** Begun, and their end not handed up. */
  size_t recordings_open_ = 0;
  uint32_t last_recording_ = 0;
  RecordingWriter recordings_;
  /** Sessions point into them and are freed first. */
  std::vector<std::unique_ptr<MediaThread>> threads_;
};

}  // namespace trunkline::engine
