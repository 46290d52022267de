#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "../dsp/dtmf_generator.h"
#include "../rtp/telephone_event_sender.h"

namespace trunkline::engine {

/** The numbers are the wire between the driver and the engine. */
enum class DigitMode : uint8_t {
  /** Where the peer takes no events, tones. */
  rfc4733 = 1,
  inband = 2,
};

struct KeyPress {
  /** 0-9, *, #, A-D. */
  char key = '0';
  DigitMode mode = DigitMode::rfc4733;
  uint32_t duration_ms = 0;
  /** Silence behind it. */
  uint32_t gap_ms = 0;
};

/**
 * The keys that a session sends, one after the other: as RFC 4733 events in place of packets, or as tones in its slots.
 * From the slot after a key was queued until the pause behind the last one it has the line to itself: what the session
 * says waits. Sans-IO, allocates nothing.
 */
class DigitSender {
 public:
  static constexpr size_t kMostKeys = 128;

  explicit DigitSender(int sample_rate_hz);

  /** The clock of the peer's events; nothing when it takes none. */
  void connect(std::optional<int> event_clock_hz);
  /** False: too many wait already. */
  bool press(const KeyPress& press);
  /** Nothing else is to be heard. */
  bool busy() const { return count_ > 0 || sending_; }

  /** Once a slot: nothing is heard in it but the keys, once what was being said had a slot to fade. */
  void fill(std::span<int16_t> slot);
  /** What goes out in place of the packet of `packet_samples` of the event clock that begins at `timestamp`. */
  std::optional<rtp::EventPacket> next_packet(uint32_t timestamp, uint32_t packet_samples);
  /** How many keys were sent, once, when the last of them was; 0 before that. */
  uint32_t take_sent();

 private:
  /** The next key, when this is its way; false when there is nothing to send in it now. */
  bool begin(DigitMode mode);
  DigitMode mode_of(const KeyPress& press) const;
  void end_key();

  const uint32_t sample_rate_hz_;
  dsp::DtmfGenerator tones_;
  rtp::TelephoneEventSender events_;
  std::optional<int> event_clock_hz_;
  std::array<KeyPress, kMostKeys> queue_;
  size_t first_ = 0;
  size_t count_ = 0;

  KeyPress key_;
  bool sending_ = false;
  /** In samples, or in units of the event clock. */
  uint32_t gap_left_ = 0;
  /** What was being said has faded. */
  bool has_line_ = false;
  bool line_asked_ = false;
  uint32_t sent_ = 0;
};

}  // namespace trunkline::engine
