#include "../dsp/dtmf_detector.h"

#include <string>
#include <vector>

#include "../codec/g711.h"
#include "check.h"
#include "dtmf_signal.h"
#include "recorded_speech.h"

using namespace trunkline;
using test::heard;
using test::Signal;

namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD";

/** Where in a window a key begins must not matter. */
constexpr double kOffsetsMs[] = {0, 1.25, 2.5, 3.75, 5, 6.25, 7.5, 8.75};

Signal one_key(char key, double ms, double offset_ms, const Signal::Key& levels = {}, uint32_t seed = 1) {
  Signal signal(8000, seed);
  signal.silence(40 + offset_ms).key(key, ms, levels).silence(80);
  return signal;
}

}  // namespace

TEST("every key of 40 ms is heard, whenever it begins (ITU-T Q.24)") {
  for (const char key : kKeys) {
    for (const double offset_ms : kOffsetsMs) CHECK(heard(one_key(key, 40, offset_ms)) == std::string(1, key));
  }
}

TEST("what lasts 23 ms is no key") {
  for (const char key : kKeys) {
    for (const double offset_ms : kOffsetsMs) CHECK(heard(one_key(key, 23, offset_ms)).empty());
  }
}

TEST("keys are heard from 0 to -36 dBm0 a tone, and not below -55") {
  for (const char key : kKeys) {
    for (double dbm0 = 0; dbm0 >= -36; dbm0 -= 4) {
      CHECK(heard(one_key(key, 50, 3, {.low_dbm0 = dbm0, .high_dbm0 = dbm0})) == std::string(1, key));
    }
    CHECK(heard(one_key(key, 500, 3, {.low_dbm0 = -55, .high_dbm0 = -55})).empty());
  }
}

TEST("the high tone may be 8 dB below to 4 dB above the low one, with both off by 1.5 %") {
  for (const char key : kKeys) {
    for (double twist_db = -8; twist_db <= 4; twist_db += 2) {
      for (const double low : {0.985, 1.0, 1.015}) {
        for (const double high : {0.985, 1.0, 1.015}) {
          for (const double offset_ms : {0.0, 5.0}) {
            const Signal::Key levels{-12, -12 + twist_db, low, high};
            CHECK(heard(one_key(key, 40, offset_ms, levels)) == std::string(1, key));
          }
        }
      }
    }
  }
}

TEST("one tone 16 dB below the other is no key") {
  for (const char key : kKeys) {
    for (const double twist_db : {-16.0, 16.0}) {
      CHECK(heard(one_key(key, 500, 0, {.low_dbm0 = -10 - twist_db / 2, .high_dbm0 = -10 + twist_db / 2})).empty());
    }
  }
}

TEST("a frequency off by 3.5 % or more is no key") {
  for (const char key : kKeys) {
    for (double percent = 3.5; percent <= 5; percent += 0.25) {
      for (const double off : {1 - percent / 100, 1 + percent / 100}) {
        for (double twist_db = -8; twist_db <= 4; twist_db += 4) {
          for (const double ms : {40.0, 500.0}) {
            const Signal::Key low_off{-10, -10 + twist_db, off, 1};
            const Signal::Key high_off{-10, -10 + twist_db, 1, off};
            CHECK(heard(one_key(key, ms, 2.5, low_off)).empty());
            CHECK(heard(one_key(key, ms, 2.5, high_off)).empty());
          }
        }
      }
    }
  }
}

TEST("keys are heard in noise 15 dB below them, 640 in a row") {
  std::string pressed;
  std::string noted;
  for (uint32_t seed = 0; seed < 40; ++seed) {
    Signal signal(8000, seed);
    for (int i = 0; i < 16; ++i) {
      pressed += kKeys[(i + seed) % 16];
      signal.key(kKeys[(i + seed) % 16], 50, {.low_dbm0 = -12, .high_dbm0 = -12}).silence(50 + i);
    }
    noted += heard(signal.silence(60).noise(-9 - 15));
  }
  CHECK(noted == pressed);
}

TEST("pauses of 40 ms part two of one key, breaks of 10 ms do not") {
  for (const char key : kKeys) {
    for (const double offset_ms : kOffsetsMs) {
      Signal parted;
      parted.silence(40 + offset_ms).key(key, 40).silence(40).key(key, 40).silence(80);
      CHECK(heard(parted) == std::string(2, key));
      Signal broken;
      broken.silence(40 + offset_ms).key(key, 60).silence(10).key(key, 60).silence(80);
      CHECK(heard(broken) == std::string(1, key));
    }
  }
}

TEST("one key right behind another is two") {
  Signal signal;
  signal.silence(40).key('1', 80).key('5', 80).key('9', 80).silence(80);
  CHECK(heard(signal) == "159");
}

TEST("a long key is one, with its onset and its duration") {
  Signal signal;
  signal.silence(1003).key('7', 2000).silence(100);
  const test::DtmfEar ear(signal.pcm());
  CHECK(ear.keys == "7");
  CHECK(std::abs(ear.tones[0].onset_ns / 1'000'000 - 1003) <= 8);
  CHECK(std::abs(ear.tones[0].duration_ms - 2000) <= 15);
}

TEST("keys are heard through both laws of G.711") {
  for (const auto law : {codec::G711Law::mu, codec::G711Law::a}) {
    for (const double dbm0 : {-3.0, -20.0, -36.0}) {
      Signal signal;
      for (const char key : kKeys) signal.silence(43).key(key, 45, {.low_dbm0 = dbm0, .high_dbm0 = dbm0});
      std::vector<int16_t> pcm = signal.silence(80).pcm();
      std::vector<uint8_t> payload(pcm.size());
      codec::encode_g711(law, pcm, payload);
      codec::decode_g711(law, payload, pcm);
      CHECK(test::DtmfEar(pcm).keys == kKeys);
    }
  }
}

TEST("packets of any length give the same keys") {
  Signal signal;
  for (const char key : kKeys) signal.silence(50).key(key, 50);
  const std::vector<int16_t> pcm = signal.silence(80).pcm();
  for (const size_t piece : {1u, 79u, 80u, 160u, 480u}) {
    struct Ear final : dsp::DtmfToneSink {
      void on_dtmf_tone(const dsp::DtmfTone& tone) override { keys += tone.key; }
      std::string keys;
    } ear;
    dsp::DtmfDetector detector;
    for (size_t done = 0; done < pcm.size(); done += piece) {
      detector.push(std::span(pcm).subspan(done, std::min(piece, pcm.size() - done)), 0, ear);
    }
    CHECK(ear.keys == kKeys);
  }
}

TEST("vowels, chords, sweeps, noise, call progress and fax tones are no keys") {
  Signal signal;
  for (const double pitch_hz : {85.0, 110.0, 174.0, 232.0, 348.5, 426.0, 697.0, 770.0, 941.0}) {
    for (const double glide : {0.0, 0.02, 0.3}) {
      signal.add(400, [&](double s) {
        double sum = 0;
        for (int harmonic = 1; harmonic * pitch_hz < 3600; ++harmonic) {
          sum += std::sin(2 * M_PI * harmonic * pitch_hz * (s + glide * s * s / 2)) / harmonic;
        }
        return 6000 * sum;
      });
    }
  }
  signal.add(8000, [](double s) { return 12000 * std::sin(2 * M_PI * (300 * s + 200 * s * s)); });
  for (const double root_hz : {262.0, 350.0, 440.0, 523.0, 698.0, 784.0}) {
    signal.tones(300, {root_hz, root_hz * 1.26, root_hz * 1.5}, -14).tones(300, {root_hz, root_hz * 2}, -12);
  }
  signal.tones(600, {350, 440}, -13).tones(600, {440, 480}, -13).tones(600, {480, 620}, -13);
  signal.tones(500, {1100}, -10).tones(500, {2100}, -10).tones(300, {1000}, -6);
  signal.noise(-40);
  CHECK(heard(signal).empty());
  CHECK(heard(Signal().silence(60'000).noise(-12)).empty());
}

TEST("25 minutes of recorded speech hold no key, at any of three levels") {
  for (const double gain : {0.2, 1.0, 4.0}) {
    test::for_each_recording([&](const std::string& name, std::vector<int16_t> samples) {
      for (int16_t& sample : samples) sample = static_cast<int16_t>(std::fmin(32767, std::fmax(-32768, sample * gain)));
      const std::string keys = test::DtmfEar(samples).keys;
      if (!keys.empty()) std::printf("%s sounds like %s\n", name.c_str(), keys.c_str());
      CHECK(keys.empty());
    });
  }
}
