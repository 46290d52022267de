#pragma once

#include <array>
#include <cstdint>

namespace trunkline::engine {

/** The numbers are the wire between the engine and its driver. */
enum class EventType : uint8_t {
  rtp_started = 1,
  rtp_timeout = 2,
  speech_started = 3,
  speech_confirmed = 4,
  speech_ended = 5,
  digit = 6,
  playout_started = 7,
  mark_reached = 8,
  playout_completed = 9,
  playout_flushed = 10,
  underrun = 11,
  ducked = 12,
  silenced = 13,
  closed = 14,
  tone = 15,
  quality = 16,
  recording_ended = 17,
  digits_sent = 18,
};

/**
 * What a session reports. `values` by type:
 * rtp_started: port, family (4 or 6), address as 1 or 4 words of 32 bits. rtp_timeout: silent ms.
 * speech_started, speech_confirmed: onset ms. speech_ended: onset ms, end ms.
 * digit: character code, duration ms, onset ms, 1 = RFC 4733 or 2 = in the audio. digits_sent: how many keys.
 * tone: `dsp::ToneKind`, onset ms, duration ms, Hz.
 * playout_*, underrun: playout id, then the mark id or the played ms.
 * recording_ended: how (RecordingEnd), errno, length in ms, ms of it that were lost. May come after `closed`.
 * quality: of the last interval: received loss %, jitter ms, MOS, lowest MOS; the same of what was sent; round trip ms.
 * Each is NaN while it is not known. closed: received, sent, lost, late, discarded, concealed ms, jitter ms, then as
 * `quality`, of the whole call.
 */
struct Event {
  static constexpr size_t kValues = 16;

  Event* next = nullptr;
  EventType type = EventType::closed;
  uint32_t session_id = 0;
  int64_t at_ns = 0;
  std::array<double, kValues> values{};
};

class EventSink {
 public:
  virtual void post(const Event& event) = 0;

 protected:
  ~EventSink() = default;
};

}  // namespace trunkline::engine
