#include "background_sounds.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <numbers>
#include <span>

#include "murmur.h"
#include "resampler.h"
#include "sound_canvas.h"

namespace trunkline::dsp {
namespace {

using std::numbers::pi;

constexpr double kRate = SoundCanvas::kRateHz;

SoundCanvas noise(SoundRandom& random, std::initializer_list<Biquad> filters) {
  SoundCanvas canvas;
  canvas.add_noise(random);
  for (const Biquad& filter : filters) canvas.filter(filter);
  canvas.normalize();
  return canvas;
}

/** Ventilation: a rumble, the rush of air, and both not quite steady. */
SoundCanvas ventilation(SoundRandom& random) {
  SoundCanvas canvas = noise(random, {Biquad::low_pass(260), Biquad::high_pass(60)});
  SoundCanvas air = noise(random, {Biquad::low_pass(900), Biquad::high_pass(300)});
  air.swell(5, 0.12);
  air.swell(13, 0.08, 1);
  canvas.add(air, 0.5);
  canvas.add(noise(random, {Biquad::high_pass(1'500), Biquad::low_pass(3'000)}), 0.07);
  canvas.normalize();
  return canvas;
}

/** People who talk in one room. */
SoundCanvas voices(SoundRandom& random, int people, double pause_seconds, double up_to_hz, double room) {
  SoundCanvas canvas;
  for (int i = 0; i < people; ++i) {
    const bool high = i % 2 == 1;
    const Speaker speaker{.pitch_hz = high ? random.between(170, 235) : random.between(92, 140),
                          .tract = high ? random.between(0.84, 0.9) : random.between(0.95, 1.03),
                          .pause_seconds = pause_seconds};
    add_murmur(canvas, speaker, random, random.between(0.45, 1));
  }
  canvas.filter(Biquad::high_pass(150));
  canvas.filter(Biquad::low_pass(up_to_hz));
  canvas.reverberate(room, 0.72);
  canvas.normalize();
  return canvas;
}

/** A burst of filtered noise that dies away. */
std::vector<float> burst(SoundRandom& random, double frequency_hz, double q, double decay_seconds) {
  std::vector<float> sound(static_cast<size_t>(decay_seconds * 7 * kRate));
  const Biquad filter = Biquad::band_pass(frequency_hz, q);
  double one = 0, two = 0;
  for (size_t i = 0; i < sound.size(); ++i) {
    const double t = static_cast<double>(i) / kRate;
    const double input = random.noise() * std::exp(-t / decay_seconds) * std::min(1.0, t / 0.0006);
    const double output = filter.b0 * input + one;
    one = filter.b1 * input - filter.a1 * output + two;
    two = filter.b2 * input - filter.a2 * output;
    sound[i] = static_cast<float>(output);
  }
  return sound;
}

/** Down: a click, and the thump of the key's floor. Up: a lighter click. */
void add_key(SoundCanvas& canvas, double at, SoundRandom& random, double loudness) {
  const double colour = random.between(0.85, 1.2);
  canvas.add(at, burst(random, 2'600 * colour, 1.1, 0.004), loudness);
  canvas.add(at + 0.002, burst(random, 420 * colour, 2.5, 0.009), 0.9 * loudness);
  canvas.add(at + random.between(0.06, 0.11), burst(random, 3'400 * colour, 1.2, 0.003), 0.45 * loudness);
}

/** Words of keys with a space behind them, and thoughts between. */
void add_typing(SoundCanvas& canvas, double begin, double end, SoundRandom& random, double loudness) {
  for (double at = begin; at < end; at += random.between(0.15, 1.1)) {
    const int keys = static_cast<int>(random.between(2, 9));
    for (int i = 0; i < keys && at < end; ++i) {
      add_key(canvas, at, random, loudness * random.between(0.6, 1));
      at += random.between(0.085, 0.21);
    }
    add_key(canvas, at, random, 1.15 * loudness);
  }
}

/** China on china: a few partials that belong to no note, for a tenth of a second. */
void add_clink(SoundCanvas& canvas, double at, SoundRandom& random, double loudness) {
  std::vector<float> sound(static_cast<size_t>(0.25 * kRate));
  const double lowest_hz = random.between(1'900, 3'100);
  const double decay_seconds = random.between(0.018, 0.045);
  for (const double ratio : {1.0, 1.47, 2.09, 2.56}) {
    const double frequency_hz = lowest_hz * ratio * random.between(0.97, 1.03);
    if (frequency_hz > 7'500) continue;
    const double phase = random.between(0, 2 * pi);
    for (size_t i = 0; i < sound.size(); ++i) {
      const double t = static_cast<double>(i) / kRate;
      const double envelope = std::exp(-t * ratio / decay_seconds) * std::min(1.0, t / 0.001);
      sound[i] += static_cast<float>(envelope / ratio * std::sin(2 * pi * frequency_hz * t + phase));
    }
  }
  canvas.add(at, sound, loudness);
}

/** Noise that comes up, is there and goes. */
void add_swell(SoundCanvas& canvas, const SoundCanvas& colour, double at, double seconds, double gain) {
  const size_t length = static_cast<size_t>(seconds * kRate);
  const auto wave = colour.samples().subspan(static_cast<size_t>(at * 977) % (SoundCanvas::kSamples - length), length);
  std::vector<float> sound(length);
  for (size_t i = 0; i < length; ++i) {
    const double window = std::sin(pi * static_cast<double>(i) / static_cast<double>(length));
    sound[i] = wave[i] * static_cast<float>(window * window);
  }
  canvas.add(at, sound, gain);
}

SoundCanvas office(SoundRandom& random) {
  SoundCanvas canvas = ventilation(random);
  canvas.add(voices(random, 3, 2.5, 1'500, 0.6), 0.55);
  SoundCanvas desks;
  for (const double at : {2.3, 9.8, 17.6}) add_typing(desks, at, at + random.between(1.2, 3), random, 1);
  for (const double at : {6.1, 14.4, 15.0, 22.7}) desks.add(at, burst(random, 1'900, 1.5, 0.006), 1.3);
  for (const double at : {12.1, 20.4}) add_swell(desks, noise(random, {Biquad::high_pass(1'800)}), at, 0.5, 0.12);
  desks.filter(Biquad::low_pass(3'200));
  desks.reverberate(0.35, 0.6);
  desks.normalize();
  canvas.add(desks, 0.3);
  return canvas;
}

SoundCanvas cafe(SoundRandom& random) {
  SoundCanvas canvas = voices(random, 9, 0.7, 2'600, 0.5);
  canvas.add(noise(random, {Biquad::low_pass(300), Biquad::high_pass(60)}), 0.35);
  SoundCanvas cups;
  for (double at = 0.4; at < SoundCanvas::kSeconds - 0.5; at += random.between(0.5, 3.2)) {
    add_clink(cups, at, random, random.between(0.3, 1));
    if (random.between(0, 1) < 0.4) add_clink(cups, at + random.between(0.07, 0.2), random, random.between(0.2, 0.6));
  }
  cups.reverberate(0.3, 0.65);
  cups.normalize();
  canvas.add(cups, 0.3);
  add_swell(canvas, noise(random, {Biquad::band_pass(3'200, 0.8)}), 10.5, 3.2, 0.4);
  return canvas;
}

SoundCanvas street(SoundRandom& random) {
  SoundCanvas canvas = noise(random, {Biquad::low_pass(420), Biquad::high_pass(50)});
  canvas.swell(2, 0.2);
  canvas.add(noise(random, {Biquad::low_pass(1'400), Biquad::high_pass(300)}), 0.3);
  const SoundCanvas engines = noise(random, {Biquad::low_pass(350), Biquad::high_pass(70)});
  const SoundCanvas tyres = noise(random, {Biquad::band_pass(950, 0.6)});
  for (const double at : {0.6, 3.9, 8.2, 11.0, 13.9, 18.3, 21.2}) {
    const double seconds = random.between(2.6, 5.2);
    const double gain = random.between(0.7, 2);
    add_swell(canvas, engines, at, seconds, gain);
    add_swell(canvas, tyres, at + 0.1 * seconds, 0.8 * seconds, 1.1 * gain);
  }
  canvas.add(voices(random, 2, 5, 1'600, 0.3), 0.12);
  return canvas;
}

SoundCanvas call_centre(SoundRandom& random) {
  SoundCanvas canvas = voices(random, 12, 0.6, 3'000, 0.25);
  canvas.add(ventilation(random), 0.3);
  SoundCanvas desks;
  for (const double at : {0.5, 3.2, 7.9, 10.4, 13.3, 16.8, 19.7}) {
    add_typing(desks, at, at + random.between(1.5, 3.2), random, random.between(0.4, 1));
  }
  desks.filter(Biquad::low_pass(3'600));
  desks.reverberate(0.2, 0.6);
  desks.normalize();
  canvas.add(desks, 0.22);
  return canvas;
}

SoundCanvas keyboard(SoundRandom& random) {
  SoundCanvas canvas;
  for (const double at : {0.3, 6.4, 10.9, 17.5}) add_typing(canvas, at, at + random.between(3.4, 5.2), random, 1);
  canvas.reverberate(0.12, 0.5);
  canvas.normalize();
  canvas.add(ventilation(random), 0.3);
  return canvas;
}

SoundCanvas compose(BackgroundKind kind) {
  SoundRandom random(0x5eed0001u + 7919u * static_cast<uint32_t>(kind));
  switch (kind) {
    case BackgroundKind::office:
      return office(random);
    case BackgroundKind::cafe:
      return cafe(random);
    case BackgroundKind::street:
      return street(random);
    case BackgroundKind::call_centre:
      return call_centre(random);
    case BackgroundKind::keyboard:
      return keyboard(random);
  }
  return office(random);
}

/** What is far above the rest is bent down, so that a quiet loop stays quiet at its loudest. */
std::vector<int16_t> quantized(SoundCanvas canvas) {
  constexpr double kMost = 7.9;
  for (int round = 0; round < 2; ++round) {
    std::vector<float> bent = canvas.take();
    for (float& sample : bent) sample = static_cast<float>(kMost * std::tanh(sample / kMost));
    canvas = SoundCanvas();
    canvas.add(0, bent);
    canvas.normalize();
  }
  const double level = 32'768 * std::pow(10, kBackgroundLoopDbfs / 20);
  std::vector<int16_t> samples;
  samples.reserve(SoundCanvas::kSamples);
  for (const float sample : canvas.samples()) samples.push_back(static_cast<int16_t>(std::lround(level * sample)));
  return samples;
}

/** Around the seam, too: half a second of the end goes before the beginning, and of the beginning behind the end. */
std::vector<int16_t> at_half_rate(const std::vector<int16_t>& loop) {
  constexpr size_t kOverlap = SoundCanvas::kRateHz / 2;
  Resampler resampler(std::make_shared<const ResamplerKernel>(SoundCanvas::kRateHz, SoundCanvas::kRateHz / 2));
  std::vector<int16_t> halved;
  resampler.process(std::span(loop).last(kOverlap), halved);
  resampler.process(loop, halved);
  resampler.process(std::span(loop).first(kOverlap), halved);
  resampler.drain(halved);
  return {halved.begin() + kOverlap / 2, halved.begin() + static_cast<ptrdiff_t>((kOverlap + loop.size()) / 2)};
}

}  // namespace

BackgroundSound make_background_sound(BackgroundKind kind) {
  SoundCanvas canvas = compose(kind);
  canvas.normalize();
  BackgroundSound sound;
  sound.at_16khz = quantized(std::move(canvas));
  sound.at_8khz = at_half_rate(sound.at_16khz);
  return sound;
}

}  // namespace trunkline::dsp
