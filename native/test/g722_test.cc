#include "../codec/g722.h"

#include <string>
#include <vector>

#include "check.h"
#include "g722_reference.h"
#include "test_signals.h"

using namespace trunkline;
using test::noise;
using test::sine;
using test::speech;

namespace {

using Pcm = std::vector<int16_t>;
using Codes = std::vector<uint8_t>;

Codes encode(const Pcm& pcm, size_t packet_samples = 320) {
  codec::G722Encoder encoder;
  Codes codes(pcm.size() / 2);
  for (size_t at = 0; at < pcm.size(); at += packet_samples) {
    const size_t count = std::min(packet_samples, pcm.size() - at);
    CHECK(encoder.encode(std::span(pcm).subspan(at, count), std::span(codes).subspan(at / 2)) == count / 2);
  }
  return codes;
}

Pcm decode(const Codes& codes, size_t packet_bytes = 160) {
  codec::G722Decoder decoder;
  Pcm pcm(codes.size() * 2);
  for (size_t at = 0; at < codes.size(); at += packet_bytes) {
    const auto packet = std::span(codes).subspan(at, std::min(packet_bytes, codes.size() - at));
    CHECK(decoder.duration_samples(packet) == packet.size() * 2);
    CHECK(decoder.decode(packet, std::span(pcm).subspan(at * 2)) == packet.size() * 2);
  }
  return pcm;
}

Pcm square(size_t samples) {
  Pcm pcm(samples);
  for (size_t i = 0; i < samples; ++i) pcm[i] = (i / (1 + (i >> 9) % 60)) % 2 == 0 ? 32767 : -32768;
  return pcm;
}

Pcm sweep(size_t samples) {
  Pcm pcm(samples);
  for (size_t i = 0; i < samples; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(samples);
    pcm[i] = static_cast<int16_t>(32767 * std::sin(std::numbers::pi * 0.5 * share * static_cast<double>(i)));
  }
  return pcm;
}

std::vector<Pcm> signals() {
  constexpr size_t kSamples = 32000;
  Pcm extremes = noise(3, kSamples, 1);
  for (int16_t& sample : extremes) sample = sample < 0 ? -32768 : 32767;
  Pcm bursts = sine(3900, 16000, kSamples, 32767);
  for (size_t i = 0; i < kSamples; ++i) bursts[i] = (i / 2000) % 2 == 0 ? 0 : bursts[i];
  return {speech(1, 16000, kSamples),
          noise(2, kSamples, 32767),
          noise(4, kSamples, 4),
          square(kSamples),
          sweep(kSamples),
          sine(1000, 16000, kSamples, 20000),
          sine(7000, 16000, kSamples, 3000),
          extremes,
          bursts};
}

Codes any_codes() {
  Codes codes;
  for (const int16_t sample : noise(5, 40000, 32767)) codes.push_back(static_cast<uint8_t>(sample));
  for (int code = 0; code < 256; ++code) codes.insert(codes.end(), 300, static_cast<uint8_t>(code));
  for (const int16_t sample : noise(6, 20000, 32767)) codes.push_back(static_cast<uint8_t>(sample) & 0xC3);
  return codes;
}

}  // namespace

TEST("G.722 encodes bit by bit as the recommendation") {
  for (const Pcm& pcm : signals()) CHECK(encode(pcm) == test::g722::encode(pcm));
}

TEST("G.722 decodes bit by bit as the recommendation, codes included that no encoder sends") {
  for (const Pcm& pcm : signals()) {
    const Codes codes = test::g722::encode(pcm);
    CHECK(decode(codes) == test::g722::decode(codes));
  }
  const Codes codes = any_codes();
  CHECK(decode(codes) == test::g722::decode(codes));
}

TEST("G.722 gives the same bits in packets of 10 to 60 ms") {
  const Pcm pcm = speech(7, 16000, 19200);
  const Codes codes = encode(pcm);
  const Pcm heard = decode(codes);
  for (const size_t samples : {160, 480, 640, 800, 960}) {
    CHECK(encode(pcm, samples) == codes);
    CHECK(decode(codes, samples / 2) == heard);
  }
}

TEST("G.722 keeps 50 to 7000 Hz within a decibel, 22 samples late") {
  constexpr size_t kDelay = 22;
  for (const double frequency_hz : {60.0, 300.0, 1000.0, 2000.0, 3000.0, 3900.0, 4100.0, 5000.0, 6000.0, 7000.0}) {
    const Pcm pcm = sine(frequency_hz, 16000, 8000, 6000);
    const Pcm heard = decode(encode(pcm));
    const auto meant = std::span(pcm).subspan(1600, 6000);
    const auto got = std::span(heard).subspan(1600 + kDelay, 6000);
    CHECK(std::abs(test::level_db(meant) - test::level_db(got)) < 1);
    CHECK(test::signal_to_noise_db(meant, got) > (frequency_hz < 3500 ? 28 : 12));
  }
}

TEST("G.722 keeps speech at 16 kHz") {
  const Pcm pcm = speech(8, 16000, 48000);
  const Pcm heard = decode(encode(pcm));
  CHECK(test::signal_to_noise_db(std::span(pcm).first(47000), std::span(heard).subspan(22)) > 18);
}

TEST("a G.722 codec that is reset begins anew") {
  const Pcm pcm = noise(9, 320, 8000);
  codec::G722Encoder encoder;
  codec::G722Decoder decoder;
  Codes first(160), second(160);
  Pcm heard_first(320), heard_second(320);
  encoder.encode(pcm, first);
  decoder.decode(first, heard_first);
  encoder.reset();
  decoder.reset();
  encoder.encode(pcm, second);
  decoder.decode(second, heard_second);
  CHECK(first == second && heard_first == heard_second);
}

TEST("what G.722 is given too little room for is refused, as is half a pair") {
  codec::G722Encoder encoder;
  codec::G722Decoder decoder;
  Pcm pcm(320);
  Codes codes(160);
  CHECK(encoder.encode(pcm, std::span(codes).first(159)) == 0);
  CHECK(encoder.encode(std::span(pcm).first(319), codes) == 0);
  CHECK(decoder.decode(codes, std::span(pcm).first(319)) == 0);
  CHECK(decoder.decode({}, pcm) == 0);
}

TEST("the lanes of this machine and the portable ones agree") {
  using namespace codec::g722;
  std::mt19937 random(10);
  for (int round = 0; round < 20000; ++round) {
    Lanes differences{}, zeros{};
    for (int i = 0; i < 8; ++i) {
      differences[i] = static_cast<int16_t>(static_cast<int>(random() % 20457) - 10228);
      zeros[i] = static_cast<int16_t>(random());
    }
    const Lanes terms = product_q14(differences, zeros);
    const Lanes expected = portable::product_q14(differences, zeros);
    for (int i = 0; i < 8; ++i) CHECK(terms[i] == expected[i]);
    CHECK(saturating_sum(terms) == portable::saturating_sum(expected));
    const Levels levels{{Lanes{35, 72, 110, 150, 190, 233, 276, 323}, Lanes{370, 422, 473, 530, 587, 650, 714, 786},
                         Lanes{858, 940, 1023, 1121, 1219, 1339, 1458, 1612}, Lanes{1765, 1980, 2195, 2557, 2919}}};
    const int scale = 8 + static_cast<int>(random() % 16377);
    const int magnitude = static_cast<int>(random() % 32768) >> (random() % 12);
    CHECK(levels_reached(levels, scale, magnitude) == portable::levels_reached(levels, scale, magnitude));
  }
}
