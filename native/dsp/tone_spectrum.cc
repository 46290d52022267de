#include "tone_spectrum.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace trunkline::dsp {
namespace {

constexpr size_t kHalf = kToneFrameSamples / 2;
constexpr float kBinHz = 8000.0f / kToneFrameSamples;
/** Bins that are looked at: 250 to 2,344 Hz. */
constexpr size_t kFirstBin = 8;
constexpr size_t kBins = 76;
/** A Hann window spreads a tone over this many bins to each side. */
constexpr size_t kSpread = 2;
/** Mean square below which there is silence: -45 dBm0. */
constexpr float kSilence = 63.0f * 63.0f;
/** Of the energy that one tone, or two, hold. */
constexpr float kOneShare = 0.93f;
constexpr float kTwoShare = 0.9f;
constexpr float kLeastOfTwo = 0.05f;
constexpr float kResolutionHz = 80;

struct Tables {
  std::array<float, kToneFrameSamples> window;
  /** exp(-2 pi i k / 256). */
  std::array<float, kHalf> cosines;
  std::array<float, kHalf> sines;

  Tables() {
    for (size_t i = 0; i < kToneFrameSamples; ++i) {
      window[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * M_PI * static_cast<double>(i) / kToneFrameSamples));
    }
    for (size_t k = 0; k < kHalf; ++k) {
      cosines[k] = static_cast<float>(std::cos(2 * M_PI * static_cast<double>(k) / kToneFrameSamples));
      sines[k] = static_cast<float>(-std::sin(2 * M_PI * static_cast<double>(k) / kToneFrameSamples));
    }
  }
};

const Tables kTables;

using Half = std::array<float, kHalf>;

/** Complex FFT of 128 (Stockham: in order, no bit reversal). */
void transform(Half& re, Half& im) {
  Half re2, im2;
  for (size_t blocks = kHalf / 2, width = 1; blocks >= 1; blocks /= 2, width *= 2) {
    for (size_t block = 0; block < blocks; ++block) {
      const float cosine = kTables.cosines[2 * block * width];
      const float sine = kTables.sines[2 * block * width];
      for (size_t i = 0; i < width; ++i) {
        const size_t a = block * width + i;
        const size_t b = a + kHalf / 2;
        const size_t to = 2 * block * width + i;
        const float difference_re = re[a] - re[b];
        const float difference_im = im[a] - im[b];
        re2[to] = re[a] + re[b];
        im2[to] = im[a] + im[b];
        re2[to + width] = difference_re * cosine - difference_im * sine;
        im2[to + width] = difference_re * sine + difference_im * cosine;
      }
    }
    re = re2;
    im = im2;
  }
}

/** |X|^2 of the bins up to `kBins`, and the energy of the window in the same measure. */
struct Spectrum {
  std::array<float, kBins> power;
  float whole = 0;

  explicit Spectrum(std::span<const float, kToneFrameSamples> samples) {
    Half re, im;
    std::array<float, 8> energy{};
    for (size_t i = 0; i < kHalf; ++i) {
      re[i] = samples[2 * i] * kTables.window[2 * i];
      im[i] = samples[2 * i + 1] * kTables.window[2 * i + 1];
      energy[i % 8] += re[i] * re[i] + im[i] * im[i];
    }
    whole = std::accumulate(energy.begin(), energy.end(), 0.0f) * kToneFrameSamples / 2;
    transform(re, im);
    for (size_t k = 0; k < kBins; ++k) power[k] = bin(re, im, k);
  }

  /** The real spectrum out of the complex one of the even and odd samples. */
  static float bin(const Half& re, const Half& im, size_t k) {
    const size_t mirror = (kHalf - k) % kHalf;
    const float even_re = (re[k] + re[mirror]) / 2;
    const float even_im = (im[k] - im[mirror]) / 2;
    const float odd_re = (im[k] + im[mirror]) / 2;
    const float odd_im = (re[mirror] - re[k]) / 2;
    const float c = kTables.cosines[k];
    const float s = kTables.sines[k];
    const float x = even_re + c * odd_re - s * odd_im;
    const float y = even_im + c * odd_im + s * odd_re;
    return x * x + y * y;
  }
};

struct Peak {
  size_t bin = 0;
  float power = 0;
  float hz = 0;
};

/** Takes the strongest tone out of the spectrum. */
Peak take_peak(std::array<float, kBins>& power) {
  const auto begin = power.begin() + kFirstBin;
  const auto end = power.end() - kSpread;
  Peak peak;
  const auto top = std::max_element(begin, end);
  peak.bin = static_cast<size_t>(top - power.begin());
  const float below = std::sqrt(power[peak.bin - 1]);
  const float above = std::sqrt(power[peak.bin + 1]);
  const float at = std::sqrt(*top) + 1e-9f;
  const float side = std::max(below, above) / at;
  const float offset = (2 * side - 1) / (side + 1);
  peak.hz = (static_cast<float>(peak.bin) + (above > below ? offset : -offset)) * kBinHz;
  for (size_t k = peak.bin - kSpread; k <= peak.bin + kSpread; ++k) {
    peak.power += power[k];
    power[k] = 0;
  }
  return peak;
}

}  // namespace

ToneFrame analyse_tones(std::span<const float, kToneFrameSamples> samples) {
  ToneFrame frame;
  std::array<float, 8> sums{};
  for (size_t i = 0; i < kToneFrameSamples; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += samples[i + lane] * samples[i + lane];
  }
  frame.power = std::accumulate(sums.begin(), sums.end(), 0.0f) / kToneFrameSamples;
  if (frame.power < kSilence) return frame;
  Spectrum spectrum(samples);
  const Peak first = take_peak(spectrum.power);
  frame.kind = ToneFrame::Kind::one_tone;
  frame.low_hz = frame.high_hz = first.hz;
  if (first.power >= kOneShare * spectrum.whole) return frame;
  const Peak second = take_peak(spectrum.power);
  frame.kind = ToneFrame::Kind::other;
  if (first.power + second.power < kTwoShare * spectrum.whole) return frame;
  if (second.power < kLeastOfTwo * first.power) return frame;
  if (std::abs(first.hz - second.hz) < kResolutionHz) {
    const float sum = first.power + second.power;
    frame.kind = ToneFrame::Kind::one_tone;
    frame.low_hz = frame.high_hz = (first.hz * first.power + second.hz * second.power) / sum;
    return frame;
  }
  frame.kind = ToneFrame::Kind::two_tones;
  std::tie(frame.low_hz, frame.high_hz) = std::minmax(first.hz, second.hz);
  return frame;
}

}  // namespace trunkline::dsp
