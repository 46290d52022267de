#include "dtmf_detector.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "goertzel.h"

namespace trunkline::dsp {
namespace {

constexpr int64_t kNsPerSample = 1'000'000'000 / DtmfDetector::kSampleRateHz;
constexpr float kHopS = 0.01f;
/** Sums that do not wait for one another. */
constexpr size_t kLanes = 8;

/** Squared amplitude of a tone of -42 dBm0; 0 dBm0 is 3.17 dB below full scale (ITU-T G.711). */
constexpr float kLeastAmplitude = 180.0f;
constexpr float kLeastPower = kLeastAmplitude * kLeastAmplitude;
/** Of the energy that the two tones hold. 1.5 % off costs up to 0.28 of a high tone. */
constexpr float kLeastShare = 0.66f;
/** 11 dB and 7 dB: what a line does to 8 and 4, and to the outer frequencies of the window. */
constexpr float kMostNormalTwist = 12.6f;
constexpr float kMostReverseTwist = 5.0f;
/** Half way between what must be taken and what must not. */
constexpr float kFrequencyTolerance = 0.025f;
/** 3 dB between the windows that begin a key: 23 ms do not fill three of them. */
constexpr float kBeginSpread = 0.5f;
constexpr float kHoldSpread = 0.25f;
constexpr int kEndMisses = 4;
/** Q.23 has no key near an octave: that is a voice with its first harmonic. */
constexpr float kOctaveMargin = 0.02f;
/** A second harmonic of -13 dB is a voice, not an oscillator. */
constexpr float kMostHarmonic = 0.05f;
/** Nearer than this, the window cannot tell two tones apart. */
constexpr float kResolutionHz = 130;

struct HannWindow {
  std::array<float, 160> weights;
  float sum = 0;
  float energy = 0;

  HannWindow() {
    for (size_t i = 0; i < weights.size(); ++i) {
      const double phase = 2 * M_PI * (static_cast<double>(i) + 0.5) / static_cast<double>(weights.size());
      weights[i] = static_cast<float>(0.5 - 0.5 * std::cos(phase));
      sum += weights[i];
      energy += weights[i] * weights[i];
    }
  }
};

const HannWindow kHann;
const GoertzelBank<8> kTones(kDtmfHz, DtmfDetector::kSampleRateHz);

/** From a squared Goertzel component to a squared amplitude. */
float power_of(std::complex<float> component) {
  const float scale = 2 / kHann.sum;
  return std::norm(component) * scale * scale;
}

float hz_of(int key, bool high) { return kDtmfHz[high ? kDtmfRows + key % kDtmfColumns : key / kDtmfColumns]; }

/** The frequency of a tone near `hz`, from how its phase moved in 10 ms. */
float measured_hz(std::complex<float> before, std::complex<float> now, float hz) {
  const float turns = hz * kHopS;
  const float back = -2 * static_cast<float>(M_PI) * (turns - std::floor(turns));
  const std::complex<float> moved = now * std::conj(before) * std::complex<float>(std::cos(back), std::sin(back));
  return hz + std::arg(moved) / (2 * static_cast<float>(M_PI) * kHopS);
}

bool is_on_frequency(float measured, float hz) { return std::abs(measured - hz) <= kFrequencyTolerance * hz; }

}  // namespace

void DtmfDetector::push(std::span<const int16_t> samples, int64_t arrival_ns, DtmfToneSink& sink) {
  window_.push(samples, arrival_ns, [this, &sink](int64_t at_ns) { finish_hop(at_ns, sink); });
}

void DtmfDetector::finish_hop(int64_t at_ns, DtmfToneSink& sink) {
  Window now = listen();
  now.steady = is_steady(windows_.back(), now);
  std::shift_left(windows_.begin(), windows_.end(), 1);
  windows_.back() = now;
  if (holds_key(now)) {
    misses_ = 0;
    key_power_ = std::max(key_power_, now.power());
    end_ns_ = at_ns;
    return;
  }
  if (key_ != kNoKey && ++misses_ == kEndMisses) end_key(sink);
  if (!begins_key()) return;
  if (key_ != kNoKey) end_key(sink);
  key_ = now.key;
  key_power_ = now.power();
  misses_ = 0;
  end_ns_ = at_ns;
  onset_ns_ = at_ns - static_cast<int64_t>(kWindowSamples + 2 * kHopSamples) * kNsPerSample;
}

DtmfDetector::Window DtmfDetector::listen() const {
  std::array<float, kWindowSamples> weighted;
  std::array<float, kLanes> energy{};
  for (size_t i = 0; i < kWindowSamples; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      weighted[i + lane] = window_.samples()[i + lane] * kHann.weights[i + lane];
      energy[lane] += weighted[i + lane] * weighted[i + lane];
    }
  }
  Window window;
  const float whole = std::accumulate(energy.begin(), energy.end(), 0.0f) * 2 / kHann.energy;
  if (whole < kLeastPower) return window;
  const auto components = kTones.run(weighted);
  std::array<float, kDtmfHz.size()> powers;
  std::transform(components.begin(), components.end(), powers.begin(), power_of);
  const auto columns = powers.begin() + kDtmfRows;
  const auto row = std::max_element(powers.begin(), columns) - powers.begin();
  const auto column = std::max_element(columns, powers.end()) - columns;
  window.low = powers[row];
  window.high = columns[column];
  if (std::min(window.low, window.high) < kLeastPower || window.power() < kLeastShare * whole) return window;
  if (window.low > kMostNormalTwist * window.high || window.high > kMostReverseTwist * window.low) return window;
  window.key = static_cast<int>(row * kDtmfColumns + column);
  window.low_phase = components[row];
  window.high_phase = components[kDtmfRows + column];
  return window;
}

bool DtmfDetector::is_steady(const Window& before, const Window& now) const {
  if (now.key == kNoKey || now.key != before.key) return false;
  const float low_hz = measured_hz(before.low_phase, now.low_phase, hz_of(now.key, false));
  const float high_hz = measured_hz(before.high_phase, now.high_phase, hz_of(now.key, true));
  return is_on_frequency(low_hz, hz_of(now.key, false)) && is_on_frequency(high_hz, hz_of(now.key, true)) &&
         std::abs(high_hz / low_hz - 2) >= kOctaveMargin;
}

bool DtmfDetector::begins_key() const {
  const auto& [first, second, third] = windows_;
  if (!second.steady || !third.steady) return false;
  const auto [least, most] = std::minmax({first.power(), second.power(), third.power()});
  return least >= kBeginSpread * most && !has_harmonics(third.key);
}

bool DtmfDetector::holds_key(const Window& now) const {
  return key_ != kNoKey && now.key == key_ && now.power() >= kHoldSpread * key_power_;
}

bool DtmfDetector::has_harmonics(int key) const {
  const float low_hz = hz_of(key, false);
  const float high_hz = hz_of(key, true);
  std::array<float, kWindowSamples> weighted;
  std::transform(window_.samples().begin(), window_.samples().end(), kHann.weights.begin(), weighted.begin(),
                 std::multiplies<>());
  const auto components = GoertzelBank<2>({2 * low_hz, 2 * high_hz}, kSampleRateHz).run(weighted);
  const Window& now = windows_.back();
  if (power_of(components[1]) > kMostHarmonic * now.high) return true;
  return std::abs(2 * low_hz - high_hz) >= kResolutionHz && power_of(components[0]) > kMostHarmonic * now.low;
}

void DtmfDetector::end_key(DtmfToneSink& sink) {
  const auto duration_ms = static_cast<int>((end_ns_ - onset_ns_) / 1'000'000);
  sink.on_dtmf_tone({kDtmfKeys[static_cast<size_t>(key_)], window_.arrival_ns(onset_ns_), duration_ms});
  key_ = kNoKey;
}

}  // namespace trunkline::dsp
