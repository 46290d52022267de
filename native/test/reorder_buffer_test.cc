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
  void on_lost(int packets, int64_t) override { out += std::to_string(-packets) + " "; }

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

TEST("a packet ahead of its turn waits for the one before it") {
  Line line;
  line.push(5, 0);
  line.push(7, 20);
  CHECK(line.out == "5 " && line.buffer.waiting());
  line.push(6, 25);
  CHECK(line.out == "5 6 7 " && !line.buffer.waiting());
}

TEST("what is missing is given up after 20 ms") {
  Line line;
  line.push(5, 0);
  line.push(8, 60);
  line.at(79);
  CHECK(line.out == "5 ");
  line.at(80);
  CHECK(line.out == "5 -2 8 ");
}

TEST("a packet after it was given up is late, one that comes again is a duplicate") {
  Line line;
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
  line.push(5, 0);
  line.push(7, 1);
  line.push(40, 2);
  CHECK(line.out == "5 -1 7 -17 ");
  line.at(100);
  CHECK(line.out == "5 -1 7 -17 -15 40 ");
}
