#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "../dsp/dtmf_detector.h"

namespace trunkline::test {

/** Peak of a tone at a level in dBm0: 0 dBm0 is 3.17 dB below full scale (ITU-T G.711, mu-law). */
inline double amplitude_of(double dbm0) { return 32768 * std::pow(10, (dbm0 - 3.17) / 20); }

/** Adds what it is told to the end of `samples`, at 8 kHz unless told otherwise. */
class Signal {
 public:
  explicit Signal(int rate_hz = 8000, uint32_t seed = 1) : rate_hz_(rate_hz), random_(seed) {}

  struct Key {
    double low_dbm0 = -10;
    double high_dbm0 = -8;
    /** Of both frequencies, as a factor. */
    double low_factor = 1;
    double high_factor = 1;
  };

  Signal& silence(double ms) {
    samples_.resize(samples_.size() + count(ms));
    return *this;
  }
  Signal& tones(double ms, const std::vector<double>& frequencies_hz, double dbm0) {
    return add(ms, [&](double s) {
      double sum = 0;
      for (const double hz : frequencies_hz) sum += std::sin(2 * M_PI * hz * s);
      return amplitude_of(dbm0) * sum;
    });
  }
  Signal& key(char key, double ms) { return this->key(key, ms, Key{}); }
  Signal& key(char key, double ms, const Key& levels) {
    const size_t index = dsp::kDtmfKeys.find(key);
    const double low_hz = dsp::kDtmfHz[index / 4] * levels.low_factor;
    const double high_hz = dsp::kDtmfHz[4 + index % 4] * levels.high_factor;
    return add(ms, [&](double s) {
      return amplitude_of(levels.low_dbm0) * std::sin(2 * M_PI * low_hz * s + 1) +
             amplitude_of(levels.high_dbm0) * std::sin(2 * M_PI * high_hz * s);
    });
  }
  /** Gaussian, over all that is there. */
  Signal& noise(double dbm0) {
    std::normal_distribution<double> normal(0, amplitude_of(dbm0) / std::sqrt(2));
    for (double& sample : samples_) sample += normal(random_);
    return *this;
  }
  template <typename Wave>
  Signal& add(double ms, Wave wave) {
    const size_t from = samples_.size();
    samples_.resize(from + count(ms));
    for (size_t i = from; i < samples_.size(); ++i) samples_[i] = wave(static_cast<double>(i - from) / rate_hz_);
    return *this;
  }

  std::vector<int16_t> pcm() const {
    std::vector<int16_t> pcm;
    for (const double sample : samples_) {
      pcm.push_back(static_cast<int16_t>(std::lround(std::fmin(32767, std::fmax(-32768, sample)))));
    }
    return pcm;
  }
  double ms() const { return 1000.0 * static_cast<double>(samples_.size()) / rate_hz_; }

 private:
  size_t count(double ms) const { return static_cast<size_t>(std::lround(ms * rate_hz_ / 1000)); }

  int rate_hz_;
  std::vector<double> samples_;
  std::mt19937 random_;
};

/** The keys that a detector hears. */
class DtmfEar final : public dsp::DtmfToneSink {
 public:
  explicit DtmfEar(const std::vector<int16_t>& pcm) {
    dsp::DtmfDetector detector;
    for (size_t done = 0; done < pcm.size(); done += 160) {
      const auto piece = std::span(pcm).subspan(done, std::min<size_t>(160, pcm.size() - done));
      detector.push(piece, static_cast<int64_t>(done + piece.size()) * 125'000, *this);
    }
  }
  void on_dtmf_tone(const dsp::DtmfTone& tone) override {
    keys += tone.key;
    tones.push_back(tone);
  }

  std::string keys;
  std::vector<dsp::DtmfTone> tones;
};

inline std::string heard(const Signal& signal) { return DtmfEar(signal.pcm()).keys; }

}  // namespace trunkline::test
