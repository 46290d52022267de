#pragma once

#include <optional>

#include "../engine/bridge.h"
#include "../engine/connection.h"
#include "../engine/session_audio.h"
#include "arguments.h"

namespace trunkline::binding {

/** `MediaSessionOptions` of src/media/media-engine.ts. */
engine::SessionOptions session_options(const Properties& options);

/** `ListeningOptions`, a part of it. */
engine::ListeningOptions listening_options(const Properties& options);

/** `BackgroundSound` of src/audio/background-sound.ts; nothing given, no loop. Begins to make a sound that is new. */
engine::Background background(const Properties& sound);

/** `AgentAudience`. */
engine::AgentRoute agent_route(const std::string& heard_by);

/** `SendDigitsOptions`; the key is the caller's to set. */
engine::KeyPress key_press(const Properties& options);
/** `MediaDetection` */
engine::Detection detection(const Properties& options);

/** `RtpRemote`; nothing when the address is not a literal. */
std::optional<engine::RtpRemote> rtp_remote(const Properties& remote);

}  // namespace trunkline::binding
