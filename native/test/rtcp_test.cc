#include <cmath>
#include <string>
#include <vector>

#include "../engine/rtcp_session.h"
#include "../rtp/byte_order.h"
#include "../rtp/reception_stats.h"
#include "../rtp/rtcp_packet.h"
#include "check.h"

using namespace trunkline;

namespace {

const std::string kCname = "trunk";

std::vector<uint8_t> sender_report(bool bye = false) {
  rtp::RtcpBuffer buffer;
  const rtp::RtcpReport report{
      .ssrc = 9,
      .sender_info = rtp::SenderInfo{0x0102030405060708, 160, 3, 480},
      .block = rtp::ReportBlock{.ssrc = 7, .fraction_lost = 64, .cumulative_lost = -1},
      .cname = kCname,
      .bye = bye,
  };
  const size_t length = rtp::serialize_rtcp(report, buffer);
  return {buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(length)};
}

}  // namespace

TEST("a compound packet is a report, a CNAME and at the end a BYE (RFC 3550 6.1)") {
  const std::vector<uint8_t> datagram = sender_report(true);
  CHECK(datagram.size() % 4 == 0);
  CHECK(datagram[0] == 0x81 && datagram[1] == 200);
  const size_t report = 4 * (rtp::load_u16(&datagram[2]) + 1u);
  CHECK(report == 52);
  CHECK(rtp::load_u32(&datagram[32]) == ((64u << 24) | 0xFFFFFF));
  CHECK(datagram[report + 1] == 202 && datagram[report + 8] == 1 && datagram[report + 9] == kCname.size());
  const size_t description = 4 * (rtp::load_u16(&datagram[report + 2]) + 1u);
  CHECK(datagram[report + description + 1] == 203);
  CHECK(datagram.size() == report + description + 8);
}

TEST("what we write we read") {
  const auto summary = rtp::parse_rtcp(sender_report(true), 7);
  CHECK(summary && summary->sender_ssrc == 9 && summary->bye);
  CHECK(summary->sender_info->ntp_timestamp == 0x0102030405060708 && summary->sender_info->packets == 3);
  CHECK(!rtp::parse_rtcp(sender_report(), 7)->bye);
}

TEST("wrong lengths, versions and orders are no RTCP (RFC 3550 A.2)") {
  const std::vector<uint8_t> good = sender_report(true);
  for (size_t length = 0; length < good.size(); ++length) {
    const auto cut = rtp::parse_rtcp(std::span(good).first(length), 7);
    // Cut between packets it is a shorter compound.
    CHECK(!cut || length == 52 || length == good.size() - 8);
  }
  std::vector<uint8_t> bad = good;
  bad[0] = 0x41;
  CHECK(!rtp::parse_rtcp(bad, 7));
  bad = good;
  bad[0] |= 0x20;
  CHECK(!rtp::parse_rtcp(bad, 7));
  bad = good;
  bad[0] |= 0x1F;
  CHECK(!rtp::parse_rtcp(bad, 7));
  bad = good;
  bad[1] = 202;
  CHECK(!rtp::parse_rtcp(bad, 7));
  bad = good;
  bad[3] = 0xFF;
  CHECK(!rtp::parse_rtcp(bad, 7));
}

TEST("loss is what was expected and did not come (RFC 3550 A.3)") {
  rtp::ReceptionStats stats;
  stats.restart(7);
  for (uint32_t i = 0; i < 100; ++i) {
    if (i % 4 != 3) stats.on_packet(static_cast<uint16_t>(65500 + i), i * 160, static_cast<int64_t>(i) * 20'000'000);
  }
  stats.on_packet(static_cast<uint16_t>(65500 + 100), 16000, 2'000'000'000);
  const rtp::ReportBlock block = stats.take_report(2'000'000'000);
  CHECK(block.ssrc == 7);
  CHECK(block.cumulative_lost == 25);
  CHECK(block.fraction_lost == (25 << 8) / 101);
  CHECK(block.extended_highest_sequence == 65600);
  CHECK(block.jitter == 0);
  CHECK(stats.take_report(2'000'000'000).fraction_lost == 0);
}

TEST("jitter follows the change of transit time, a sixteenth at a time (RFC 3550 A.8)") {
  rtp::ReceptionStats stats;
  stats.restart(7);
  int64_t arrival_ns = 0;
  for (uint16_t i = 0; i < 400; ++i) {
    arrival_ns += i % 2 == 0 ? 10'000'000 : 30'000'000;
    stats.on_packet(i, i * 160u, arrival_ns);
  }
  CHECK(stats.jitter_ms() > 9.5 && stats.jitter_ms() < 10.5);
}

TEST("a report carries the middle of the last sender report and the delay since (RFC 3550 6.4.1)") {
  rtp::ReceptionStats stats;
  stats.restart(7);
  stats.on_packet(1, 160, 0);
  stats.on_sender_report(0x1122334455667788, 1'000'000'000);
  const rtp::ReportBlock block = stats.take_report(1'500'000'000);
  CHECK(block.last_sender_report == 0x33445566);
  CHECK(block.delay_since_last_sender_report == 32768);
}

TEST("a report is due between 2.5 and 7.5 s after the last (RFC 3550 6.2)") {
  for (int i = 0; i < 50; ++i) {
    engine::RtcpSession rtcp;
    rtcp.start(0);
    CHECK(!rtcp.due(2'499'000'000));
    CHECK(rtcp.due(7'500'000'000));
  }
}

TEST("who sent since the last report writes a sender report, who did not a receiver report (RFC 3550 6.4)") {
  engine::RtcpSession rtcp;
  rtp::ReceptionStats reception;
  rtp::RtcpBuffer buffer;
  const engine::SentStream sent{.ssrc = 9, .rtp_timestamp = 160, .packets = 1, .octets = 160};
  rtcp.report(sent, reception, {0, 1'000'000'000, false}, buffer);
  CHECK(buffer[1] == 200);
  CHECK(rtp::load_u32(&buffer[8]) == 2'208'988'801);
  rtcp.report(sent, reception, {0, 1'000'000'000, false}, buffer);
  CHECK(buffer[1] == 201);
}

TEST("a report block is ours by its SSRC, its loss may be negative (RFC 3550 6.4.1)") {
  const auto ours = rtp::parse_rtcp(sender_report(), 7);
  CHECK(ours && ours->about_us && ours->about_us->fraction_lost == 64 && ours->about_us->cumulative_lost == -1);
  CHECK(!rtp::parse_rtcp(sender_report(), 8)->about_us);
}

TEST("a BYE counts for the source that sends it, and not when its list is longer than the packet (RFC 3550 6.6)") {
  std::vector<uint8_t> datagram = sender_report(true);
  datagram.back() ^= 1;
  CHECK(!rtp::parse_rtcp(datagram, 7)->bye);
  datagram = sender_report(true);
  datagram[datagram.size() - 8] = 0x82;
  CHECK(!rtp::parse_rtcp(datagram, 7));
}

TEST("only the last packet of a compound may be padded (RFC 3550 6.4.1)") {
  std::vector<uint8_t> datagram = sender_report(true);
  datagram[52] |= 0x20;
  CHECK(!rtp::parse_rtcp(datagram, 7));
  datagram = sender_report(true);
  datagram[datagram.size() - 8] |= 0x20;
  CHECK(rtp::parse_rtcp(datagram, 7));
}

namespace {

/** What a peer answers to the report in `buffer`. */
std::vector<uint8_t> answer_to(const rtp::RtcpBuffer& buffer, uint32_t delay) {
  const uint32_t middle = rtp::load_u32(&buffer[8]) << 16 | rtp::load_u32(&buffer[12]) >> 16;
  rtp::RtcpBuffer answer;
  const rtp::RtcpReport report{
      .ssrc = 7,
      .sender_info = {},
      .block = rtp::ReportBlock{.ssrc = 9, .last_sender_report = middle, .delay_since_last_sender_report = delay},
      .cname = kCname,
  };
  const size_t length = rtp::serialize_rtcp(report, answer);
  return {answer.begin(), answer.begin() + static_cast<ptrdiff_t>(length)};
}

}  // namespace

TEST("the round trip is the time since our report less what the peer held it (RFC 3550 6.4.1)") {
  engine::RtcpSession rtcp;
  rtp::ReceptionStats reception;
  rtp::RtcpBuffer buffer;
  const engine::SentStream sent{.ssrc = 9, .rtp_timestamp = 160, .packets = 1, .octets = 160};
  rtcp.report(sent, reception, {1'000'000'000, 1'700'000'000'123'456'789, false}, buffer);
  const auto answer = rtcp.handle_datagram(answer_to(buffer, 65536), 9, 2'080'000'000, reception);
  CHECK(answer && answer->block && answer->round_trip_ms && std::abs(*answer->round_trip_ms - 80) < 0.1);
  // One that claims to have held it for longer than it is old, and one that answers nothing of ours.
  CHECK(!rtcp.handle_datagram(answer_to(buffer, 2 * 65536), 9, 2'080'000'000, reception)->round_trip_ms);
  buffer[11] ^= 1;
  CHECK(!rtcp.handle_datagram(answer_to(buffer, 65536), 9, 2'080'000'000, reception)->round_trip_ms);
}

TEST("jitter is measured in the clock of the codec, and not from events, whose timestamp stands still") {
  rtp::ReceptionStats stats;
  stats.set_clock_rate(48000);
  stats.restart(7);
  int64_t arrival_ns = 0;
  for (uint16_t i = 0; i < 400; ++i) {
    arrival_ns += i % 2 == 0 ? 10'000'000 : 30'000'000;
    stats.on_packet(i, i * 960u, arrival_ns);
  }
  CHECK(stats.jitter_ms() > 9.5 && stats.jitter_ms() < 10.5);
  const double before = stats.jitter_ms();
  for (uint16_t i = 400; i < 450; ++i) stats.on_untimed_packet(i);
  CHECK(stats.jitter_ms() == before && stats.take_report(0).cumulative_lost == 0);
}

TEST("a sender's clock that is set anew, or another codec's, is no jitter") {
  rtp::ReceptionStats stats;
  stats.restart(7);
  int64_t arrival_ns = 0;
  uint16_t number = 0;
  const auto receive = [&](uint32_t first_timestamp, uint32_t packet_units) {
    for (uint32_t i = 0; i < 50; ++i) {
      stats.on_packet(number++, first_timestamp + i * packet_units, arrival_ns += 20'000'000);
      CHECK(stats.jitter_ms() < 1);
    }
  };
  receive(0, 160);
  receive(2'000'000'000, 160);
  stats.set_clock_rate(48000);
  receive(2'000'008'000, 960);
}

TEST("jitter that was measured stays when the clock becomes another one") {
  rtp::ReceptionStats stats;
  int64_t arrival_ns = 0;
  for (uint16_t i = 0; i < 400; ++i) {
    arrival_ns += i % 2 == 0 ? 10'000'000 : 30'000'000;
    stats.on_packet(i, i * 160u, arrival_ns);
  }
  const double before = stats.jitter_ms();
  stats.set_clock_rate(48000);
  CHECK(std::abs(stats.jitter_ms() - before) < 0.01);
}
