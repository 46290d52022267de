#include <cerrno>
#include <utility>

#include "clock.h"
#include "media_engine.h"

namespace trunkline::engine {

bool MediaEngine::start_recording(uint32_t id, std::string path) {
  Session* session = find(id);
  if (session == nullptr) return false;
  ++recordings_open_;
  RecordingOptions options{.id = ++last_recording_, .session_id = id, .path = std::move(path)};
  if (session->sample_rate_hz == 0) {
    recordings_.refuse(options, ENOTCONN);
    return true;
  }
  options.sample_rate_hz = session->sample_rate_hz;
  if (Recording* recording = recordings_.start(std::move(options))) {
    session->recording = last_recording_;
    follow_playout(*session);
    submit(*session, {.type = Command::Type::start_recording, .recording = recording});
  }
  return true;
}

void MediaEngine::pause_recording(uint32_t id, bool paused) {
  submit_connected(id, {.type = Command::Type::pause_recording, .enabled = paused});
}

void MediaEngine::stop_recording(uint32_t id) {
  submit_connected(id, {.type = Command::Type::stop_recording});
  Session* session = find(id);
  if (session != nullptr) end_recording(*session);
}

/** Nobody hears its playout path any more. */
void MediaEngine::end_recording(Session& session) {
  if (std::exchange(session.recording, 0) != 0) follow_playout(session);
}

/** After the sessions' own events: a recording that ended with its session comes behind `closed`. */
void MediaEngine::drain_recordings(HandUp& hand_up) {
  for (EndedRecording* ended = recordings_.take_ended(); ended != nullptr;) {
    Event event;
    event.type = EventType::recording_ended;
    event.session_id = ended->session_id;
    event.at_ns = monotonic_ns();
    event.values = {static_cast<double>(ended->how), static_cast<double>(ended->error), ended->length_ms,
                    ended->lost_ms};
    --recordings_open_;
    Session* session = find(ended->session_id);
    if (session != nullptr && session->recording == ended->id) end_recording(*session);
    hand_up.on_event(event);
    delete std::exchange(ended, ended->next);
  }
}

}  // namespace trunkline::engine
