#include "../engine/receive_path.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "rtp_datagram.h"

using namespace trunkline;
using test::rtp_datagram;

namespace {

constexpr int64_t kMs = 1'000'000;
const rtp::Endpoint kPeer = *rtp::Endpoint::parse("192.0.2.1", 4000);
const rtp::Endpoint kStranger = *rtp::Endpoint::parse("198.51.100.9", 4000);
/** Decodes to -32124, never to silence. */
constexpr uint8_t kLoud = 0x00;

class Call final : public engine::ReceiveSink {
 public:
  Call() { path.connect(*connection, 0); }

  void receive(std::vector<uint8_t> datagram, int64_t at_ms, const rtp::Endpoint& source = kPeer) {
    path.handle_datagram(datagram, source, at_ms * kMs);
  }

  void on_audio(std::span<const int16_t> audio, int64_t) override {
    samples.insert(samples.end(), audio.begin(), audio.end());
  }
  void on_digit(const rtp::Digit& digit) override { digits += digit.key; }
  void on_latched(const rtp::Endpoint&) override { ++latched; }

  std::unique_ptr<engine::Connection> connection =
      engine::Connection::make({.endpoint = kPeer, .telephone_event_payload_type = 101});
  engine::ReceivePath path{engine::kNarrowbandHz, *this};
  std::vector<int16_t> samples;
  std::string digits;
  int latched = 0;
};

}  // namespace

TEST("a packet in order is heard at once") {
  Call call;
  call.receive(rtp_datagram(1, 0, 160, kLoud), 0);
  CHECK(call.samples.size() == 160 && call.samples[0] == -32124);
  CHECK(call.latched == 1);
  CHECK(call.path.counts().received == 1 && call.path.drops().total() == 0);
}

TEST("packets of 2.5 to 120 ms are taken whatever was agreed, others are not") {
  Call call;
  uint16_t sequence_number = 0;
  for (const size_t bytes : {20u, 240u, 960u}) call.receive(rtp_datagram(++sequence_number, 0, bytes), 0);
  CHECK(call.samples.size() == 1220);
  for (const size_t bytes : {0u, 1u, 19u, 961u, 1400u}) call.receive(rtp_datagram(++sequence_number, 0, bytes), 0);
  CHECK(call.samples.size() == 1220 && call.path.drops().total() == 5);
}

TEST("payload types that were not agreed, strangers and garbage are counted and not heard") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(2, 160, 160, kLoud, 8), 20);
  call.receive(rtp_datagram(2, 160), 20, kStranger);
  call.receive({}, 20);
  call.receive({0x80}, 20);
  CHECK(call.path.drops().total() == 4 && call.path.counts().received == 1);
  CHECK(call.samples.size() == 160);
}

TEST("payload types of our offer are heard beside those of the answer (RFC 3264 section 6.1)") {
  Call call;
  call.connection->remote.payload_type = 96;
  call.connection->remote.offered_payload_type = 111;
  call.connection->remote.telephone_event_payload_type = 97;
  call.connection->remote.offered_telephone_event_payload_type = 101;
  call.receive(rtp_datagram(1, 0, 160, kLoud, 96), 0);
  call.receive(rtp_datagram(2, 160, 160, kLoud, 111), 20);
  call.receive(rtp_datagram(3, 320, 160, kLoud, 0), 40);
  CHECK(call.samples.size() == 320 && call.path.drops().total() == 1);
  CHECK(call.connection->remote.as_described(101) == 97 && call.connection->remote.as_described(97) == 97);
  call.connection->remote.offered_payload_type = 97;
  CHECK(call.connection->remote.as_described(97) == 97);
}

TEST("what the peer sends without agreement keeps the line alive, what a stranger sends does not") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(2, 160, 1, 0, 13), 500, kStranger);
  CHECK(call.path.last_arrival_ns() == 0);
  call.receive(rtp_datagram(2, 160, 1, 0, 13), 500);
  CHECK(call.path.last_arrival_ns() == 500 * kMs && call.path.last_audio_ns() == 0);
}

TEST("comfort noise takes its place in the sequence: what follows neither waits nor is concealed (RFC 3389)") {
  Call call;
  call.receive(rtp_datagram(1, 0, 160, kLoud), 0);
  call.receive(rtp_datagram(2, 160, 1, 0, 13), 20);
  call.receive(rtp_datagram(3, 1600, 160, kLoud), 200);
  CHECK(call.samples.size() == 320 && !call.path.waiting());
  CHECK(call.path.counts().lost == 0 && call.path.counts().concealed_samples == 0);
}

TEST("another stream of a payload type that was not agreed does not end the one that was") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(9000, 0, 160, kLoud, 96, 8), 10);
  call.receive(rtp_datagram(2, 160), 20);
  CHECK(call.samples.size() == 320 && call.path.counts().lost == 0);
}

TEST("a flood is followed at twice real time at most, gaps in it included") {
  for (const int step : {1, 900}) {
    Call call;
    for (int i = 0; i < 100'000; ++i) {
      call.receive(rtp_datagram(static_cast<uint16_t>(i * step), 0, 480), i / 10);
    }
    constexpr size_t kTenSeconds = 80'000;
    CHECK(call.samples.size() <= 2 * kTenSeconds + 40'000);
    CHECK(call.path.counts().received + call.path.drops().total() == 100'000);
  }
}

TEST("what an outage of three seconds held back is heard") {
  Call call;
  for (uint16_t i = 0; i < 150; ++i) call.receive(rtp_datagram(i, 0), 3000);
  CHECK(call.samples.size() == 150 * 160);
}

TEST("a flood of digits is cut to what a dialler can send") {
  Call call;
  for (uint16_t i = 0; i < 20'000; ++i) {
    std::vector<uint8_t> event = rtp_datagram(i, i * 160u, 4, 0, 101, i / 100);
    event[13] = 0x80;
    call.receive(event, i / 2);
  }
  CHECK(call.digits.size() >= 100 && call.digits.size() <= 12 * 10 + 36);
}

TEST("nothing is heard before connect") {
  Call call;
  engine::ReceivePath path(engine::kNarrowbandHz, call);
  std::vector<uint8_t> datagram = rtp_datagram(1, 0);
  path.handle_datagram(datagram, kPeer, 0);
  CHECK(call.latched == 0 && path.drops().total() == 1);
}

TEST("a lost packet is concealed as soon as the next one came, without a wait where nothing is ever reordered") {
  Call call;
  call.receive(rtp_datagram(1, 0, 160, kLoud), 0);
  call.receive(rtp_datagram(3, 320, 160, kLoud), 40);
  CHECK(!call.path.waiting() && call.samples.size() == 480 && call.samples[160] < -30000);
  CHECK(call.path.counts().lost == 1 && call.path.counts().concealed_samples == 160);
}

TEST("once a packet came late, the next is waited for") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(3, 320), 40);
  call.receive(rtp_datagram(2, 160), 48);
  CHECK(call.path.counts().late == 1 && call.path.counts().lost == 1);
  call.receive(rtp_datagram(5, 640, 160, kLoud), 80);
  CHECK(call.path.waiting() && call.samples.size() == 480);
  call.receive(rtp_datagram(4, 480, 160, kLoud), 88);
  CHECK(call.samples.size() == 800 && call.path.counts().lost == 1);
}

TEST("agreed comfort noise is received, not discarded, and is not audio (RFC 3389)") {
  Call call;
  call.connection->remote.comfort_noise_payload_type = 13;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(2, 160, 11, 40, 13), 20);
  CHECK(call.path.counts().received == 2 && call.path.drops().total() == 0);
  CHECK(call.path.last_audio_ns() == 0 && call.samples.size() == 160);
}

TEST("a digit in place of audio is silence, not loss, and the audio behind it is itself") {
  Call call;
  call.receive(rtp_datagram(1, 0, 160, kLoud), 0);
  for (uint16_t i = 2; i < 7; ++i) {
    std::vector<uint8_t> event = rtp_datagram(i, 160, 4, 0, 101);
    event[15] = static_cast<uint8_t>(i * 20);
    call.receive(event, i * 20);
  }
  call.receive(rtp_datagram(7, 960, 160, kLoud), 140);
  CHECK(call.path.counts().lost == 0 && call.path.counts().concealed_samples == 0);
  CHECK(call.samples.size() == 320 && call.samples[160] == -32124);
}

TEST("a gap is concealed for 200 ms at most") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  call.receive(rtp_datagram(500, 0), 10'000);
  CHECK(call.path.counts().concealed_samples == 1600);
  CHECK(call.path.counts().lost == 498);
}

TEST("a new SSRC begins anew, whatever its sequence") {
  Call call;
  call.receive(rtp_datagram(100, 0), 0);
  call.receive(rtp_datagram(50, 99999, 160, kLoud, 0, 8), 20);
  CHECK(call.samples.size() == 320 && call.path.counts().lost == 0);
}

TEST("digits come out of the agreed payload type and take their place in the sequence") {
  Call call;
  call.receive(rtp_datagram(1, 0), 0);
  std::vector<uint8_t> event = rtp_datagram(2, 160, 4, 0, 101);
  event[12] = 5;
  event[13] = 0x80;
  event[15] = 100;
  call.receive(event, 20);
  call.receive(rtp_datagram(3, 320), 40);
  CHECK(call.digits == "5");
  CHECK(call.samples.size() == 320 && call.path.counts().lost == 0);
}

TEST("a digit whose end was lost comes by itself") {
  Call call;
  std::vector<uint8_t> event = rtp_datagram(2, 160, 4, 0, 101);
  event[12] = 11;
  call.receive(event, 20);
  CHECK(call.path.waiting() && call.digits.empty());
  call.path.handle_timeout(220 * kMs);
  CHECK(call.digits == "#" && !call.path.waiting());
}

TEST("keys in a stream of their own beside the audio are told once each, and not lost when theirs or the audio's ends") {
  Call call;
  uint16_t audio = 1;
  uint16_t number = 5000;
  const auto press = [&](uint8_t key, uint32_t timestamp, uint32_t ssrc, bool end) {
    std::vector<uint8_t> event = rtp_datagram(number++, timestamp, 4, 0, 101, ssrc);
    event[12] = key;
    event[13] = end ? 0x80 : 0;
    event[15] = 160;
    call.receive(event, 20 * audio);
    call.receive(rtp_datagram(audio, audio * 160u), 20 * audio);
    ++audio;
  };
  for (const bool end : {false, false, true, true, true}) press(5, 90'000, 8, end);
  CHECK(call.digits == "5");
  press(6, 95'000, 8, false);
  press(7, 1000, 9, false);
  CHECK(call.digits == "56");
  call.path.handle_timeout(20 * audio * kMs + 200 * kMs);
  CHECK(call.digits == "567");
}

TEST("a human waits as long as the jitter buffer does, and nobody else waits") {
  Call call;
  CHECK(call.path.playout_delay_ms() == 0);
  auto playout = engine::JitterBuffer::make(call.connection->remote);
  call.path.swap_playout(playout);
  CHECK(call.path.playout_delay_ms() == 60);
  for (uint16_t i = 0; i < 500; ++i) call.receive(rtp_datagram(i, i * 160u), 20 * i);
  CHECK(call.path.playout_delay_ms() == 20);
}

TEST("a sender that counts anew, or one stray number far ahead, silences nobody") {
  for (const bool stray : {false, true}) {
    Call call;
    int64_t at_ms = 0;
    const auto receive = [&](uint16_t number) { call.receive(rtp_datagram(number, number * 160u), at_ms += 20); };
    for (uint16_t i = 0; i < 300; ++i) receive(i);
    if (stray) receive(1200);
    const size_t before = call.samples.size();
    for (uint16_t i = 0; i < 50; ++i) receive(stray ? static_cast<uint16_t>(300 + i) : i);
    CHECK(call.samples.size() - before == 43 * 160);
    CHECK(call.path.counts().late == 7);
  }
}

TEST("any bytes in any order do no harm") {
  Call call;
  engine::SlotRoom slot;
  uint32_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint8_t> datagram = rtp_datagram(static_cast<uint16_t>(i), 0, i % 500);
    for (int flips = 0; flips < 3; ++flips) {
      random = random * 1664525 + 1013904223;
      datagram[(random >> 8) % datagram.size()] = static_cast<uint8_t>(random >> 24);
    }
    call.receive(datagram, i);
    call.path.handle_timeout(i * kMs);
    if (i % 20 == 0) call.path.take_heard(std::span(slot).first(engine::slot_samples(engine::kNarrowbandHz)), i * kMs);
  }
  CHECK(call.path.counts().received + call.path.drops().total() >= 20'000);
}
