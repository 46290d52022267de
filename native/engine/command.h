#pragma once

#include <cstdint>
#include <optional>

#include "receive_path.h"

namespace trunkline::engine {

class MediaSession;
struct PlayoutChunk;

/** From the control thread to a session on its media thread. Made and freed on the control thread. */
struct Command {
  enum class Type { open, connect, write, mark, finish, flush, pause, resume, release, duck_on_speech, close };

  Command* next = nullptr;
  Type type = Type::open;
  MediaSession* session = nullptr;
  std::optional<RtpRemote> remote;
  PlayoutChunk* chunk = nullptr;
  uint32_t playout_id = 0;
  uint32_t mark_id = 0;
  bool enabled = false;
};

}  // namespace trunkline::engine
