#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace trunkline::rtp {

/** RFC 4733 section 3.2, events 0 to 15. */
inline constexpr std::string_view kEventKeys = "0123456789*#ABCD";
inline constexpr size_t kEventBytes = 4;

/** A key the peer pressed. */
struct Digit {
  /** 0-9, *, #, A-D. */
  char key;
  double duration_ms;
  /** When it was pressed, had its packets taken no time. */
  int64_t onset_ns = 0;
};

/**
 * RFC 4733 events received: one digit per event, at its first end packet. All packets of an event carry the timestamp
 * of its beginning; the end is sent three times and may still be lost, so an event that goes quiet for 200 ms has
 * ended. Beginnings may be lost as well, and markers are not needed. An event longer than 0xFFFF comes in segments
 * (section 2.5.1.3) and is one digit, as is one whose packets have timestamps of their own. Volumes are not looked at:
 * peers write anything there. Of a payload with several events only the first is read.
 */
class TelephoneEventReceiver {
 public:
  static constexpr int64_t kLostEndNs = 200'000'000;

  explicit TelephoneEventReceiver(int clock_rate_hz = 8000)
      : clock_rate_hz_(clock_rate_hz), duration_rate_hz_(clock_rate_hz) {}

  /**
   * Of events that begin from now on. Durations are counted by the clock of the events' payload type, timestamps by
   * that of the audio they interrupt: with Opus the two may differ.
   */
  void set_clock(int clock_rate_hz, int duration_rate_hz) {
    clock_rate_hz_ = clock_rate_hz;
    duration_rate_hz_ = duration_rate_hz;
  }

  /**
   * At most two digits per packet: one whose end was lost and the one that ends. Ask `poll_digit` until there is none.
   */
  void push(uint32_t timestamp, std::span<const uint8_t> payload, int64_t now_ns, bool marker = false);
  void handle_timeout(int64_t now_ns);
  std::optional<Digit> poll_digit();
  bool waiting() const { return open_; }
  /** Another stream: what was open is over, and timestamps begin anew. */
  void restart();

 private:
  enum class Relation { late, same, segment, next };

  struct Packet {
    uint32_t timestamp;
    uint32_t duration;
    int64_t now_ns;
    uint8_t event;
    bool marker;
    bool end;
  };

  Relation relate(const Packet& packet) const;
  void begin(const Packet& packet);
  void finish();
  /** In units of the timestamps. */
  int32_t in_clock(uint32_t duration) const {
    return static_cast<int32_t>(int64_t{duration} * clock_rate_hz_ / duration_rate_hz_);
  }

  int clock_rate_hz_;
  int duration_rate_hz_;
  bool open_ = false;
  uint8_t event_ = 0;
  /** Of the segment; `earlier_` of those before it. */
  uint32_t duration_ = 0;
  uint32_t earlier_ = 0;
  int64_t onset_ns_ = 0;
  int64_t last_packet_ns_ = 0;
  /** Beginning of the last segment of the event that is open, or of the last one that ended. */
  std::optional<uint32_t> timestamp_;
  std::optional<Digit> ready_[2];
};

}  // namespace trunkline::rtp
