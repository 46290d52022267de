#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trunkline::dsp {

/** A second-order filter (R. Bristow-Johnson's cookbook). */
struct Biquad {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;

  static Biquad low_pass(double frequency_hz, double q = 0.7071);
  static Biquad high_pass(double frequency_hz, double q = 0.7071);
  static Biquad band_pass(double frequency_hz, double q);
};

/** Numbers that are the same on every machine. */
class SoundRandom {
 public:
  explicit SoundRandom(uint32_t seed) : state_(seed) {}

  double between(double least, double most);
  /** -1 to 1. */
  float noise();

 private:
  uint32_t next();

  uint32_t state_;
};

/**
 * A loop of 16 kHz sound in the making. Everything is circular: what runs over the end goes on at the beginning, and a
 * filter enters the beginning in the state in which it left the end. So the loop has no seam.
 */
class SoundCanvas {
 public:
  static constexpr int kRateHz = 16'000;
  static constexpr double kSeconds = 24;
  static constexpr size_t kSamples = static_cast<size_t>(kRateHz * kSeconds);

  SoundCanvas() : samples_(kSamples) {}

  std::span<const float> samples() const { return samples_; }

  void add(double at_seconds, std::span<const float> sound, double gain = 1);
  void add(const SoundCanvas& layer, double gain = 1);
  void add_noise(SoundRandom& random);
  void filter(const Biquad& biquad);
  /** Reflections of a room: `decay` is what is left of them after each round of some 40 ms. */
  void reverberate(double share, double decay);
  /** Swells and ebbs `cycles` times within the loop, by `depth` of the level. */
  void swell(int cycles, double depth, double phase = 0);
  /** To an RMS of 1. */
  void normalize();

  std::vector<float> take() { return std::move(samples_); }

 private:
  std::vector<float> samples_;
};

}  // namespace trunkline::dsp
