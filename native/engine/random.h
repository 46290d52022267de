#pragma once

#include <cstdint>

namespace trunkline::engine {

/** From the kernel: SSRCs, first sequence numbers and timestamps must not be guessed (RFC 3550 section 5.1). */
uint32_t random_u32();

}  // namespace trunkline::engine
