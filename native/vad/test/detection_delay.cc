// detection_delay WEIGHTS BELOW_DB < list of .wav files (8 kHz, 16 bit, mono), one a line
// Plays each file, through mu-law, at four phases of the 32 ms frame and tells how long after the energy the detector knows.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "../../dsp/resampler.h"
#include "../speech_detector.h"
#include "read_file.h"

using namespace trunkline::vad;

namespace {

constexpr int64_t kNsPerSample = 125'000;
constexpr size_t kBlock = 80;
/** 2 ms: short against the delays measured, and a divisor of the frame. */
constexpr size_t kPacket = 16;
/** A detection later than this after the onset counts as a miss. */
constexpr double kMissedMs = 1000;

struct First final : SpeechEventSink {
  std::optional<SpeechEvent> started, confirmed, ended;
  void on_speech_event(const SpeechEvent& event) override {
    if (event.type == SpeechEvent::Type::started && !started) started = event;
    if (event.type == SpeechEvent::Type::confirmed && !confirmed) confirmed = event;
    if (event.type == SpeechEvent::Type::ended) ended = event;
  }
};

/** G.711 mu-law and back. */
int16_t through_mu_law(int16_t sample) {
  const int magnitude = std::min(std::abs(static_cast<int>(sample)), 32635) + 132;
  const int exponent = 31 - __builtin_clz(static_cast<unsigned>(magnitude)) - 7;
  const int mantissa = (magnitude >> (exponent + 3)) & 15;
  const int decoded = (((mantissa << 3) + 132) << exponent) - 132;
  return static_cast<int16_t>(sample < 0 ? -decoded : decoded);
}

std::vector<int16_t> read_wav(const std::string& path) {
  const auto bytes = read_file<uint8_t>(path.c_str());
  std::vector<int16_t> samples;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    uint32_t size;
    std::memcpy(&size, bytes.data() + at + 4, 4);
    const bool data = std::memcmp(bytes.data() + at, "data", 4) == 0;
    at += 8;
    if (data) {
      samples.resize(std::min<size_t>(size, bytes.size() - at) / 2);
      std::memcpy(samples.data(), bytes.data() + at, samples.size() * 2);
      break;
    }
    at += size + (size & 1);
  }
  for (int16_t& sample : samples) sample = through_mu_law(sample);
  return samples;
}

struct Edges {
  size_t onset, end;
};

/**
 * First and last stretch of three 10 ms blocks at most `below_db` below the file's loud blocks (and not under -50 dBFS):
 * its beginning and its end, in samples.
 */
std::optional<Edges> energy_edges(const std::vector<int16_t>& audio, double below_db) {
  std::vector<double> levels;
  for (size_t at = 0; at + kBlock <= audio.size(); at += kBlock) {
    double power = 1;
    for (size_t i = 0; i < kBlock; ++i) power += static_cast<double>(audio[at + i]) * audio[at + i];
    levels.push_back(10 * std::log10(power / kBlock) - 90.3);
  }
  if (levels.size() < 20) return std::nullopt;
  std::vector<double> sorted = levels;
  std::sort(sorted.begin(), sorted.end());
  const double threshold = std::max(sorted[sorted.size() * 95 / 100] - below_db, -50.0);
  const auto loud = [&](size_t i) { return levels[i] >= threshold; };
  std::optional<Edges> edges;
  for (size_t i = 0; i + 3 <= levels.size(); ++i) {
    if (!loud(i) || !loud(i + 1) || !loud(i + 2)) continue;
    if (!edges) edges = Edges{i * kBlock, 0};
    edges->end = (i + 3) * kBlock;
  }
  return edges;
}

struct Measured {
  double below_db = 0;
  int rate_hz = 8000;
  std::vector<double> one_frame_ms, two_frames_ms, onset_error_ms, end_error_ms, end_decision_ms;
  int plays = 0, missed = 0, before = 0;
};

double ms(int64_t ns) { return static_cast<double>(ns) / 1e6; }

void play(const SileroWeights& weights, const std::vector<int16_t>& file, size_t lead, Measured& measured) {
  const auto edges = energy_edges(file, measured.below_db);
  if (!edges) return;
  std::vector<int16_t> audio(lead);
  audio.insert(audio.end(), file.begin(), file.end());
  audio.resize(audio.size() + 8000);
  SpeechDetector detector(weights, {}, measured.rate_hz);
  trunkline::dsp::LiveResampler resampler(8000, measured.rate_hz);
  First first;
  for (size_t at = 0; at + kPacket <= audio.size(); at += kPacket) {
    std::array<int16_t, 2 * kPacket> converted;
    const size_t count = resampler.process({audio.data() + at, kPacket}, converted);
    detector.push(std::span(converted).first(count), static_cast<int64_t>(at + kPacket) * kNsPerSample, first);
  }
  const int64_t onset_ns = static_cast<int64_t>(lead + edges->onset) * kNsPerSample;
  const int64_t end_ns = static_cast<int64_t>(lead + edges->end) * kNsPerSample;
  measured.plays += 1;
  if (first.started && first.started->at_ns < onset_ns) measured.before += 1;
  if (!first.started || ms(first.started->at_ns - onset_ns) > kMissedMs) {
    measured.missed += 1;
    return;
  }
  measured.one_frame_ms.push_back(ms(first.started->at_ns - onset_ns));
  measured.onset_error_ms.push_back(ms(first.started->onset_ns - onset_ns));
  if (first.confirmed) measured.two_frames_ms.push_back(ms(first.confirmed->at_ns - onset_ns));
  if (first.ended) {
    measured.end_error_ms.push_back(ms(first.ended->end_ns - end_ns));
    measured.end_decision_ms.push_back(ms(first.ended->at_ns - end_ns));
  }
}

void print(const char* name, std::vector<double> values) {
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto at = [&](size_t percent) { return values[(values.size() - 1) * percent / 100]; };
  std::printf("%-34s %6.0f %6.0f %6.0f %6.0f %6.0f\n", name, at(5), at(10), at(50), at(90), at(95));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::string error, path;
  const auto weights = SileroWeights::load(read_file<uint8_t>(argv[1]), &error);
  if (weights == nullptr) {
    std::printf("%s\n", error.c_str());
    return 1;
  }
  Measured measured;
  measured.below_db = std::atof(argv[2]);
  measured.rate_hz = std::atoi(argv[3]);
  while (std::getline(std::cin, path)) {
    const auto file = read_wav(path);
    for (size_t phase = 0; phase < 4; ++phase) play(*weights, file, 4000 + phase * 64, measured);
  }
  std::printf("plays %d, missed %d (%.2f %%), before the onset %d\n", measured.plays, measured.missed,
              100.0 * measured.missed / std::max(measured.plays, 1), measured.before);
  std::printf("%-34s %6s %6s %6s %6s %6s\n", "ms", "p5", "p10", "p50", "p90", "p95");
  print("onset to started (one frame)", measured.one_frame_ms);
  print("onset to confirmed (two frames)", measured.two_frames_ms);
  print("onset_ns against the onset", measured.onset_error_ms);
  print("end to ended (three frames)", measured.end_decision_ms);
  print("end_ns against the end", measured.end_error_ms);
}
