#pragma once

#include <cstdint>
#include <vector>

namespace trunkline::bench {

/** The µ-law file cut to whole packets of 160; empty when it cannot be read. */
std::vector<uint8_t> read_speech(const char* path);

}  // namespace trunkline::bench
