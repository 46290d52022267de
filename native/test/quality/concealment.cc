// How near concealed speech comes to what was lost: 16-bit WAV files (mono, 44 bytes of header) against themselves with
// seeded loss of 20 ms packets. `make quality SPEECH="/some/folder/*.wav"`
#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "../../dsp/concealer.h"

using namespace trunkline;
using Samples = std::vector<int16_t>;

namespace {

constexpr size_t kBins = 256;

struct Wave {
  int rate_hz;
  Samples samples;
};

Wave read_wave(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 44) return {8000, {}};
  Wave wave{8000, Samples((bytes.size() - 44) / 2)};
  std::memcpy(&wave.rate_hz, bytes.data() + 24, 4);
  std::memcpy(wave.samples.data(), bytes.data() + 44, wave.samples.size() * 2);
  return wave;
}

/** What the engine did before: the last 20 ms again and again, fading out over 60 ms. */
class Repeat {
 public:
  explicit Repeat(int) {}
  void accept(std::span<int16_t> samples) {
    last_.assign(samples.begin(), samples.end());
    repeated_ = 0;
  }
  void conceal(std::span<int16_t> samples) {
    const int size = static_cast<int>(samples.size());
    for (int i = 0; i < size; ++i) {
      const int level = std::max(3 * size - repeated_ * size - i, 0);
      samples[static_cast<size_t>(i)] = static_cast<int16_t>(last_[static_cast<size_t>(i)] * level / (3 * size));
    }
    ++repeated_;
  }

 private:
  Samples last_ = Samples(320);
  int repeated_ = 0;
};

class Silence {
 public:
  explicit Silence(int) {}
  void accept(std::span<int16_t>) {}
  void conceal(std::span<int16_t> samples) { std::ranges::fill(samples, 0); }
};

std::array<double, kBins / 2> spectrum_db(const int16_t* samples) {
  std::array<double, kBins / 2> power;
  static const auto kTurns = [] {
    std::array<std::complex<double>, kBins> turns;
    for (size_t i = 0; i < kBins; ++i) turns[i] = std::polar(1.0, -2 * M_PI * static_cast<double>(i) / kBins);
    return turns;
  }();
  for (size_t bin = 0; bin < kBins / 2; ++bin) {
    std::complex<double> sum = 0;
    for (size_t i = 0; i < kBins; ++i) {
      const double window = 0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(i) / kBins);
      sum += samples[i] * window * kTurns[bin * i % kBins];
    }
    power[bin] = 10 * std::log10(std::norm(sum) / kBins + 1000);
  }
  return power;
}

struct Quality {
  double snr_db = 0;
  double distance_db = 0;
  double snr_frames = 0;
  double distance_frames = 0;
};

/** Both over the packets that were lost and the 20 ms after them, where there was speech (above -50 dBFS). */
template <typename Method>
void compare(const Wave& wave, double loss, unsigned seed, Quality& quality) {
  const size_t frame = static_cast<size_t>(wave.rate_hz) / 50;
  Method method(wave.rate_hz);
  std::mt19937 random(seed);
  Samples heard = wave.samples;
  bool after_loss = false;
  for (size_t at = 0; at + frame <= heard.size(); at += frame) {
    const bool lost = at > 0 && static_cast<double>(random()) / 4294967296.0 < loss;
    const std::span<int16_t> out(heard.data() + at, frame);
    lost ? method.conceal(out) : method.accept(out);
    const bool counts = lost || after_loss;
    after_loss = lost;
    double signal = 0;
    double noise = 0;
    for (size_t i = at; i < at + frame; ++i) {
      signal += std::pow(wave.samples[i], 2);
      noise += std::pow(wave.samples[i] - heard[i], 2);
    }
    if (!counts || signal / static_cast<double>(frame) < 1e4 || at + kBins > heard.size() || at < kBins) continue;
    if (lost) {
      quality.snr_db += std::clamp(10 * std::log10(signal / (noise + 1)), -10.0, 35.0);
      ++quality.snr_frames;
    }
    const size_t from = at + frame > kBins ? at + frame - kBins : 0;
    const auto clean = spectrum_db(wave.samples.data() + from);
    const auto ours = spectrum_db(heard.data() + from);
    double sum = 0;
    for (size_t bin = 0; bin < clean.size(); ++bin) sum += std::pow(clean[bin] - ours[bin], 2);
    quality.distance_db += std::sqrt(sum / static_cast<double>(clean.size()));
    ++quality.distance_frames;
  }
}

template <typename Method>
void print(const char* name, const std::vector<Wave>& waves, double loss) {
  Quality quality;
  for (size_t i = 0; i < waves.size(); ++i) compare<Method>(waves[i], loss, static_cast<unsigned>(i), quality);
  std::printf("| %2.0f %% | %-8s | %6.2f | %6.2f |\n", loss * 100, name, quality.snr_db / quality.snr_frames,
              quality.distance_db / quality.distance_frames);
}

}  // namespace

int main(int count, char** paths) {
  std::vector<Wave> waves;
  for (int i = 1; i < count; ++i) waves.push_back(read_wave(paths[i]));
  std::printf(
      "| loss | method | segmental SNR of lost speech, dB | log-spectral distance, dB |\n| --- | --- | --- | --- |\n");
  for (const double loss : {0.01, 0.03, 0.05, 0.10, 0.20}) {
    print<Silence>("silence", waves, loss);
    print<Repeat>("repeat", waves, loss);
    print<dsp::Concealer>("waveform", waves, loss);
  }
}
