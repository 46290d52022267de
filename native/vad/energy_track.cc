#include "energy_track.h"

#include <algorithm>
#include <cmath>

namespace trunkline::vad {

namespace {

constexpr float kFullScale = 32768;
/** Below this a block has no speech energy, whatever the noise floor. */
constexpr float kQuietestSpeechDbfs = -50;
constexpr float kAboveFloorDb = 9;
constexpr float kLowestFloorDbfs = -75;
/** How fast the floor follows a noise that grew, per block: in a second of noise, hardly within a word. */
constexpr float kRiseInSilenceDb = 0.2f;
constexpr float kRiseInSpeechDb = 0.02f;

/** How far before the network's frame the edges of speech are looked for: 400 and 200 ms. */
constexpr int64_t kOnsetSearchBlocks = 40;
constexpr int64_t kEndSearchBlocks = 20;
/** Energy this near to other energy belongs to it: the closure before a plosive, the dip between pitch pulses. */
constexpr int64_t kGapBlocks = 3;
/** How late the network may see energy that has passed already. */
constexpr int64_t kNetworkDelayBlocks = 6;

}  // namespace

void EnergyTrack::push(std::span<const int16_t> samples, int64_t arrival_ns) {
  while (!samples.empty()) {
    const auto taken = samples.first(std::min(samples.size(), static_cast<size_t>(block_samples_ - power_samples_)));
    samples = samples.subspan(taken.size());
    for (const int16_t sample : taken) power_sum_ += static_cast<int64_t>(sample) * sample;
    power_samples_ += static_cast<int64_t>(taken.size());
    if (power_samples_ == block_samples_) finish_block(arrival_ns);
  }
}

void EnergyTrack::finish_block(int64_t arrival_ns) {
  const float power = static_cast<float>(power_sum_) / (static_cast<float>(block_samples_) * kFullScale * kFullScale);
  const float level_dbfs = std::max(10 * std::log10(power + 1e-12f), kLowestFloorDbfs);
  const float threshold_dbfs = std::max(noise_floor_dbfs_ + kAboveFloorDb, kQuietestSpeechDbfs);
  blocks_[blocks_done_ % kHistoryBlocks] = {.arrival_ns = arrival_ns, .energetic = level_dbfs >= threshold_dbfs};
  blocks_done_ += 1;
  noise_floor_dbfs_ = std::min(level_dbfs, noise_floor_dbfs_ + (speaking_ ? kRiseInSpeechDb : kRiseInSilenceDb));
  power_sum_ = 0;
  power_samples_ = 0;
}

int64_t EnergyTrack::oldest_block(int64_t wanted) const {
  return std::max({wanted, blocks_done_ - kHistoryBlocks, search_start_, int64_t{0}});
}

std::optional<int64_t> EnergyTrack::onset_ns(int64_t frame_begin) const {
  const int64_t frame_block = frame_begin / block_samples_;
  const int64_t oldest = oldest_block(frame_block - kOnsetSearchBlocks);
  int64_t onset = blocks_done_ - 1;
  const int64_t latest_needed = std::max(frame_block - kNetworkDelayBlocks, oldest);
  while (onset >= latest_needed && !block(onset).energetic) --onset;
  if (onset < latest_needed) return std::nullopt;
  for (int64_t at = onset - 1; at >= std::max(oldest, onset - kGapBlocks); --at) {
    if (block(at).energetic) onset = at;
  }
  // No silence before it: the energy is that of a noise, unless this is where the stream began.
  if (onset < oldest + kGapBlocks && oldest > 0) return std::nullopt;
  return block(onset).arrival_ns;
}

std::optional<int64_t> EnergyTrack::end_ns(int64_t frame_end) const {
  const int64_t frame_block = (frame_end - 1) / block_samples_;
  const int64_t oldest = oldest_block(frame_block - kEndSearchBlocks);
  int64_t end = std::min(frame_block, blocks_done_ - 1);
  while (end >= oldest && !block(end).energetic) --end;
  if (end < oldest) return std::nullopt;
  for (int64_t at = end + 1; at < std::min(blocks_done_, end + kGapBlocks + 1); ++at) {
    if (block(at).energetic) end = at;
  }
  // No silence behind it: the energy is that of a noise.
  if (end + kGapBlocks >= blocks_done_) return std::nullopt;
  return block(end).arrival_ns;
}

int64_t EnergyTrack::arrival_ns(int64_t position) const {
  const int64_t index = std::clamp(position / block_samples_, int64_t{0}, blocks_done_ - 1);
  return block(index).arrival_ns;
}

}  // namespace trunkline::vad
