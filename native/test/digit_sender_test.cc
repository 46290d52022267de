#include "../engine/digit_sender.h"

#include <memory>
#include <string>
#include <vector>

#include "../engine/send_path.h"
#include "../rtp/byte_order.h"
#include "check.h"
#include "dtmf_signal.h"

using namespace trunkline;
using engine::DigitMode;

namespace {

constexpr uint8_t kEvents = 101;

struct Sent {
  rtp::RtpPacket header;
  std::vector<uint8_t> payload;

  bool is_event() const { return header.payload_type == kEvents; }
  bool is_end() const { return (payload[1] & 0x80) != 0; }
};

/** A session's way out, whose agent never stops: silence is only where keys are. */
class Line final : public engine::DatagramSink {
 public:
  explicit Line(bool takes_events, int ptime_ms = 20, int rate_hz = 8000)
      : rate_hz(rate_hz), digits(rate_hz), send(rate_hz, digits, *this) {
    engine::RtpRemote remote;
    remote.codec = rate_hz == 8000 ? codec::CodecSpec{codec::CodecId::pcmu, 8000, 8000}
                                   : codec::CodecSpec{codec::CodecId::l16, 16'000, 16'000};
    remote.ptime_ms = ptime_ms;
    if (takes_events) remote.telephone_event_payload_type = kEvents;
    connection = engine::Connection::make(remote);
    send.connect(*connection);
  }

  void press(const std::string& keys, DigitMode mode, uint32_t duration_ms = 100, uint32_t gap_ms = 80) {
    for (const char key : keys) digits.press({key, mode, duration_ms, gap_ms});
  }

  void run(int slots) {
    for (int i = 0; i < slots; ++i) {
      std::vector<int16_t> slot(engine::slot_samples(rate_hz), digits.busy() ? int16_t{0} : int16_t{5000});
      digits.fill(slot);
      heard.insert(heard.end(), slot.begin(), slot.end());
      for (uint64_t quarter = 0; quarter < 4; ++quarter, ++tick) {
        quarter == 0 ? send.push(slot, tick) : send.handle_tick(tick);
      }
      told += digits.take_sent();
    }
  }

  void on_datagram(std::span<uint8_t> datagram) override {
    const auto packet = *rtp::parse_rtp(datagram);
    sent.push_back({packet, {packet.payload.begin(), packet.payload.end()}});
  }

  const int rate_hz;
  engine::DigitSender digits;
  engine::SendPath send;
  std::unique_ptr<engine::Connection> connection;
  std::vector<Sent> sent;
  std::vector<int16_t> heard;
  uint32_t told = 0;
  uint64_t tick = 0;
};

std::string received(const Line& line, int clock_rate_hz) {
  rtp::TelephoneEventReceiver receiver(clock_rate_hz);
  std::string keys;
  int64_t now_ns = 0;
  for (const Sent& packet : line.sent) {
    now_ns += 20'000'000;
    if (packet.is_event()) receiver.push(packet.header.timestamp, packet.payload, now_ns, packet.header.marker);
    while (const auto digit = receiver.poll_digit()) keys += digit->key;
  }
  return keys;
}

}  // namespace

TEST("keys go out as events in place of packets; numbers and timestamps of the stream have no hole") {
  for (const int ptime_ms : {10, 20, 30, 60}) {
    for (const int rate_hz : {8000, 16'000}) {
      Line line(true, ptime_ms, rate_hz);
      line.run(6);
      line.press("12#", DigitMode::rfc4733);
      line.run(60);
      CHECK(received(line, rate_hz) == "12#" && line.told == 3);
      const auto per_packet = static_cast<uint32_t>(rate_hz / 1000 * ptime_ms);
      for (size_t i = 1; i < line.sent.size(); ++i) {
        const rtp::RtpPacket& header = line.sent[i].header;
        CHECK(header.sequence_number == static_cast<uint16_t>(line.sent[i - 1].header.sequence_number + 1));
        const uint32_t at = line.sent[0].header.timestamp + static_cast<uint32_t>(i) * per_packet;
        if (!line.sent[i].is_event()) CHECK(header.timestamp == at && !header.marker);
        if (line.sent[i].is_event() && header.marker) CHECK(header.timestamp == at);
      }
    }
  }
}

TEST("beside Opus, keys of a payload type of 8000 Hz count their length by it") {
  Line line(true, 20, 16'000);
  auto remote = line.connection->remote;
  remote.codec = {codec::CodecId::opus, 16'000, 48'000};
  remote.telephone_event_clock_rate_hz = 8000;
  const auto opus = engine::Connection::make(remote);
  line.send.connect(*opus);
  line.run(2);
  line.press("5", DigitMode::rfc4733, 100, 80);
  line.run(20);
  std::vector<int> durations;
  for (const Sent& packet : line.sent) {
    if (packet.is_event()) durations.push_back(rtp::load_u16(packet.payload.data() + 2));
  }
  CHECK((durations == std::vector<int>{160, 320, 480, 640, 800, 800, 800}) && line.told == 1);
}

TEST("each key has its marker, three ends, and its pause before the next begins") {
  Line line(true);
  line.run(3);
  line.press("77", DigitMode::rfc4733, 100, 80);
  line.run(40);
  std::vector<uint32_t> begins;
  int ends = 0;
  for (const Sent& packet : line.sent) {
    if (!packet.is_event()) continue;
    if (packet.header.marker) begins.push_back(packet.header.timestamp);
    ends += packet.is_end();
  }
  CHECK(begins.size() == 2 && begins[1] - begins[0] == 1440 && ends == 6);
}

TEST("what was being said fades in the slot before the first key, and goes on behind the last pause") {
  Line line(true);
  line.run(2);
  line.press("5", DigitMode::rfc4733, 100, 80);
  line.run(20);
  size_t silent = 0;
  for (size_t slot = 0; slot < line.heard.size() / 160; ++slot) silent += line.heard[slot * 160] == 0;
  CHECK(silent == 1 + 5 + 4 && line.told == 1);
  CHECK(!line.sent[2].is_event() && line.sent[3].is_event());
}

TEST("keys go out as tones where they are asked for so, or the peer takes no events") {
  for (const bool takes_events : {true, false}) {
    Line line(takes_events);
    line.run(2);
    line.press("0123456789*#ABCD", takes_events ? DigitMode::inband : DigitMode::rfc4733, 60, 50);
    line.run(110);
    for (const Sent& packet : line.sent) CHECK(!packet.is_event());
    CHECK(test::DtmfEar(line.heard).keys == "0123456789*#ABCD" && line.told == 16);
  }
}

TEST("events and tones may be mixed: the order is kept") {
  Line line(true);
  line.press("1", DigitMode::rfc4733);
  line.press("2", DigitMode::inband);
  line.press("3", DigitMode::rfc4733);
  line.run(50);
  CHECK(received(line, 8000) == "13" && test::DtmfEar(line.heard).keys == "2" && line.told == 3);
}

TEST("a peer that takes no events any more ends the key under way, and hears the rest as tones") {
  Line line(true);
  line.press("12", DigitMode::rfc4733, 500, 80);
  line.run(10);
  auto remote = line.connection->remote;
  remote.telephone_event_payload_type.reset();
  const auto plain = engine::Connection::make(remote);
  line.send.connect(*plain);
  line.run(60);
  CHECK(test::DtmfEar(line.heard).keys == "2" && line.told == 2 && !line.digits.busy());
}

TEST("a session takes so many keys at once and no more") {
  engine::DigitSender digits(8000);
  for (size_t i = 0; i < engine::DigitSender::kMostKeys; ++i) CHECK(digits.press({.key = '1'}));
  CHECK(!digits.press({.key = '1'}));
}
