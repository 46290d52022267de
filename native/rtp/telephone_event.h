#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace trunkline::rtp {

/** A key the peer pressed. */
struct Digit {
  /** 0-9, *, #, A-D. */
  char key;
  /** In units of the 8 kHz clock. */
  uint32_t duration_samples;
};

/**
 * RFC 4733 events received: one digit per event, at its first end packet. All packets of an event carry the timestamp
 * of its beginning; the end is sent three times and may still be lost, so an event that goes quiet for 200 ms has
 * ended.
 */
class TelephoneEventReceiver {
 public:
  static constexpr int64_t kLostEndNs = 200'000'000;

  /** At most two digits per packet: one whose end was lost and the one that ends. Ask `poll_digit` until there is none.
   */
  void push(uint32_t timestamp, std::span<const uint8_t> payload, int64_t now_ns);
  void handle_timeout(int64_t now_ns);
  std::optional<Digit> poll_digit();
  bool waiting() const { return open_; }
  void restart() { *this = TelephoneEventReceiver{}; }

 private:
  void finish();

  bool open_ = false;
  uint8_t event_ = 0;
  uint16_t duration_ = 0;
  int64_t last_packet_ns_ = 0;
  /** Beginning of the event that is open, or of the last one that ended. */
  std::optional<uint32_t> timestamp_;
  std::optional<Digit> ready_[2];
};

}  // namespace trunkline::rtp
