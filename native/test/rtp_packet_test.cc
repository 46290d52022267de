#include "../rtp/rtp_packet.h"

#include <vector>

#include "check.h"
#include "rtp_datagram.h"

using namespace trunkline;
using test::rtp_datagram;

TEST("a packet reads as it was written (RFC 3550 5.1)") {
  std::vector<uint8_t> datagram = rtp_datagram(0xFFFE, 0xFFFFFF60, 160, 0x11, 8, 0xDEADBEEF);
  datagram[1] |= 0x80;
  const auto packet = rtp::parse_rtp(datagram);
  CHECK(packet.has_value());
  CHECK(packet->marker);
  CHECK(packet->payload_type == 8);
  CHECK(packet->sequence_number == 0xFFFE);
  CHECK(packet->timestamp == 0xFFFFFF60);
  CHECK(packet->ssrc == 0xDEADBEEF);
  CHECK(packet->payload.size() == 160 && packet->payload[0] == 0x11);
}

TEST("anything shorter than the fixed header is no packet") {
  const std::vector<uint8_t> datagram = rtp_datagram(1, 1);
  for (size_t length = 0; length < 12; ++length) CHECK(!rtp::parse_rtp(std::span(datagram).first(length)));
  CHECK(rtp::parse_rtp(std::span(datagram).first(12)));
}

TEST("only version 2 is RTP") {
  for (int version : {0, 1, 3}) {
    std::vector<uint8_t> datagram = rtp_datagram(1, 1);
    datagram[0] = static_cast<uint8_t>(version << 6);
    CHECK(!rtp::parse_rtp(datagram));
  }
}

TEST("CSRCs are passed over and must fit") {
  std::vector<uint8_t> datagram = rtp_datagram(1, 1, 60);
  datagram[0] |= 15;
  CHECK(rtp::parse_rtp(datagram)->payload.empty());
  datagram.pop_back();
  CHECK(!rtp::parse_rtp(datagram));
}

TEST("a header extension is passed over and must fit (RFC 3550 5.3.1)") {
  std::vector<uint8_t> datagram = rtp_datagram(1, 1, 12, 0);
  datagram[0] |= 0x10;
  datagram[15] = 2;
  CHECK(rtp::parse_rtp(datagram)->payload.empty());
  datagram[15] = 3;
  CHECK(!rtp::parse_rtp(datagram));
  datagram[14] = 0xFF;
  CHECK(!rtp::parse_rtp(datagram));
  CHECK(!rtp::parse_rtp(std::span(datagram).first(14)));
}

TEST("padding is cut off; none at all or more than there is makes garbage") {
  std::vector<uint8_t> datagram = rtp_datagram(1, 1, 8, 0);
  datagram[0] |= 0x20;
  CHECK(!rtp::parse_rtp(datagram));
  datagram.back() = 3;
  CHECK(rtp::parse_rtp(datagram)->payload.size() == 5);
  datagram.back() = 8;
  CHECK(rtp::parse_rtp(datagram)->payload.empty());
  datagram.back() = 9;
  CHECK(!rtp::parse_rtp(datagram));
}

TEST("RTCP is known on a shared port by its packet type (RFC 5761 4)") {
  for (int second = 0; second < 256; ++second) {
    const std::vector<uint8_t> datagram = {0x80, static_cast<uint8_t>(second)};
    CHECK(rtp::is_rtcp(datagram) == (second >= 192 && second <= 223));
  }
  CHECK(!rtp::is_rtcp({}));
}
