#include "../dsp/tone_detector.h"

#include <string>
#include <vector>

#include "../codec/g711.h"
#include "check.h"
#include "dtmf_signal.h"
#include "recorded_speech.h"

using namespace trunkline;
using dsp::ToneKind;
using test::Signal;

namespace {

constexpr const char* kNames[] = {"", "dial", "ringback", "busy", "congestion", "sit", "beep", "cng", "ced"};

class ToneEar final : public dsp::ToneSink {
 public:
  explicit ToneEar(std::vector<int16_t> pcm, bool through_g711 = true) {
    if (through_g711) {
      std::vector<uint8_t> payload(pcm.size());
      codec::encode_g711(codec::G711Law::mu, pcm, payload);
      codec::decode_g711(codec::G711Law::mu, payload, pcm);
    }
    dsp::ToneDetector detector;
    for (size_t done = 0; done < pcm.size(); done += 160) {
      const auto piece = std::span(pcm).subspan(done, std::min<size_t>(160, pcm.size() - done));
      detector.push(piece, static_cast<int64_t>(done + piece.size()) * 125'000, *this);
    }
  }
  void on_tone(const dsp::HeardTone& tone) override {
    names += names.empty() ? "" : " ";
    names += kNames[static_cast<int>(tone.kind)];
    tones.push_back(tone);
  }
  int64_t onset_ms(size_t index) const { return tones[index].onset_ns / 1'000'000; }

  std::string names;
  std::vector<dsp::HeardTone> tones;
};

std::string tones_in(const Signal& signal) { return ToneEar(signal.pcm()).names; }

/** Syllables of a voice whose pitch moves, with pauses of words between them. */
Signal& speech(Signal& signal, double ms, double pitch_hz = 120) {
  for (double done = 0; done < ms; done += 250) {
    signal.add(200, [&](double s) {
      double sum = 0;
      for (int harmonic = 1; harmonic * pitch_hz < 3400; ++harmonic) {
        const double hz = harmonic * pitch_hz;
        const double formant =
            std::exp(-std::pow((hz - 600) / 300, 2)) + 0.5 * std::exp(-std::pow((hz - 1700) / 300, 2));
        sum += formant * std::sin(2 * M_PI * hz * (s + 0.4 * s * s));
      }
      return 4000 * std::sin(M_PI * s / 0.2) * sum;
    });
    signal.silence(50);
  }
  return signal;
}

struct Rhythm {
  const char* name;
  std::vector<double> frequencies_hz;
  /** Tone, pause, tone, pause ... */
  std::vector<double> steps_ms;
};

Signal play(const Rhythm& rhythm, double total_ms, double dbm0 = -15) {
  Signal signal;
  signal.silence(503);
  for (size_t i = 0; signal.ms() < total_ms; ++i) {
    const double ms = rhythm.steps_ms[i % rhythm.steps_ms.size()];
    i % 2 == 0 ? signal.tones(ms, rhythm.frequencies_hz, dbm0) : signal.silence(ms);
  }
  signal.noise(-55);
  return signal;
}

}  // namespace

TEST("ringback is told at each ring, in the rhythms of North America and Europe (E.180 Supplement 2)") {
  for (const Rhythm& rhythm : {Rhythm{"North America", {440, 480}, {2000, 4000}},
                               {"Germany, China's rhythm", {425}, {1000, 4000}},
                               {"Spain", {425}, {1500, 3000}},
                               {"Denmark", {425}, {750, 7500}},
                               {"France", {440}, {1500, 3500}},
                               {"Britain", {400, 450}, {400, 200, 400, 2000}},
                               {"Japan", {400}, {1000, 2000}},
                               {"China", {450}, {1000, 4000}}}) {
    double cycle_ms = 0;
    for (const double ms : rhythm.steps_ms) cycle_ms += ms;
    const ToneEar ear(play(rhythm, 503 + 3 * cycle_ms).pcm());
    if (ear.names != "ringback ringback ringback") std::printf("%s: %s\n", rhythm.name, ear.names.c_str());
    CHECK(ear.names == "ringback ringback ringback");
    CHECK(std::abs(ear.onset_ms(0) - (rhythm.steps_ms.size() == 4 ? 1103 : 503)) <= 20);
    CHECK(std::abs(ear.tones[0].duration_ms - rhythm.steps_ms[0]) <= 32);
  }
}

TEST("busy and congestion are told once, however long they last") {
  for (const double dbm0 : {-6.0, -15.0, -32.0}) {
    for (const Rhythm& rhythm : {Rhythm{"busy", {480, 620}, {500, 500}},
                                 {"busy", {425}, {500, 500}},
                                 {"busy", {425}, {480, 480}},
                                 {"busy", {425}, {300, 300}},
                                 {"busy", {400}, {375, 375}},
                                 {"busy", {400}, {750, 750}},
                                 {"busy", {450}, {350, 350}},
                                 {"congestion", {480, 620}, {250, 250}},
                                 {"congestion", {425}, {250, 250}},
                                 {"congestion", {425}, {200, 200}},
                                 {"congestion", {400}, {400, 350, 225, 525}}}) {
      const std::string names = tones_in(play(rhythm, 12'000, dbm0));
      if (names != rhythm.name) std::printf("%s: %s\n", rhythm.name, names.c_str());
      CHECK(names == rhythm.name);
    }
  }
}

TEST("a busy tone is told after its second tone") {
  const ToneEar ear(play({"", {480, 620}, {500, 500}}, 2500).pcm());
  CHECK(ear.names == "busy" && std::abs(ear.onset_ms(0) - 1503) <= 20);
}

TEST("a tone of the network that goes on is a dial tone, told once") {
  for (const Rhythm& rhythm : {Rhythm{"", {350, 440}, {8000}}, {"", {425}, {8000}}, {"", {440}, {8000}}}) {
    CHECK(tones_in(play(rhythm, 6000)) == "dial");
  }
}

TEST("special information tones are one event, with the frequencies of E.180 and of North America") {
  for (const auto& [first_hz, second_hz, third_hz] : std::vector<std::array<double, 3>>{
           {950, 1400, 1800}, {913.8, 1370.6, 1776.7}, {985.2, 1428.5, 1776.7}, {913.8, 1428.5, 1776.7}}) {
    for (const double ms : {276.0, 330.0, 380.0}) {
      for (const double pause_ms : {0.0, 20.0}) {
        Signal signal;
        signal.silence(300).tones(ms, {first_hz}, -15).silence(pause_ms).tones(ms, {second_hz}, -15).silence(pause_ms);
        signal.tones(ms, {third_hz}, -15).silence(200);
        CHECK(tones_in(speech(signal, 2000)) == "sit");
      }
    }
  }
}

TEST("the beep of a voicemail is told, whatever its pitch and length, with its onset") {
  for (const double hz : {400.0, 440.0, 660.0, 850.0, 1000.0, 1400.0, 1770.0, 2200.0}) {
    for (const double ms : {150.0, 250.0, 500.0, 900.0, 2000.0}) {
      // Japan rings like that.
      if (hz == 400 && ms == 900) continue;
      for (const double pause_ms : {0.0, 700.0}) {
        Signal signal;
        speech(signal.silence(200), 3000).silence(pause_ms);
        const double onset_ms = signal.ms();
        signal.tones(ms, {hz}, -14).silence(1500).noise(-50);
        const ToneEar ear(signal.pcm());
        if (ear.names != "beep") std::printf("%g Hz, %g ms: %s\n", hz, ms, ear.names.c_str());
        CHECK(ear.names == "beep");
        if (ear.names != "beep") continue;
        CHECK(std::abs(ear.onset_ms(0) - onset_ms) <= 32 && std::abs(ear.tones[0].hz - hz) <= 5);
        CHECK(std::abs(ear.tones[0].duration_ms - ms) <= 40);
      }
    }
  }
}

TEST(
    "no beep: without speech before it, with sound behind it, of two tones, gliding, swelling, too short or too long") {
  const auto after_speech = [](auto finish) {
    Signal signal;
    speech(signal, 2000).silence(300);
    finish(signal);
    return tones_in(signal.silence(1500).noise(-55));
  };
  CHECK(tones_in(Signal().silence(2000).tones(400, {1000}, -14).silence(1500)).empty());
  CHECK(after_speech([](Signal& signal) { speech(signal.tones(400, {1000}, -14), 1500); }).empty());
  CHECK(after_speech([](Signal& signal) { signal.tones(400, {1000, 1500}, -14); }).empty());
  CHECK(after_speech([](Signal& signal) { signal.key('5', 400); }).empty());
  CHECK(after_speech([](Signal& signal) { signal.tones(100, {1000}, -14); }).empty());
  CHECK(after_speech([](Signal& signal) { signal.tones(2500, {1000}, -14); }).empty());
  CHECK(after_speech([](Signal& signal) {
          signal.add(400, [](double s) { return 5000 * std::sin(2 * M_PI * (1000 * s + 100 * s * s)); });
        }).empty());
  CHECK(after_speech([](Signal& signal) {
          signal.add(400, [](double s) { return 20'000 * s * std::sin(2 * M_PI * 1000 * s); });
        }).empty());
}

TEST("after an announcement, a busy tone is busy and ringing is ringback, and neither is a beep") {
  Signal busy;
  speech(busy, 2000).silence(500);
  for (int i = 0; i < 4; ++i) busy.tones(500, {425}, -15).silence(500);
  CHECK(tones_in(busy) == "busy");
  Signal ringing;
  speech(ringing, 2000).silence(500).tones(1000, {425}, -15).silence(4000).tones(1000, {425}, -15).silence(2000);
  CHECK(tones_in(ringing) == "ringback ringback");
}

TEST("fax calling and answering tones are told as such and are no beeps") {
  Signal calling;
  speech(calling, 2000).silence(500).tones(500, {1100}, -12).silence(3000).tones(500, {1100}, -12).silence(1000);
  CHECK(tones_in(calling) == "cng cng");
  Signal answering;
  speech(answering, 2000).silence(500).tones(3000, {2100}, -12).silence(1000);
  CHECK(tones_in(answering) == "ced");
}

TEST("keys, chords and melodies are no tones of the network and no beeps") {
  Signal keys;
  speech(keys, 1000);
  for (const char key : dsp::kDtmfKeys) keys.key(key, 200).silence(300);
  CHECK(tones_in(keys).empty());
  Signal music;
  speech(music, 1000);
  for (const double root_hz : {262.0, 294.0, 330.0, 392.0, 440.0, 523.0}) {
    music.tones(250, {root_hz, root_hz * 1.26, root_hz * 1.5}, -18).silence(30);
    music.add(350, [&](double s) {
      double sum = 0;
      for (int harmonic = 1; harmonic <= 4; ++harmonic) sum += std::sin(2 * M_PI * harmonic * root_hz * s) / harmonic;
      return 6000 * std::exp(-4 * s) * sum;
    });
  }
  CHECK(tones_in(music.silence(2000)).empty());
}

TEST("recorded speech, one prompt after another with pauses, holds no tone") {
  std::vector<int16_t> all;
  test::for_each_recording([&](const std::string& name, const std::vector<int16_t>& samples) {
    if (name.find("beep") != std::string::npos || name.find("tone") != std::string::npos) return;
    const std::vector<int16_t> one = samples;
    all.insert(all.end(), samples.begin(), samples.end());
    all.resize(all.size() + 8000);
    std::vector<int16_t> alone = one;
    alone.resize(alone.size() + 12'000);
    const ToneEar ear(alone);
    if (!ear.names.empty()) std::printf("%s: %s\n", name.c_str(), ear.names.c_str());
    CHECK(ear.names.empty());
  });
  CHECK(ToneEar(all).names.empty());
}

TEST("lengths are those of the samples, however unevenly they arrive") {
  struct Ear final : dsp::ToneSink {
    void on_tone(const dsp::HeardTone& tone) override { names += kNames[static_cast<int>(tone.kind)]; }
    std::string names;
  } ear;
  const std::vector<int16_t> pcm = play({"", {425}, {500, 500}}, 5000).pcm();
  dsp::ToneDetector detector;
  for (size_t done = 0; done + 160 <= pcm.size(); done += 160) {
    const auto late_ms = static_cast<int64_t>(done / 160 * 37 % 120);
    detector.push(std::span(pcm).subspan(done, 160), static_cast<int64_t>(done) * 125'000 + late_ms * 1'000'000, ear);
  }
  CHECK(ear.names == "busy");
}
