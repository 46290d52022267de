#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "telephone_event.h"

namespace trunkline::rtp {

/** What goes out in place of a packet of audio. */
struct EventPacket {
  bool marker;
  /** Of the event, not of the packet that it replaces. */
  uint32_t timestamp;
  std::array<uint8_t, kEventBytes> payload;
};

/**
 * One key at a time as RFC 4733 events: a packet for each packet of audio that it replaces, the first with the marker,
 * all with the timestamp of the beginning and a duration that grows; the one with the end goes out three times
 * (section 2.5.1.4). What lasts beyond 0xFFFF units goes on in a new segment (section 2.5.1.3). Sans-IO, allocates
 * nothing.
 */
class TelephoneEventSender {
 public:
  static constexpr int kEndPackets = 3;
  /** In -dBm0. */
  static constexpr uint8_t kVolume = 10;

  /** `key` is one of `kEventKeys`; the one before it must be done. */
  void press(char key, uint32_t duration_samples);
  bool idle() const { return ends_left_ == 0; }
  /** The end was told at least once. */
  bool released() const { return ends_left_ < kEndPackets; }
  /** What goes out instead of the audio of `packet_samples` that begins at `timestamp`; nothing when idle. */
  std::optional<EventPacket> next(uint32_t timestamp, uint32_t packet_samples);

 private:
  uint8_t event_ = 0;
  bool begun_ = false;
  uint32_t timestamp_ = 0;
  /** Of this segment: what was played, and what is left with it. */
  uint32_t elapsed_ = 0;
  uint32_t total_ = 0;
  int ends_left_ = 0;
};

}  // namespace trunkline::rtp
