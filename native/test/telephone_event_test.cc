#include "../rtp/telephone_event.h"

#include <cmath>
#include <string>

#include "check.h"

using namespace trunkline;

namespace {

constexpr int64_t kMs = 1'000'000;

class Keypad {
 public:
  explicit Keypad(int clock_rate_hz = 8000) : rate_hz(clock_rate_hz), receiver(clock_rate_hz) {}

  void packet(uint32_t timestamp, uint8_t event, bool end, uint16_t duration, int64_t at_ms = 0, bool marker = false) {
    const uint8_t payload[] = {event, static_cast<uint8_t>(end ? 0x8A : 0x0A), static_cast<uint8_t>(duration >> 8),
                               static_cast<uint8_t>(duration)};
    receiver.push(timestamp, payload, at_ms * kMs, marker);
    poll();
  }
  void at(int64_t ms) {
    receiver.handle_timeout(ms * kMs);
    poll();
  }

  const int rate_hz;
  rtp::TelephoneEventReceiver receiver;
  std::string digits;
  int64_t onset_ms = 0;

 private:
  void poll() {
    while (const auto digit = receiver.poll_digit()) {
      onset_ms = digit->onset_ns / kMs;
      const auto units = std::lround(digit->duration_ms * rate_hz / 1000);
      digits += digit->key + (":" + std::to_string(units)) + " ";
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

TEST("an event begins when its packets say, also when the first of them are lost, at any clock") {
  for (const int rate_hz : {8000, 16000, 48000}) {
    Keypad keypad(rate_hz);
    const auto units = [&](int ms) { return static_cast<uint16_t>(rate_hz / 1000 * ms); };
    keypad.packet(1000, 5, false, units(60), 560);
    keypad.packet(1000, 5, true, units(100), 600);
    CHECK(keypad.digits == "5:" + std::to_string(units(100)) + " " && keypad.onset_ms == 500);
  }
}

TEST("an event longer than 0xFFFF comes in segments and is one digit (RFC 4733 2.5.1.3)") {
  for (const bool lost : {false, true}) {
    Keypad keypad(48000);
    uint32_t timestamp = 0xFFFF'FF00;
    for (int segment = 0; segment < 3; ++segment) {
      for (uint32_t duration = 960; duration < 0xFFFF; duration += 960) keypad.packet(timestamp, 5, false, duration);
      if (!lost) keypad.packet(timestamp, 5, false, 0xFFFF);
      timestamp += 0xFFFF;
    }
    for (int i = 0; i < 3; ++i) keypad.packet(timestamp, 5, true, 480);
    CHECK(keypad.digits == "5:" + std::to_string(3 * 0xFFFF + 480) + " ");
  }
}

TEST("packets of one event in any order, twice, and with any of them lost are one digit") {
  constexpr uint16_t kDurations[] = {160, 320, 480, 640, 640, 640};
  for (int lost = 0; lost < 63; ++lost) {
    for (int first = 0; first < 6; ++first) {
      Keypad keypad;
      keypad.packet(1000, 4, true, 400);
      for (int i = 0; i < 12; ++i) {
        const int at = (first + i) % 6;
        if ((lost >> at & 1) == 0) keypad.packet(3000, 5, at >= 3, kDurations[at], i * 10, at == 0);
      }
      keypad.at(1000);
      keypad.packet(5000, 6, true, 400, 1000);
      CHECK(keypad.digits.size() == 18 && keypad.digits.starts_with("4:400 5:") && keypad.digits.ends_with(" 6:400 "));
    }
  }
}

TEST("a peer that gives each packet of an event its own timestamp pressed one key, and the next one is another") {
  Keypad keypad;
  for (int key = 0; key < 2; ++key) {
    for (int i = 0; i < 7; ++i) {
      const auto duration = static_cast<uint16_t>(160 * (std::min(i, 4) + 1));
      keypad.packet(1000 + 4000 * key + 160 * i, 5, i >= 4, duration, 500 * key + 20 * i);
    }
  }
  CHECK(keypad.digits == "5:800 5:800 ");
}

TEST("a peer that counts durations at another clock still has all its keys") {
  Keypad keypad;
  for (int key = 0; key < 4; ++key) {
    for (int i = 1; i <= 3; ++i) keypad.packet(1000 + 1600 * key, 5, i == 3, 960 * 2 * i, 200 * key + 20 * i, i == 1);
  }
  CHECK(keypad.digits == "5:5760 5:5760 5:5760 5:5760 ");
}

TEST("durations at 8000 Hz beside audio at 48000 have their length, and their packets are one event") {
  rtp::TelephoneEventReceiver receiver(48'000);
  receiver.set_clock(48'000, 8000);
  std::string heard;
  const auto packet = [&](uint32_t timestamp, bool end, uint8_t duration, int64_t at_ms) {
    const uint8_t payload[] = {5, static_cast<uint8_t>(end ? 0x8A : 0x0A), static_cast<uint8_t>(duration >> 4),
                               static_cast<uint8_t>(duration << 4)};
    receiver.push(timestamp, payload, at_ms * kMs);
    while (const auto digit = receiver.poll_digit()) {
      heard += digit->key + (":" + std::to_string(std::lround(digit->duration_ms))) + "@" +
               std::to_string(digit->onset_ns / kMs) + " ";
    }
  };
  for (int i = 1; i <= 5; ++i) packet(1000, i == 5, static_cast<uint8_t>(10 * i), 500 + 20 * i);
  for (int i = 1; i <= 5; ++i) packet(50'000 + 960 * i, i == 5, static_cast<uint8_t>(10 * i), 1500 + 20 * i);
  CHECK(heard == "5:100@500 5:100@1500 ");
}

TEST("any payload does no harm, and gives a digit per packet at most two") {
  uint32_t random = 1;
  rtp::TelephoneEventReceiver receiver;
  for (int i = 0; i < 100'000; ++i) {
    uint8_t payload[8];
    for (uint8_t& byte : payload) {
      random = random * 1664525 + 1013904223;
      byte = static_cast<uint8_t>(random >> 24);
    }
    payload[0] %= 20;
    receiver.push(random >> (random & 15), std::span(payload).first(random >> 8 & 7), i * kMs, (random & 64) != 0);
    int digits = 0;
    while (receiver.poll_digit()) ++digits;
    CHECK(digits <= 2);
  }
}
