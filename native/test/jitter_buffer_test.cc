#include "../engine/jitter_buffer.h"

#include <cmath>
#include <vector>

#include "check.h"
#include "playout_line.h"

using namespace trunkline;
using test::PlayoutLine;
using Samples = std::vector<int16_t>;

namespace {

constexpr int64_t kMs = PlayoutLine::kMs;
constexpr int kRates[] = {8000, 16000};


}  // namespace

TEST("on a network without jitter every sample is heard, and the delay falls to what whole slots allow") {
  for (const int rate_hz : kRates) {
    PlayoutLine line(rate_hz);
    const Samples heard = line.say(test::needles(rate_hz, 20'000));
    const auto stats = line.buffer->stats();
    CHECK(stats.underruns == 0 && stats.late_packets == 0 && stats.concealed_samples <= static_cast<uint64_t>(rate_hz) / 10);
    CHECK(stats.target_ms == 20);
    const std::vector<double> delays = test::needle_delays_ms(heard, rate_hz);
    CHECK(delays.size() == 80);
    CHECK(delays.front() >= 55 && delays.front() <= 80);
    CHECK(delays.back() >= 17 && delays.back() <= 40);
  }
}

TEST("5 % loss and jitter of 0 to 60 ms: no underrun, and a median of at most 60 ms is added") {
  for (const int rate_hz : kRates) {
    for (const unsigned seed : {1u, 2u, 3u}) {
      PlayoutLine line(rate_hz, {.loss = 0.05, .jitter_ms = 60, .seed = seed});
      const Samples heard = line.say(test::needles(rate_hz, 60'000));
      const auto stats = line.buffer->stats();
      CHECK(stats.underruns == 0);
      CHECK(stats.late_packets <= 3);
      const double added_ms = test::median(test::needle_delays_ms(heard, rate_hz)) - test::median(line.delays_ms);
      CHECK(added_ms <= 60);
      if (rate_hz == 8000) std::printf("  5 %% loss, 0-60 ms jitter: %.1f ms added, %llu late\n", added_ms, static_cast<unsigned long long>(stats.late_packets));
    }
  }
}

TEST("jitter of 0 to 120 ms is learned within seconds, and after it nothing is late") {
  PlayoutLine line(8000, {.jitter_ms = 120});
  line.say(test::needles(8000, 5000));
  const auto learned = line.buffer->stats();
  CHECK(learned.target_ms >= 110 && learned.target_ms <= 130);
  line.say(test::needles(8000, 30'000));
  const auto stats = line.buffer->stats();
  CHECK(stats.underruns == learned.underruns);
  CHECK(stats.late_packets - learned.late_packets <= 2);
}

TEST("the delay grows when jitter comes and shrinks when it has gone") {
  PlayoutLine line(8000, {.jitter_ms = 5});
  line.say(test::voice(8000, 10'000));
  CHECK(line.buffer->stats().target_ms <= 25);
  line.network.jitter_ms = 100;
  line.say(test::voice(8000, 10'000));
  CHECK(line.buffer->stats().target_ms >= 90);
  CHECK(line.buffer->stats().underruns <= 6);
  line.network.jitter_ms = 5;
  line.say(test::voice(8000, 60'000));
  CHECK(line.buffer->stats().target_ms <= 40);
  CHECK(line.buffer->stats().accelerated_samples > 0);
  CHECK(line.buffer->stats().level_ms <= 80);
}

TEST("a voice on a bad network has no click: no step that the voice itself does not have") {
  for (const int rate_hz : kRates) {
    const Samples voice = test::voice(rate_hz, 30'000);
    const int natural = test::largest_step(voice);
    for (const double jitter_ms : {0.0, 40.0, 120.0}) {
      PlayoutLine line(rate_hz, {.loss = 0.05, .duplicates = 0.05, .jitter_ms = jitter_ms});
      CHECK(test::largest_step(line.say(voice)) <= natural * 5 / 4);
    }
  }
}

TEST("packets in any order and twice are heard once and in order") {
  PlayoutLine line(8000, {.duplicates = 0.3, .jitter_ms = 55});
  line.say(test::noise(80'000, 20));
  const auto learned = line.buffer->stats();
  const std::vector<double> delays = test::needle_delays_ms(line.say(test::needles(8000, 20'000)), 8000);
  CHECK(delays.size() == 80);
  const auto stats = line.buffer->stats();
  CHECK(stats.late_packets == learned.late_packets && stats.underruns == learned.underruns);
  CHECK(stats.concealed_samples - learned.concealed_samples <= 800);
}

TEST("packets of 10 to 60 ms come out evenly") {
  for (const int rate_hz : kRates) {
    for (const int ptime_ms : {10, 20, 30, 40, 50, 60}) {
      PlayoutLine line(rate_hz, {.jitter_ms = 20});
      const Samples heard = line.say(test::needles(rate_hz, 24'000), ptime_ms);
      CHECK(test::needle_delays_ms(heard, rate_hz).size() >= 95);
      CHECK(line.buffer->stats().underruns == 0 && line.buffer->stats().late_packets <= 2);
    }
  }
}

TEST("an hour of a clock that is 200 ppm off: no click, no underrun, no delay that grows") {
  const Samples voice = test::voice(8000, 60'000);
  const int natural = test::largest_step(voice);
  for (const double skew_ppm : {-200.0, 200.0}) {
    PlayoutLine line(8000, {.jitter_ms = 10, .skew_ppm = skew_ppm});
    line.say(voice);
    const auto begin = line.buffer->stats();
    for (int minute = 1; minute < 60; ++minute) {
      for (size_t at = 0; at < voice.size(); at += 160) line.send(std::span(voice).subspan(at, 160));
      const Samples heard = line.listen(line.sent_ns());
      CHECK(test::largest_step(heard) <= natural * 5 / 4);
    }
    const auto stats = line.buffer->stats();
    CHECK(stats.underruns == begin.underruns && stats.skipped_packets == 0);
    CHECK(stats.late_packets - begin.late_packets <= 20);
    CHECK(line.most_level_ms < 150 && stats.level_ms < 100);
    const auto stretched = static_cast<double>(skew_ppm > 0 ? stats.accelerated_samples : stats.expanded_samples);
    CHECK(stretched > 0.9 * 3600 * 8000 * 200e-6 && stretched < 6 * 3600 * 8000 * 200e-6);
  }
}

TEST("what an outage held back is skipped, and the delay is the target again within a second") {
  PlayoutLine line(8000);
  line.say(test::voice(8000, 3000));
  line.hold_back(line.sent_ns() + 1000 * kMs, line.sent_ns() + 3000 * kMs);
  for (const int16_t part : {0, 1, 2, 3}) {
    (void)part;
    const Samples voice = test::voice(8000, 1000);
    for (size_t at = 0; at < voice.size(); at += 160) line.send(std::span(voice).subspan(at, 160));
  }
  line.listen(line.sent_ns());
  const auto stats = line.buffer->stats();
  CHECK(stats.level_ms <= 120);
  CHECK(stats.skipped_packets > 50);
}

TEST("a short outage is caught up with by stretching, nothing is skipped") {
  PlayoutLine line(8000);
  line.say(test::voice(8000, 3000));
  line.hold_back(line.sent_ns() + 100 * kMs, line.sent_ns() + 400 * kMs);
  line.say(test::voice(8000, 6000));
  const auto stats = line.buffer->stats();
  CHECK(stats.skipped_packets == 0 && stats.underruns >= 1);
  CHECK(stats.accelerated_samples > 0);
}

TEST("a network that becomes slower for good costs a moment, not seconds of skipping") {
  for (const int jitter_ms : {0, 40}) {
    PlayoutLine line(8000, {.jitter_ms = static_cast<double>(jitter_ms)});
    line.say(test::voice(8000, 6000));
    const auto before = line.buffer->stats();
    line.network.delay_ms = 700;
    line.say(test::voice(8000, 10'000));
    const auto stats = line.buffer->stats();
    std::printf("  700 ms slower, jitter %d ms: %llu skipped, %.0f ms made up\n", jitter_ms,
                static_cast<unsigned long long>(stats.skipped_packets - before.skipped_packets),
                static_cast<double>(stats.concealed_samples - before.concealed_samples) / 8);
    CHECK(stats.skipped_packets - before.skipped_packets <= 5);
    CHECK(stats.concealed_samples - before.concealed_samples <= 8 * 600);
  }
}

TEST("sequence numbers and timestamps wrap, together and each alone, with loss around it") {
  for (const uint16_t sequence_number : {65530, 100}) {
    for (const uint32_t timestamp : {4294966000u, 5000u}) {
      PlayoutLine line(8000, {.loss = 0.1, .jitter_ms = 30});
      line.sequence_number = sequence_number;
      line.timestamp = timestamp;
      const Samples heard = line.say(test::needles(8000, 8000));
      CHECK(line.buffer->stats().underruns == 0 && line.buffer->stats().late_packets <= 2);
      CHECK(test::needle_delays_ms(heard, 8000).size() >= 24);
    }
  }
}

TEST("another SSRC is another stream: heard at once, without a click") {
  const Samples voice = test::voice(8000, 2000);
  PlayoutLine line(8000);
  Samples heard = line.say(voice);
  line.ssrc = 8;
  line.sequence_number = 60'000;
  line.timestamp = 123;
  const Samples second = line.say(voice);
  heard.insert(heard.end(), second.begin(), second.end());
  CHECK(test::largest_step(heard) <= test::largest_step(voice) * 5 / 4);
  CHECK(test::rms(std::span(second).subspan(1600, 4000)) > 0.7 * test::rms(std::span(voice).subspan(800, 4000)));
  CHECK(line.buffer->stats().late_packets == 0);
}

TEST("a timestamp that jumps, forwards or backwards, costs no more than a moment") {
  for (const int32_t jump : {800'000, -800'000, 4000, -4000}) {
    PlayoutLine line(8000);
    line.say(test::needles(8000, 4000));
    line.timestamp += static_cast<uint32_t>(jump);
    const Samples heard = line.say(test::needles(8000, 8000));
    CHECK(test::needle_delays_ms(heard, 8000).size() >= 28);
    CHECK(line.buffer->stats().level_ms < 100);
  }
}

TEST("timestamps that leap as far as they can never count too far") {
  for (const uint32_t leap : {0x7FFFFFFFu, 0x80000000u}) {
    PlayoutLine line(8000);
    rtp::RtpPacket packet;
    packet.payload_type = PlayoutLine::kAudio;
    const std::vector<uint8_t> payload(320);
    packet.payload = payload;
    Samples slot(160);
    for (int64_t i = 0; i < 50'000; ++i) {
      line.buffer->push(packet, i * 20 * kMs);
      line.buffer->pull(slot, i * 20 * kMs);
      ++packet.sequence_number;
      packet.timestamp += leap;
    }
    CHECK(line.buffer->stats().level_ms < 200);
  }
}

TEST("comfort noise is heard at its level between the words, and its end is no loss (RFC 3389)") {
  PlayoutLine line(8000);
  const Samples voice = test::voice(8000, 1000);
  line.say(voice);
  const auto before = line.buffer->stats();
  line.send_payload(PlayoutLine::kNoise, {40}, line.timestamp);
  line.pause(3000);
  const Samples noise = line.listen(line.sent_ns());
  const double level_dbov = 20 * std::log10(test::rms(std::span(noise).last(8000)) / 32768);
  CHECK(std::abs(level_dbov + 40) < 1.5);
  const Samples heard = line.say(voice);
  CHECK(line.buffer->stats().underruns == before.underruns);
  CHECK(test::rms(std::span(heard).first(8000)) > 0.7 * test::rms(voice));
  CHECK(test::largest_step(noise) < 32768 * 0.01 * 4.5);
}

TEST("comfort noise that comes twice, first of all, or late does no harm") {
  PlayoutLine line(8000, {.duplicates = 1});
  line.send_payload(PlayoutLine::kNoise, {50}, line.timestamp);
  line.pause(500);
  line.send_payload(PlayoutLine::kNoise, {50, 100}, line.timestamp);
  line.pause(500);
  const std::vector<double> delays = test::needle_delays_ms(line.say(test::needles(8000, 4000)), 8000);
  CHECK(delays.size() == 16);
  CHECK(line.buffer->stats().underruns == 0);
}

TEST("a sender that just stops is heard as its own background, and its next words begin at the target") {
  PlayoutLine line(8000);
  Samples voice = test::voice(8000, 4000);
  const Samples background = test::noise(voice.size(), 60, 3);
  for (size_t i = 0; i < voice.size(); ++i) voice[i] = static_cast<int16_t>(std::clamp(voice[i] + background[i], -32000, 32000));
  line.say(voice);
  const auto before = line.buffer->stats();
  line.pause(2000);
  const Samples pause = line.listen(line.sent_ns());
  const double level = test::rms(std::span(pause).last(4000));
  CHECK(level > 40 && level < 90);
  line.say(voice);
  CHECK(line.buffer->stats().underruns == before.underruns);
}

TEST("digits without a marker in place of audio are silence, not loss (RFC 4733)") {
  PlayoutLine line(8000);
  const Samples voice = test::voice(8000, 1000);
  for (int i = 0; i < 3; ++i) {
    for (size_t at = 0; at < voice.size(); at += 160) line.send(std::span(voice).subspan(at, 160));
    const uint32_t began = line.timestamp;
    for (uint8_t packets = 0; packets < 10; ++packets) {
      line.send_payload(PlayoutLine::kEvent, {5, 10, 0, packets}, began);
      line.pause(20);
    }
  }
  line.listen(line.sent_ns());
  const auto stats = line.buffer->stats();
  CHECK(stats.underruns == 0 && stats.late_packets == 0);
  CHECK(stats.concealed_samples == 0);
}

TEST("digits beside audio do not disturb it") {
  PlayoutLine line(8000);
  line.say(test::noise(32'000, 20));
  const auto before = line.buffer->stats();
  const Samples signal = test::needles(8000, 4000);
  const uint32_t began = line.timestamp;
  for (size_t at = 0; at < signal.size(); at += 160) {
    line.send(std::span(signal).subspan(at, 160));
    line.send_payload(PlayoutLine::kEvent, {5, 10, 0, 80}, began);
  }
  const Samples heard = line.listen(line.sent_ns() + 200 * kMs);
  CHECK(test::needle_delays_ms(heard, 8000).size() == 16);
  CHECK(line.buffer->stats().concealed_samples - before.concealed_samples <= 800);
}
