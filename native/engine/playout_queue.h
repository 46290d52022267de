#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "../dsp/gain_ramp.h"
#include "../dsp/seam_smoother.h"
#include "handoff_list.h"

namespace trunkline::engine {

/** Audio at the rate of the session on its way into a playout. Made and freed on the control thread. */
struct PlayoutChunk {
  PlayoutChunk* next = nullptr;
  uint32_t playout_id = 0;
  std::vector<int16_t> samples;
};

/** What happened in the packet just filled. */
struct PlayoutNote {
  enum class Type { started, mark_reached, completed, flushed, underrun, ducked, silenced };

  Type type;
  uint32_t playout_id = 0;
  uint32_t mark_id = 0;
  uint64_t played_samples = 0;
};

/**
 * What a session says: playouts one after the other, cut into slots, with no step where they are cut. Sans-IO, one
 * thread; allocates only when a playout, a mark or a note begins, never per packet.
 *
 * heard -- pause --> fading -- 20 ms --> paused (queue kept) -- resume --> heard
 * heard -- hold(true) --> fading -- 20 ms --> held -- hold(false) --> heard, unless paused
 * heard -- duck --> ducked -- release, resume --> heard;  any -- flush --> fading, then empty
 */
class PlayoutQueue {
 public:
  /** Chunks that were played or dropped go to `spent`. */
  PlayoutQueue(HandoffList<PlayoutChunk>& spent, float duck_gain, int sample_rate_hz);
  ~PlayoutQueue();
  PlayoutQueue(const PlayoutQueue&) = delete;
  PlayoutQueue& operator=(const PlayoutQueue&) = delete;

  void write(PlayoutChunk* chunk);
  void mark(uint32_t playout_id, uint32_t mark_id);
  void finish(uint32_t playout_id);
  void flush();
  void pause();
  void resume();
  /** What `duck` attenuates to; changes a duck under way with a ramp. */
  void set_duck_gain(float gain);
  /** As `pause`, for as long as something else needs the line: whoever pauses or resumes need not know. */
  void hold(bool held);
  /** Attenuates what is being heard; nothing when nothing is. */
  void duck();
  void release();

  /** Fills the next packet. What it brought about is then in `notes`, until the next call. */
  void fill(std::span<int16_t> packet);
  std::span<const PlayoutNote> notes() const { return notes_; }

 private:
  /** More than this in a slot are not looked after. */
  static constexpr size_t kMostSeams = 8;

  struct Mark {
    uint32_t id;
    uint64_t position;
  };
  struct Playout {
    uint32_t id = 0;
    std::deque<PlayoutChunk*> chunks;
    /** Into the first chunk. */
    size_t offset = 0;
    std::deque<Mark> marks;
    uint64_t written = 0;
    uint64_t played = 0;
    bool started = false;
    bool finished = false;
    bool dry = false;
    bool flushed = false;

    uint64_t available() const { return written - played; }
  };

  Playout* find_or_begin(uint32_t playout_id);
  bool audible() const;
  void note_source(uint32_t playout_id, size_t at);
  float settled_gain() const { return paused_ || held_ ? 0 : 1; }
  /** Samples written into `packet`; 0 when there is nothing to play now. */
  size_t fill_from_front(std::span<int16_t> packet);
  void copy_samples(Playout& playout, std::span<int16_t> packet);
  void note_played(Playout& playout);
  void reach_marks(Playout& playout);
  void run_dry(Playout& playout);
  void end_front(PlayoutNote::Type how);
  void drop_flushed();
  void settle_when_empty();

  HandoffList<PlayoutChunk>& spent_;
  float duck_gain_;
  std::deque<Playout> playouts_;
  dsp::GainRamp gain_;
  dsp::SeamSmoother smoother_;
  /** Where in the slot being filled another sound, or none, begins. */
  std::array<size_t, kMostSeams> seams_;
  size_t seam_count_ = 0;
  /** The playout that sounds; 0 = silence. */
  uint32_t source_ = 0;
  /** The playout that the last samples came from. */
  uint32_t filling_ = 0;
  std::vector<PlayoutNote> notes_;
  uint32_t last_begun_id_ = 0;
  bool paused_ = false;
  bool held_ = false;
  bool ducked_ = false;
  bool duck_reported_ = false;
  bool flushing_ = false;
  bool silence_awaited_ = false;
};

}  // namespace trunkline::engine
