#include "../rtp/reorder_buffer.h"

#include <string>
#include <vector>

#include "check.h"

using namespace trunkline;
using Admission = rtp::ReorderBuffer::Admission;

namespace {

constexpr int64_t kMs = 1'000'000;

/** Writes what comes out as text: "7 8 -2 11" is 7, 8, two lost, 11. */
class Line final : public rtp::OrderedPacketSink {
 public:
  Admission push(int sequence_number, int64_t at_ms) {
    const uint8_t payload[] = {static_cast<uint8_t>(sequence_number)};
    rtp::RtpPacket packet;
    packet.sequence_number = static_cast<uint16_t>(sequence_number);
    packet.payload = payload;
    return buffer.push(packet, at_ms * kMs, *this);
  }
  void at(int64_t ms) { buffer.handle_timeout(ms * kMs, *this); }

  void on_ordered(const rtp::OrderedPacket& packet) override {
    CHECK(packet.payload().size() == 1 && packet.payload()[0] == static_cast<uint8_t>(packet.sequence_number));
    out += std::to_string(packet.sequence_number) + " ";
  }
  void on_lost(int packets, const rtp::OrderedPacket* next, int64_t) override {
    out += std::to_string(-packets) + (next != nullptr ? "" : "?") + " ";
  }
  /** Makes it wait 20 ms: one packet 15.2 ms behind the one that overtook it. */
  void learn_to_wait() {
    buffer.restart();
    rtp::RtpPacket packet;
    std::string before;
    before.swap(out);
    for (const uint16_t number : {1, 3}) {
      packet.sequence_number = number;
      const uint8_t payload[] = {static_cast<uint8_t>(number)};
      packet.payload = payload;
      buffer.push(packet, 0, *this);
    }
    const uint8_t payload[] = {2};
    packet.sequence_number = 2;
    packet.payload = payload;
    buffer.push(packet, 15'200'000, *this);
    buffer.restart();
    out.swap(before);
  }

  rtp::ReorderBuffer buffer;
  std::string out;
};

}  // namespace

TEST("packets in order come out at once") {
  Line line;
  for (int i = 5; i < 9; ++i) line.push(i, i * 20);
  CHECK(line.out == "5 6 7 8 ");
  CHECK(!line.buffer.waiting());
}

TEST("while nothing was ever reordered, nothing is waited for") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.out == "5 -1 7 " && !line.buffer.waiting());
  line.push(300, 40);
  CHECK(line.out == "5 -1 7 -292 300 ");
}

TEST("one late packet is enough to be waited for next time, a quarter longer than it needed") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.push(6, 28) == Admission::late);
  CHECK(line.buffer.wait_ns(28 * kMs) == 11 * kMs);
  line.push(9, 60);
  CHECK(line.buffer.waiting());
  line.push(8, 68);
  CHECK(line.out == "5 -1 7 8 9 " && !line.buffer.waiting());
}

TEST("the wait shrinks by 2 ms a second, to nothing") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  line.push(6, 51);
  CHECK(line.buffer.wait_ns(51 * kMs) == 39'750'000);
  CHECK(line.buffer.wait_ns(10'051 * kMs) == 19'750'000);
  CHECK(line.buffer.wait_ns(30'051 * kMs) == 0);
}

TEST("who comes more than 40 ms behind is not waited for") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.push(6, 61) == Admission::late);
  CHECK(line.buffer.wait_ns(61 * kMs) == 0);
}

TEST("the wait is never more than 40 ms") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  line.push(6, 60);
  CHECK(line.buffer.wait_ns(60 * kMs) == 40 * kMs);
}

TEST("a packet ahead of its turn waits for the one before it") {
  Line line;
  line.learn_to_wait();
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.out == "5 " && line.buffer.waiting());
  line.push(6, 25);
  CHECK(line.out == "5 6 7 " && !line.buffer.waiting());
}

TEST("what is missing is given up after the wait") {
  Line line;
  line.learn_to_wait();
  line.push(5, 0);
  line.push(8, 60);
  line.at(79);
  CHECK(line.out == "5 ");
  line.at(80);
  CHECK(line.out == "5 -2 8 ");
}

TEST("a packet after it was given up is late, one that comes again is a duplicate") {
  Line line;
  line.learn_to_wait();
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.push(7, 21) == Admission::duplicate);
  line.at(40);
  CHECK(line.push(6, 45) == Admission::late);
  CHECK(line.push(6, 46) == Admission::duplicate);
  CHECK(line.push(5, 47) == Admission::duplicate);
  CHECK(line.out == "5 -1 7 ");
}

TEST("the sequence goes on over 65535, with loss on both sides of it") {
  Line line;
  line.learn_to_wait();
  line.push(65533, 0);
  line.push(65535, 20);
  line.push(1, 40);
  line.at(60);
  line.push(2, 80);
  CHECK(line.out == "65533 -1 65535 -1 1 2 ");
}

TEST("a jump of 1,000 is a new beginning") {
  Line line;
  line.push(5, 0);
  line.push(1006, 20);
  line.push(1007, 40);
  line.push(3, 60);
  CHECK(line.out == "5 1006 1007 3 ");
}

TEST("a burst beyond the buffer gives up the oldest gap, bounded") {
  Line line;
  line.learn_to_wait();
  line.push(5, 0);
  line.push(7, 1);
  line.push(40, 2);
  CHECK(line.out == "5 -1 7 -17? ");
  line.at(100);
  CHECK(line.out == "5 -1 7 -17? -15 40 ");
}

TEST("the longest payloads are held as they are, and a full store gives up the oldest gap") {
  Line line;
  line.learn_to_wait();
  std::vector<uint8_t> payload(rtp::kLongestPayloadBytes);
  class Longest final : public rtp::OrderedPacketSink {
   public:
    void on_ordered(const rtp::OrderedPacket& packet) override {
      for (size_t i = 0; i < packet.payload().size(); ++i) {
        CHECK(packet.payload()[i] == static_cast<uint8_t>(i + packet.sequence_number));
      }
      ++count;
    }
    void on_lost(int packets, const rtp::OrderedPacket*, int64_t) override { lost += packets; }
    int count = 0;
    int lost = 0;
  } sink;
  for (const uint16_t number : {1, 3, 4, 6, 5, 7, 8}) {
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<uint8_t>(i + number);
    rtp::RtpPacket packet;
    packet.sequence_number = number;
    packet.payload = payload;
    line.buffer.push(packet, number * kMs, sink);
  }
  CHECK(sink.count == 7 && sink.lost == 1 && !line.buffer.waiting());
}

TEST("random order, loss and duplicates: every packet comes out once or is counted lost, in order") {
  uint32_t random = 7;
  const auto next = [&random](uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  class Count final : public rtp::OrderedPacketSink {
   public:
    void on_ordered(const rtp::OrderedPacket& packet) override {
      CHECK(!seen || static_cast<uint16_t>(packet.sequence_number - last) == lost + 1);
      last = packet.sequence_number;
      seen = true;
      lost = 0;
      ++out;
    }
    void on_lost(int packets, const rtp::OrderedPacket* following, int64_t) override {
      lost += packets;
      if (following != nullptr) CHECK(static_cast<uint16_t>(following->sequence_number - last) == lost + 1);
    }
    bool seen = false;
    uint16_t last = 0;
    int lost = 0;
    int out = 0;
  } sink;
  rtp::ReorderBuffer buffer;
  const std::vector<uint8_t> payload(400);
  int taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    rtp::RtpPacket packet;
    packet.sequence_number = static_cast<uint16_t>(i - static_cast<int>(next(6)));
    packet.payload = std::span(payload).first(next(400));
    taken += buffer.push(packet, i * 10 * kMs, sink) == Admission::taken ? 1 : 0;
    if (next(3) == 0) buffer.handle_timeout(i * 10 * kMs, sink);
  }
  buffer.handle_timeout(INT64_MAX / 2, sink);
  CHECK(sink.out == taken && !buffer.waiting());
}
