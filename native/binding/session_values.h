#pragma once

#include <optional>

#include "../engine/connection.h"
#include "../engine/session_audio.h"
#include "arguments.h"

namespace trunkline::binding {

/** `MediaSessionOptions` of src/media/media-engine.ts. */
engine::SessionOptions session_options(const Properties& options);
/** `RtpRemote`; nothing when the address is not a literal. */
std::optional<engine::RtpRemote> rtp_remote(const Properties& remote);

}  // namespace trunkline::binding
