#include "playout_queue.h"

#include <algorithm>
#include <utility>

namespace trunkline::engine {

PlayoutQueue::PlayoutQueue(HandoffList<PlayoutChunk>& spent, float duck_gain, int sample_rate_hz)
    : spent_(spent), duck_gain_(duck_gain), gain_(sample_rate_hz), smoother_(sample_rate_hz) {
  notes_.reserve(16);
}

PlayoutQueue::~PlayoutQueue() {
  for (Playout& playout : playouts_) {
    for (PlayoutChunk* chunk : playout.chunks) spent_.push(chunk);
  }
}

void PlayoutQueue::write(PlayoutChunk* chunk) {
  Playout* playout = find_or_begin(chunk->playout_id);
  if (playout == nullptr || playout->finished || chunk->samples.empty()) {
    spent_.push(chunk);
    return;
  }
  playout->written += chunk->samples.size();
  playout->chunks.push_back(chunk);
}

void PlayoutQueue::mark(uint32_t playout_id, uint32_t mark_id) {
  Playout* playout = find_or_begin(playout_id);
  if (playout != nullptr) playout->marks.push_back({mark_id, playout->written});
}

void PlayoutQueue::finish(uint32_t playout_id) {
  Playout* playout = find_or_begin(playout_id);
  if (playout != nullptr) playout->finished = true;
}

void PlayoutQueue::flush() {
  silence_awaited_ = true;
  paused_ = false;
  ducked_ = false;
  flushing_ = true;
  for (Playout& playout : playouts_) playout.flushed = true;
  gain_.ramp_to(0);
}

void PlayoutQueue::pause() {
  const bool heard = audible();
  silence_awaited_ = true;
  paused_ = true;
  if (heard) {
    gain_.ramp_to(0);
  } else if (!flushing_) {
    gain_.jump_to(0);
  }
}

void PlayoutQueue::resume() {
  if (paused_) silence_awaited_ = false;
  paused_ = false;
  ducked_ = false;
  if (!flushing_ && !held_) gain_.ramp_to(1);
}

void PlayoutQueue::hold(bool held) {
  if (held_ == held) return;
  const bool heard = audible();
  held_ = held;
  if (flushing_ || paused_) return;
  if (!held) {
    gain_.ramp_to(ducked_ ? duck_gain_ : 1);
  } else if (heard) {
    gain_.ramp_to(0);
  } else {
    gain_.jump_to(0);
  }
}

void PlayoutQueue::duck() {
  if (ducked_ || !audible()) return;
  ducked_ = true;
  duck_reported_ = false;
  gain_.ramp_to(duck_gain_);
}

void PlayoutQueue::set_duck_gain(float gain) {
  duck_gain_ = gain;
  if (ducked_ && !paused_ && !held_ && !flushing_) gain_.ramp_to(duck_gain_);
}

void PlayoutQueue::release() {
  ducked_ = false;
  if (!paused_ && !held_ && !flushing_) gain_.ramp_to(1);
}

void PlayoutQueue::fill(std::span<int16_t> packet) {
  notes_.clear();
  size_t filled = 0;
  while (filled < packet.size()) {
    const size_t count = fill_from_front(packet.subspan(filled));
    if (count == 0) break;
    note_source(filling_, filled);
    filled += count;
  }
  if (filled < packet.size()) note_source(0, filled);
  if (flushing_ && gain_.silent()) drop_flushed();
  std::fill(packet.begin() + static_cast<ptrdiff_t>(filled), packet.end(), int16_t{0});
  smoother_.apply(packet, std::span(seams_).first(std::exchange(seam_count_, 0)));
  if (filled == 0 && silence_awaited_) {
    silence_awaited_ = false;
    notes_.push_back({PlayoutNote::Type::silenced});
  }
}

void PlayoutQueue::note_source(uint32_t playout_id, size_t at) {
  if (std::exchange(source_, playout_id) == playout_id) return;
  if (seam_count_ < kMostSeams) seams_[seam_count_++] = at;
}

/** A playout that is not there any more was flushed or ended: ids only rise. */
PlayoutQueue::Playout* PlayoutQueue::find_or_begin(uint32_t playout_id) {
  for (Playout& playout : playouts_) {
    if (playout.id == playout_id) return playout.flushed ? nullptr : &playout;
  }
  if (playout_id <= last_begun_id_) return nullptr;
  last_begun_id_ = playout_id;
  playouts_.emplace_back().id = playout_id;
  return &playouts_.back();
}

bool PlayoutQueue::audible() const {
  return !paused_ && !held_ && !flushing_ && !playouts_.empty() && playouts_.front().started &&
         playouts_.front().available() > 0;
}

size_t PlayoutQueue::fill_from_front(std::span<int16_t> packet) {
  while (true) {
    if (flushing_ &&
        (gain_.silent() || playouts_.empty() || !playouts_.front().started || playouts_.front().available() == 0)) {
      drop_flushed();
    }
    if (playouts_.empty()) {
      settle_when_empty();
      return 0;
    }
    Playout& front = playouts_.front();
    reach_marks(front);
    if (front.available() > 0) break;
    if (!front.finished) {
      run_dry(front);
      return 0;
    }
    end_front(PlayoutNote::Type::completed);
  }
  if (gain_.silent()) return 0;
  Playout& front = playouts_.front();
  filling_ = front.id;
  size_t count = std::min<size_t>(packet.size(), front.available());
  if (gain_.target() == 0) count = std::min<size_t>(count, static_cast<size_t>(gain_.remaining()));
  copy_samples(front, packet.first(count));
  gain_.apply(packet.first(count));
  note_played(front);
  return count;
}

void PlayoutQueue::copy_samples(Playout& playout, std::span<int16_t> packet) {
  playout.played += packet.size();
  while (!packet.empty()) {
    PlayoutChunk* chunk = playout.chunks.front();
    const size_t count = std::min(packet.size(), chunk->samples.size() - playout.offset);
    std::copy_n(chunk->samples.begin() + static_cast<ptrdiff_t>(playout.offset), count, packet.begin());
    packet = packet.subspan(count);
    playout.offset += count;
    if (playout.offset == chunk->samples.size()) {
      playout.chunks.pop_front();
      playout.offset = 0;
      spent_.push(chunk);
    }
  }
}

void PlayoutQueue::note_played(Playout& playout) {
  playout.dry = false;
  if (!flushing_ && !paused_) silence_awaited_ = false;
  if (!playout.started) {
    playout.started = true;
    notes_.push_back({PlayoutNote::Type::started, playout.id});
  }
  if (ducked_ && !duck_reported_) {
    duck_reported_ = true;
    notes_.push_back({PlayoutNote::Type::ducked});
  }
  reach_marks(playout);
  if (playout.available() == 0 && playout.finished && !flushing_) end_front(PlayoutNote::Type::completed);
}

void PlayoutQueue::reach_marks(Playout& playout) {
  while (!playout.marks.empty() && playout.marks.front().position <= playout.played) {
    notes_.push_back({PlayoutNote::Type::mark_reached, playout.id, playout.marks.front().id});
    playout.marks.pop_front();
  }
}

void PlayoutQueue::run_dry(Playout& playout) {
  if (gain_.target() == 0) gain_.jump_to(0);
  if (!playout.started || playout.dry) return;
  playout.dry = true;
  notes_.push_back({PlayoutNote::Type::underrun, playout.id});
}

void PlayoutQueue::end_front(PlayoutNote::Type how) {
  Playout& front = playouts_.front();
  for (PlayoutChunk* chunk : front.chunks) spent_.push(chunk);
  notes_.push_back({how, front.id, 0, front.played});
  playouts_.pop_front();
  settle_when_empty();
}

void PlayoutQueue::drop_flushed() {
  flushing_ = false;
  while (!playouts_.empty() && playouts_.front().flushed) end_front(PlayoutNote::Type::flushed);
  gain_.jump_to(settled_gain());
}

/** Nothing is heard any more: what comes next begins at full level. */
void PlayoutQueue::settle_when_empty() {
  if (!playouts_.empty()) return;
  ducked_ = false;
  gain_.jump_to(settled_gain());
}

}  // namespace trunkline::engine
