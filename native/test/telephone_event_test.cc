#include "../rtp/telephone_event.h"

#include <string>

#include "check.h"

using namespace trunkline;

namespace {

constexpr int64_t kMs = 1'000'000;

class Keypad {
 public:
  void packet(uint32_t timestamp, uint8_t event, bool end, uint16_t duration, int64_t at_ms = 0) {
    const uint8_t payload[] = {event, static_cast<uint8_t>(end ? 0x8A : 0x0A), static_cast<uint8_t>(duration >> 8),
                               static_cast<uint8_t>(duration)};
    receiver.push(timestamp, payload, at_ms * kMs);
    poll();
  }
  void at(int64_t ms) {
    receiver.handle_timeout(ms * kMs);
    poll();
  }

  rtp::TelephoneEventReceiver receiver;
  std::string digits;

 private:
  void poll() {
    while (const auto digit = receiver.poll_digit()) {
      digits += digit->key + (":" + std::to_string(digit->duration_samples)) + " ";
    }
  }
};

}  // namespace

TEST("an event is one digit at its first end packet, however often that is repeated (RFC 4733 2.5.1.4)") {
  Keypad keypad;
  for (uint16_t duration = 160; duration < 800; duration += 160) keypad.packet(1000, 5, false, duration);
  CHECK(keypad.digits.empty());
  for (int i = 0; i < 3; ++i) keypad.packet(1000, 5, true, 800);
  CHECK(keypad.digits == "5:800 ");
}

TEST("the sixteen keys have their characters") {
  Keypad keypad;
  for (uint8_t event = 0; event < 16; ++event) keypad.packet(1000u + event * 1000u, event, true, 1);
  CHECK(keypad.digits == "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 *:1 #:1 A:1 B:1 C:1 D:1 ");
}

TEST("only the end packet came: still one digit") {
  Keypad keypad;
  keypad.packet(1000, 1, true, 400);
  CHECK(keypad.digits == "1:400 ");
}

TEST("an event whose end was lost ends when the next begins") {
  Keypad keypad;
  keypad.packet(1000, 1, false, 400);
  keypad.packet(3000, 2, true, 800);
  CHECK(keypad.digits == "1:400 2:800 ");
}

TEST("an event whose end was lost ends 200 ms after its last packet") {
  Keypad keypad;
  keypad.packet(1000, 1, false, 400, 50);
  keypad.at(249);
  CHECK(keypad.digits.empty());
  keypad.at(250);
  keypad.packet(1000, 1, true, 800, 300);
  CHECK(keypad.digits == "1:400 ");
}

TEST("the same key twice is two digits; packets of the one before that come late are none") {
  Keypad keypad;
  keypad.packet(1000, 1, true, 400);
  keypad.packet(3000, 1, true, 400);
  keypad.packet(1000, 1, true, 400);
  CHECK(keypad.digits == "1:400 1:400 ");
}

TEST("hook flash, unknown events and short payloads are no digits") {
  Keypad keypad;
  keypad.packet(1000, 16, true, 400);
  keypad.packet(2000, 255, true, 400);
  const uint8_t cut[] = {1, 0x80, 0};
  keypad.receiver.push(3000, cut, 0);
  CHECK(!keypad.receiver.poll_digit());
  CHECK(keypad.digits.empty());
}

TEST("a clock that was set back does not silence the keys") {
  Keypad keypad;
  keypad.packet(3'000'000, 1, true, 400);
  keypad.packet(1000, 2, true, 400);
  keypad.packet(3000, 3, true, 400);
  CHECK(keypad.digits == "1:400 2:400 3:400 ");
}
