#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace trunkline::engine {

/** The two rates at which a session can work inside. */
inline constexpr int kNarrowbandHz = 8000;
inline constexpr int kWidebandHz = 16000;

inline constexpr int kSlotMs = 20;

/** Samples of one 20 ms slot. */
constexpr size_t slot_samples(int sample_rate_hz) { return static_cast<size_t>(sample_rate_hz) * kSlotMs / 1000; }

inline constexpr size_t kMostSlotSamples = slot_samples(kWidebandHz);

/** Room for a slot of either rate; the first `slot_samples(rate)` are used. */
using SlotRoom = std::array<int16_t, kMostSlotSamples>;

/** Of received audio that goes up with one slot. */
inline constexpr size_t kMostHeardSamples = 2 * kMostSlotSamples;

constexpr size_t most_heard_samples(int sample_rate_hz) { return 2 * slot_samples(sample_rate_hz); }

}  // namespace trunkline::engine
