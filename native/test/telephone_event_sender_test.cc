#include "../rtp/telephone_event_sender.h"

#include <cmath>
#include <string>
#include <vector>

#include "../rtp/byte_order.h"
#include "check.h"

using namespace trunkline;

namespace {

struct Sent {
  bool marker;
  uint32_t timestamp;
  int event;
  bool end;
  int volume;
  uint32_t duration;
  /** Of the audio that it replaced. */
  uint32_t audio_timestamp;
};

/** All packets of one key that begins at `timestamp`. */
std::vector<Sent> press(char key, uint32_t duration, uint32_t packet_samples, uint32_t timestamp = 1000) {
  rtp::TelephoneEventSender sender;
  sender.press(key, duration);
  std::vector<Sent> all;
  while (const auto packet = sender.next(timestamp, packet_samples)) {
    const auto& payload = packet->payload;
    all.push_back({packet->marker, packet->timestamp, payload[0], (payload[1] & 0x80) != 0, payload[1] & 0x3F,
                   rtp::load_u16(&payload[2]), timestamp});
    timestamp += packet_samples;
  }
  CHECK(sender.idle());
  return all;
}

std::string received(const std::vector<Sent>& packets, int clock_rate_hz) {
  rtp::TelephoneEventReceiver receiver(clock_rate_hz);
  std::string digits;
  int64_t now_ns = 0;
  for (const Sent& packet : packets) {
    uint8_t payload[] = {static_cast<uint8_t>(packet.event), static_cast<uint8_t>(packet.end ? 0x8A : 0x0A), 0, 0};
    rtp::store_u16(payload + 2, static_cast<uint16_t>(packet.duration));
    receiver.push(packet.timestamp, payload, now_ns += 20'000'000, packet.marker);
    while (const auto digit = receiver.poll_digit()) {
      digits += digit->key + std::to_string(std::lround(digit->duration_ms * clock_rate_hz / 1000));
    }
  }
  return digits;
}

}  // namespace

TEST("a key is a train of packets with one timestamp, the marker first, a growing duration and three ends") {
  const std::vector<Sent> packets = press('#', 800, 160);
  CHECK(packets.size() == 7);
  for (size_t i = 0; i < packets.size(); ++i) {
    CHECK(packets[i].marker == (i == 0) && packets[i].timestamp == 1000 && packets[i].event == 11);
    CHECK(packets[i].duration == std::min<uint32_t>(800, 160 * (i + 1)));
    CHECK(packets[i].end == (i >= 4) && packets[i].volume == 10);
    CHECK(packets[i].audio_timestamp == 1000 + 160 * i);
  }
}

TEST("every packet length and clock gives the whole duration, however it divides") {
  for (const uint32_t per_ms : {8u, 16u, 48u}) {
    for (uint32_t ptime_ms = 10; ptime_ms <= 60; ptime_ms += 10) {
      for (const uint32_t ms : {1u, 40u, 65u, 100u, 160u, 1000u}) {
        const std::vector<Sent> packets = press('7', ms * per_ms, ptime_ms * per_ms, 0xFFFF'FF00);
        CHECK(packets.size() == (ms + ptime_ms - 1) / ptime_ms + 2);
        CHECK(packets.back().duration == ms * per_ms && packets.back().end);
        CHECK(received(packets, static_cast<int>(per_ms) * 1000) == "7" + std::to_string(ms * per_ms));
      }
    }
  }
}

TEST("beyond 0xFFFF the full segment is told without an end, and the next begins where it stopped without a marker") {
  const std::vector<Sent> packets = press('5', 2 * 0xFFFF + 500, 960);
  int segments = 0;
  for (size_t i = 1; i < packets.size(); ++i) {
    CHECK(!packets[i].marker);
    if (packets[i].timestamp == packets[i - 1].timestamp) continue;
    ++segments;
    CHECK(packets[i - 1].duration == 0xFFFF && !packets[i - 1].end);
    CHECK(packets[i].timestamp == packets[i - 1].timestamp + 0xFFFF && packets[i].duration < 2 * 960);
  }
  CHECK(segments == 2);
  CHECK(packets.back().duration == 500 && packets.back().end);
  CHECK(received(packets, 48000) == "5" + std::to_string(2 * 0xFFFF + 500));
}

TEST("a duration of just 0xFFFF is one segment, one more is two") {
  CHECK(press('5', 0xFFFF, 160).back().timestamp == 1000);
  const std::vector<Sent> packets = press('5', 0x10000, 160);
  CHECK(packets.back().timestamp == 1000 + 0xFFFF && packets.back().duration == 1);
  CHECK(received(packets, 8000) == "5" + std::to_string(0x10000));
}
