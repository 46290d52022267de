#include <opus.h>

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "../codec/opus_codec.h"
#include "check.h"
#include "test_signals.h"

using namespace trunkline;
using codec::OpusAudioDecoder;
using codec::OpusAudioEncoder;

namespace {

using Pcm = std::vector<int16_t>;
using Packet = std::vector<uint8_t>;

constexpr int kRates[] = {8000, 16000};

std::vector<Packet> encode(const Pcm& pcm, int rate_hz, int ptime_ms = 20) {
  OpusAudioEncoder encoder(rate_hz);
  std::vector<Packet> packets;
  const size_t samples = static_cast<size_t>(rate_hz * ptime_ms / 1000);
  for (size_t at = 0; at + samples <= pcm.size(); at += samples) {
    Packet packet(1500);
    packet.resize(encoder.encode(std::span(pcm).subspan(at, samples), packet));
    packets.push_back(packet);
  }
  return packets;
}

/** What a peer with other settings sends, 20 ms a packet unless it says otherwise. */
std::vector<Packet> encode_as_peer(const Pcm& pcm, int rate_hz, int channels, int application, int frame_samples,
                                   bool dtx) {
  int error = 0;
  OpusEncoder* const encoder = opus_encoder_create(rate_hz, channels, application, &error);
  opus_encoder_ctl(encoder, OPUS_SET_DTX(dtx ? 1 : 0));
  std::vector<Packet> packets;
  const size_t step = static_cast<size_t>(frame_samples * channels);
  for (size_t at = 0; at + step <= pcm.size(); at += step) {
    Packet packet(1500);
    packet.resize(static_cast<size_t>(opus_encode(encoder, pcm.data() + at, frame_samples, packet.data(), 1500)));
    packets.push_back(packet);
  }
  opus_encoder_destroy(encoder);
  return packets;
}

void append(Pcm& heard, OpusAudioDecoder& decoder, const Packet& packet) {
  const size_t at = heard.size();
  heard.resize(at + decoder.duration_samples(packet));
  CHECK(decoder.decode(packet, std::span(heard).subspan(at)) == heard.size() - at);
}

Pcm decode(const std::vector<Packet>& packets, int rate_hz) {
  OpusAudioDecoder decoder(rate_hz);
  Pcm heard;
  for (const Packet& packet : packets) append(heard, decoder, packet);
  return heard;
}

struct Match {
  double signal_to_noise_db;
  size_t delay_samples;
};

/** At the delay that fits best. */
Match match(const Pcm& meant, const Pcm& heard, int rate_hz) {
  Match best{-100, 0};
  const size_t most = static_cast<size_t>(rate_hz / 40);
  const size_t count = std::min(meant.size(), heard.size()) - most;
  for (size_t delay = 0; delay < most; ++delay) {
    const double db = test::signal_to_noise_db(std::span(meant).first(count), std::span(heard).subspan(delay));
    if (db > best.signal_to_noise_db) best = {db, delay};
  }
  return best;
}

enum class Repair { extrapolation, fec };

/** Hears every fifth packet from its repair only; answers how near that is to what the packet would have been. */
double repaired_db(const std::vector<Packet>& packets, int rate_hz, Repair repair) {
  const Pcm whole = decode(packets, rate_hz);
  const size_t samples = static_cast<size_t>(rate_hz / 50);
  OpusAudioDecoder decoder(rate_hz);
  Pcm meant, got;
  Pcm frame(samples);
  for (size_t i = 0; i < packets.size(); ++i) {
    const bool lost = i % 5 == 4 && i + 1 < packets.size();
    if (!lost) {
      CHECK(decoder.decode(packets[i], frame) == samples);
      continue;
    }
    const Packet none;
    CHECK(decoder.conceal(frame, repair == Repair::fec ? packets[i + 1] : none));
    got.insert(got.end(), frame.begin(), frame.end());
    const auto from = whole.begin() + static_cast<std::ptrdiff_t>(i * samples);
    meant.insert(meant.end(), from, from + static_cast<std::ptrdiff_t>(samples));
  }
  return test::signal_to_noise_db(meant, got);
}

Pcm stereo(const Pcm& left, const Pcm& right) {
  Pcm both;
  for (size_t i = 0; i < left.size(); ++i) {
    both.push_back(left[i]);
    both.push_back(right[i]);
  }
  return both;
}

}  // namespace

TEST("speech comes back from Opus, at most 10 ms late") {
  for (const int rate_hz : kRates) {
    const Pcm pcm = test::speech(1, rate_hz, static_cast<size_t>(rate_hz * 3));
    const Pcm heard = decode(encode(pcm, rate_hz), rate_hz);
    CHECK(heard.size() == pcm.size());
    const Match found = match(pcm, heard, rate_hz);
    CHECK(found.signal_to_noise_db > 7);
    CHECK(found.delay_samples <= static_cast<size_t>(rate_hz / 100));
  }
}

TEST("Opus makes one packet of every length from 10 to 60 ms, 30 and 50 included") {
  for (const int rate_hz : kRates) {
    const Pcm pcm = test::speech(2, rate_hz, static_cast<size_t>(rate_hz * 3));
    for (const int ptime_ms : {10, 20, 30, 40, 50, 60}) {
      const std::vector<Packet> packets = encode(pcm, rate_hz, ptime_ms);
      OpusAudioDecoder decoder(rate_hz);
      for (const Packet& packet : packets) {
        CHECK(decoder.duration_samples(packet) == static_cast<size_t>(rate_hz * ptime_ms / 1000));
        CHECK(packet.size() < 500);
      }
      CHECK(match(pcm, decode(packets, rate_hz), rate_hz).signal_to_noise_db > 7);
    }
  }
}

TEST("Opus has no other lengths, and none without room") {
  OpusAudioEncoder encoder(16000);
  const Pcm pcm(16000);
  Packet packet(1500);
  for (const size_t samples : {0, 1, 80, 319, 321, 1120, 16000}) {
    CHECK(encoder.encode(std::span(pcm).first(samples), packet) == 0);
  }
  CHECK(encoder.encode(std::span(pcm).first(320), std::span(packet).first(0)) == 0);
  CHECK(encoder.encode(std::span(pcm).first(480), std::span(packet).first(2)) == 0);
  CHECK(encoder.encode(std::span(pcm).first(320), packet) > 0);
}

TEST("the length of an Opus packet is read from its first bytes (RFC 6716 section 3.1)") {
  const OpusAudioDecoder decoder(16000);
  const auto duration = [&](Packet packet) { return decoder.duration_samples(packet); };
  CHECK(duration({}) == 0);
  CHECK(duration({0 << 3}) == 160);                     // SILK, 10 ms
  CHECK(duration({3 << 3}) == 960);                     // SILK, 60 ms
  CHECK(duration({16 << 3}) == 40);                     // CELT, 2.5 ms
  CHECK(duration({19 << 3 | 1, 0}) == 640);             // two of 20 ms
  CHECK(duration({3 << 3 | 1, 0}) == 1920);             // 120 ms
  CHECK(duration({3 << 3 | 3, 3}) == 0);                // 180 ms
  CHECK(duration({17 << 3 | 3}) == 0);                  // its count is missing
  CHECK(duration({17 << 3 | 3, 24, 0, 0, 0}) == 1920);  // 24 of 5 ms
}

TEST("FEC repairs a lost Opus packet better than extrapolation") {
  for (const int rate_hz : kRates) {
    const std::vector<Packet> packets = encode(test::speech(3, rate_hz, static_cast<size_t>(rate_hz * 6)), rate_hz);
    const double fec_db = repaired_db(packets, rate_hz, Repair::fec);
    const double extrapolated_db = repaired_db(packets, rate_hz, Repair::extrapolation);
    CHECK(fec_db > 6);
    CHECK(fec_db > extrapolated_db + 4);
  }
}

TEST("a gap of several Opus packets is concealed whole, its end by FEC") {
  const std::vector<Packet> packets = encode(test::speech(9, 16000, 64000), 16000);
  const Pcm whole = decode(packets, 16000);
  Pcm meant, repaired, extrapolated;
  const auto end_of_gap = [&](size_t first, const Packet& next) {
    OpusAudioDecoder decoder(16000);
    Pcm heard;
    for (size_t i = 0; i < first; ++i) append(heard, decoder, packets[i]);
    Pcm gap(3 * 320);
    CHECK(decoder.conceal(gap, next));
    return Pcm(gap.end() - 320, gap.end());
  };
  for (size_t first = 5; first + 3 < packets.size(); first += 4) {
    meant.insert(meant.end(), whole.begin() + (first + 2) * 320, whole.begin() + (first + 3) * 320);
    const Pcm with_next = end_of_gap(first, packets[first + 3]);
    const Pcm without = end_of_gap(first, {});
    repaired.insert(repaired.end(), with_next.begin(), with_next.end());
    extrapolated.insert(extrapolated.end(), without.begin(), without.end());
  }
  CHECK(test::signal_to_noise_db(meant, repaired) > test::signal_to_noise_db(meant, extrapolated) + 10);
}

TEST("Opus conceals whole 2.5 ms only") {
  OpusAudioDecoder decoder(8000);
  Pcm gap(160);
  CHECK(decoder.conceal(gap, {}));
  CHECK(decoder.conceal(std::span(gap).first(20), {}));
  CHECK(!decoder.conceal(std::span(gap).first(19), {}));
  CHECK(!decoder.conceal({}, {}));
}

TEST("garbage behind a gap does not keep Opus from concealing it") {
  const std::vector<Packet> packets = encode(test::sine(300, 8000, 8000, 8000), 8000);
  OpusAudioDecoder decoder(8000);
  Pcm heard;
  for (const Packet& packet : packets) append(heard, decoder, packet);
  Pcm gap(160);
  CHECK(decoder.conceal(gap, Packet{3 << 3 | 3, 3}));
  CHECK(test::level_db(gap) > 60);
}

TEST("the packets of an Opus sender in DTX are silence of their length") {
  for (const int rate_hz : kRates) {
    Pcm pcm = test::speech(4, rate_hz, static_cast<size_t>(rate_hz));
    pcm.resize(static_cast<size_t>(rate_hz * 4));
    const std::vector<Packet> packets = encode_as_peer(pcm, rate_hz, 1, OPUS_APPLICATION_VOIP, rate_hz / 50, true);
    OpusAudioDecoder decoder(rate_hz);
    size_t tiny = 0;
    Pcm frame(static_cast<size_t>(rate_hz / 50));
    for (const Packet& packet : packets) {
      if (packet.size() <= 2) ++tiny;
      CHECK(decoder.duration_samples(packet) == frame.size());
      CHECK(decoder.decode(packet, frame) == frame.size());
    }
    CHECK(tiny > 50);
    CHECK(test::level_db(frame) < 20);
  }
}

TEST("stereo Opus is heard as the mean of both sides") {
  const Pcm left = test::sine(500, 48000, 48000, 8000);
  const Pcm right = test::sine(1500, 48000, 48000, 8000);
  const std::vector<Packet> packets = encode_as_peer(stereo(left, right), 48000, 2, OPUS_APPLICATION_AUDIO, 960, false);
  for (const int rate_hz : kRates) {
    const size_t count = static_cast<size_t>(rate_hz);
    const Pcm first = test::sine(500, rate_hz, count, 4000);
    Pcm mean = test::sine(1500, rate_hz, count, 4000);
    for (size_t i = 0; i < count; ++i) mean[i] = static_cast<int16_t>(mean[i] + first[i]);
    const Pcm heard = decode(packets, rate_hz);
    const size_t skip = static_cast<size_t>(rate_hz / 5);
    CHECK(std::abs(test::level_db(std::span(heard).subspan(skip)) - test::level_db(mean)) < 1);
    CHECK(match(mean, heard, rate_hz).signal_to_noise_db > 10);
  }
}

TEST("Opus of any bandwidth and frame length is heard at the rate of the session") {
  const Pcm pcm = test::sine(700, 48000, 48000, 8000);
  for (const int frame_samples : {120, 240, 480, 960, 1920, 2880, 5760}) {
    for (const int application : {OPUS_APPLICATION_VOIP, OPUS_APPLICATION_AUDIO}) {
      const std::vector<Packet> packets = encode_as_peer(pcm, 48000, 1, application, frame_samples, false);
      for (const int rate_hz : kRates) {
        const Pcm heard = decode(packets, rate_hz);
        const size_t expected = packets.size() * static_cast<size_t>(frame_samples * (rate_hz / 1000) / 48);
        CHECK(heard.size() == expected);
        CHECK(std::abs(test::level_db(std::span(heard).subspan(heard.size() / 2)) - test::level_db(pcm)) < 1.5);
      }
    }
  }
}

TEST("an Opus decoder survives any bytes and goes on") {
  std::mt19937 random(5);
  const Pcm pcm = test::speech(6, 16000, 32000);
  const std::vector<Packet> packets = encode(pcm, 16000);
  OpusAudioDecoder decoder(16000);
  Pcm room(1920);
  for (int round = 0; round < 4000; ++round) {
    Packet packet = packets[random() % packets.size()];
    switch (random() % 4) {
      case 0:
        packet.resize(1 + random() % packet.size());
        break;
      case 1:
        for (int flips = 0; flips < 4; ++flips)
          packet[random() % packet.size()] ^= static_cast<uint8_t>(1 << random() % 8);
        break;
      case 2:
        packet.resize(1 + random() % 1900);
        for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random());
        break;
      default:
        packet[0] = static_cast<uint8_t>(random());
    }
    const size_t announced = decoder.duration_samples(packet);
    const size_t given = decoder.decode(packet, room);
    CHECK(given == 0 || given == announced);
    if (random() % 8 == 0) decoder.conceal(std::span(room).first(320), packet);
  }
  Pcm heard;
  for (const Packet& packet : packets) append(heard, decoder, packet);
  CHECK(match(Pcm(pcm.begin() + 16000, pcm.end()), Pcm(heard.begin() + 16000, heard.end()), 16000).signal_to_noise_db >
        7);
}

TEST("an Opus packet that does not fit gives nothing") {
  const std::vector<Packet> packets = encode(test::speech(7, 8000, 1600), 8000);
  OpusAudioDecoder decoder(8000);
  Pcm room(159);
  CHECK(decoder.decode(packets[0], room) == 0);
  CHECK(decoder.decode({}, room) == 0);
}

TEST("an Opus codec that is reset begins anew") {
  const Pcm pcm = test::speech(8, 16000, 320);
  OpusAudioEncoder encoder(16000);
  OpusAudioDecoder decoder(16000);
  Packet first(500), second(500);
  Pcm heard_first(320), heard_second(320);
  first.resize(encoder.encode(pcm, first));
  decoder.decode(first, heard_first);
  encoder.reset();
  decoder.reset();
  second.resize(encoder.encode(pcm, second));
  decoder.decode(second, heard_second);
  CHECK(first == second && heard_first == heard_second);
}
