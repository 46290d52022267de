#include "background_player.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace trunkline::dsp {
namespace {

/** Speech above this leaves the background less room, none at full scale. */
constexpr int kGivesWayAt = 28'000;

int16_t sum(int speech, int background) {
  const int room = 32'767 - std::abs(speech);
  constexpr int kFull = 32'767 - kGivesWayAt;
  if (room < kFull) background = background * std::max(room, 0) / kFull;
  return static_cast<int16_t>(std::clamp(speech + background, -32'768, 32'767));
}

}  // namespace

void BackgroundLoop::publish(BackgroundSound sound) {
  sound_ = std::move(sound);
  ready_.store(true, std::memory_order_release);
}

std::span<const int16_t> BackgroundLoop::samples(int sample_rate_hz) const {
  if (!ready_.load(std::memory_order_acquire)) return {};
  return sample_rate_hz == 8000 ? sound_.at_8khz : sound_.at_16khz;
}

BackgroundPlayer::BackgroundPlayer(int sample_rate_hz) : sample_rate_hz_(sample_rate_hz), fade_(sample_rate_hz, 0) {}

void BackgroundPlayer::play(const BackgroundLoop* loop, float gain, uint32_t begin) {
  wanted_ = {loop, gain, begin};
  fade_.ramp_to(0);
}

/** The former sound has faded. */
void BackgroundPlayer::change() {
  begun_ = begun_ && playing_.loop == wanted_.loop;
  playing_ = wanted_;
  if (playing_.loop != nullptr) fade_.ramp_to(1);
}

void BackgroundPlayer::add_to(std::span<int16_t> slot) {
  if (fade_.silent()) change();
  if (playing_.loop == nullptr) return;
  const std::span<const int16_t> loop = playing_.loop->samples(sample_rate_hz_);
  if (loop.empty()) {
    fade_.jump_to(0);
    return;
  }
  if (!std::exchange(begun_, true)) position_ = playing_.begin % loop.size();
  std::array<int16_t, kMostSlot> sound;
  const std::span<int16_t> piece = std::span(sound).first(std::min(slot.size(), kMostSlot));
  for (int16_t& sample : piece) {
    sample = static_cast<int16_t>(std::lrintf(playing_.gain * static_cast<float>(loop[position_])));
    if (++position_ == loop.size()) position_ = 0;
  }
  fade_.apply(piece);
  for (size_t i = 0; i < piece.size(); ++i) slot[i] = sum(slot[i], piece[i]);
}

}  // namespace trunkline::dsp
