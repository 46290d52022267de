#pragma once

#include <cstdint>
#include <memory>

#include "bridge.h"
#include "connection.h"
#include "digit_sender.h"
#include "jitter_buffer.h"
#include "tone_listener.h"

namespace trunkline::engine {

class MediaSession;
class Recording;
struct SessionAudio;
struct Background;
struct ListeningOptions;
struct PlayoutChunk;

/** From the control thread to a session on its media thread. Made and freed on the control thread. */
struct Command {
  enum class Type {
    open,
    connect,
    write,
    mark,
    finish,
    flush,
    pause,
    resume,
    release,
    duck_on_speech,
    mute,
    listen,
    background,
    bridge,
    route,
    unbridge,
    start_recording,
    pause_recording,
    stop_recording,
    playout,
    press,
    detect,
    close
  };

  Command* next = nullptr;
  Type type = Type::open;
  MediaSession* session = nullptr;
  /** The former one comes back in its place. */
  std::unique_ptr<Connection> connection;
  /** With the first connection. */
  std::unique_ptr<SessionAudio> audio;
  /** open: serve it beside this one. bridge: with this one. */
  MediaSession* other = nullptr;
  /** Of `session` and of `other`; the former ones come back in their place. */
  std::unique_ptr<BridgeEnd> bridge_end;
  std::unique_ptr<BridgeEnd> other_bridge_end;
  AgentRoute route;
  std::unique_ptr<ListeningOptions> listening;
  /** Nothing: no playout path any more. The former one comes back in its place. */
  std::unique_ptr<JitterBuffer> playout;
  std::unique_ptr<Background> background;
  PlayoutChunk* chunk = nullptr;
  /** Is freed by the writer of recordings. */
  Recording* recording = nullptr;
  uint32_t playout_id = 0;
  uint32_t mark_id = 0;
  bool enabled = false;
  KeyPress key;
  Detection detection;
};

}  // namespace trunkline::engine
