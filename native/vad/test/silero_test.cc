#include "../silero.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "check.h"
#include "read_file.h"
#include "voice.h"

using namespace trunkline::vad;

namespace {

std::vector<float> speech_and_pauses() {
  Voice voice;
  std::vector<float> audio;
  for (int i = 0; i < 4; ++i) {
    for (const auto& part : {voice.noise(400, -60 + 10 * i), voice.speak(900, -18 - 6 * i)}) {
      for (const int16_t sample : part) audio.push_back(static_cast<float>(sample) / 32768.0f);
    }
  }
  return audio;
}

std::vector<float> probabilities(SileroVad& vad, const std::vector<float>& audio) {
  std::vector<float> values;
  for (size_t at = 0; at + vad.frame_samples() <= audio.size(); at += vad.frame_samples()) {
    values.push_back(vad.process({audio.data() + at, vad.frame_samples()}));
  }
  return values;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  float largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

void kernels_agree(const std::vector<uint8_t>& file, const std::vector<float>& audio) {
  const auto scalar = SileroWeights::load(file, nullptr, KernelSet::scalar);
  CHECK(scalar != nullptr && scalar->kernel_set() == KernelSet::scalar);
  for (const int rate_hz : {8000, 16000}) {
    SileroVad reference(*scalar, rate_hz);
    const auto expected = probabilities(reference, audio);
    CHECK(*std::min_element(expected.begin(), expected.end()) < 0.1f);
    if (rate_hz == 8000) CHECK(*std::max_element(expected.begin(), expected.end()) > 0.9f);
    for (const KernelSet set : {KernelSet::avx2, KernelSet::avx512, KernelSet::best}) {
      std::string error;
      const auto weights = SileroWeights::load(file, &error, set);
      if (weights == nullptr) {
        std::printf("skipped a kernel set: %s\n", error.c_str());
        continue;
      }
      SileroVad vad(*weights, rate_hz);
      CHECK(largest_difference(probabilities(vad, audio), expected) < 1e-4f);
    }
  }
}

/** Five streams, of which four go together, each a second further into the audio than the one before. */
void streams_processed_together_are_as_alone(const std::vector<uint8_t>& file, const std::vector<float>& audio) {
  constexpr size_t kStreams = 5;
  for (const KernelSet set : {KernelSet::scalar, KernelSet::avx2, KernelSet::avx512}) {
    const auto weights = SileroWeights::load(file, nullptr, set);
    if (weights == nullptr) continue;
    for (const int rate_hz : {8000, 16000}) {
      std::vector<SileroVad> alone(kStreams, SileroVad(*weights, rate_hz));
      std::vector<SileroVad> together = alone;
      const size_t samples = alone[0].frame_samples();
      const size_t apart = static_cast<size_t>(rate_hz) / samples * samples;
      float largest = 0;
      for (size_t at = 0; at + samples + kStreams * apart <= audio.size(); at += samples) {
        std::vector<SileroVad::Frame> frames;
        for (size_t i = 0; i < kStreams; ++i) {
          frames.push_back({.stream = &together[i], .samples = {audio.data() + at + i * apart, samples}});
        }
        SileroVad::process_batch(frames);
        for (size_t i = 0; i < kStreams; ++i) {
          largest = std::max(largest, std::fabs(frames[i].probability - alone[i].process(frames[i].samples)));
        }
      }
      CHECK(largest < 1e-4f);
    }
  }
}

void reset_forgets_the_stream(const SileroWeights& weights, const std::vector<float>& audio) {
  SileroVad vad(weights, 8000);
  const auto first = probabilities(vad, audio);
  CHECK(largest_difference(probabilities(vad, audio), first) > 1e-4f);
  vad.reset();
  CHECK(largest_difference(probabilities(vad, audio), first) == 0);
}

void streams_share_weights_without_mixing(const SileroWeights& weights, const std::vector<float>& audio) {
  SileroVad alone(weights, 8000), beside(weights, 8000), other(weights, 8000);
  const std::vector<float> loud(256, 0.5f);
  for (size_t at = 0; at + 256 <= audio.size(); at += 256) {
    const std::span frame(audio.data() + at, 256);
    const float expected = alone.process(frame);
    other.process(loud);
    CHECK(beside.process(frame) == expected);
  }
}

void extremes_stay_probabilities(const SileroWeights& weights) {
  for (const float level : {0.0f, 1.0f, -1.0f, 1e-30f}) {
    SileroVad vad(weights, 8000);
    std::vector<float> frame(256);
    for (size_t i = 0; i < frame.size(); ++i) frame[i] = i % 2 == 0 ? level : -level;
    for (int i = 0; i < 100; ++i) {
      const float probability = vad.process(frame);
      CHECK(probability >= 0 && probability <= 1);
    }
  }
  SileroVad vad(weights, 8000);
  CHECK(vad.process(std::vector<float>(255, 0.5f)) == 0);
  CHECK(vad.process({}) == 0);
}

void damaged_files_are_refused(const std::vector<uint8_t>& file) {
  const auto refused = [](std::span<const uint8_t> bytes) {
    std::string error;
    return SileroWeights::load(bytes, &error) == nullptr && !error.empty();
  };
  for (size_t length = 0; length < 200; ++length) CHECK(refused(std::span(file).first(length)));
  for (size_t length = 200; length < file.size(); length += file.size() / 37) CHECK(refused(std::span(file).first(length)));
  std::vector<uint8_t> longer = file;
  longer.push_back(0);
  CHECK(refused(longer));
  // Every byte of the header and of the first tensor's description, but for those of the SHA-256.
  for (size_t at = 0; at < 77; ++at) {
    if (at >= 12 && at < 44) continue;
    std::vector<uint8_t> damaged = file;
    damaged[at] ^= 0xff;
    CHECK(refused(damaged));
  }
  std::vector<uint8_t> infinite = file;
  std::fill(infinite.end() - 4, infinite.end(), 0xff);
  CHECK(refused(infinite));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto file = read_file<uint8_t>(argv[1]);
  std::string error;
  const auto weights = SileroWeights::load(file, &error);
  if (weights == nullptr) {
    std::printf("%s\n", error.c_str());
    return 1;
  }
  CHECK(weights->model_sha256().size() == 64);
  const auto audio = speech_and_pauses();
  kernels_agree(file, audio);
  streams_processed_together_are_as_alone(file, audio);
  reset_forgets_the_stream(*weights, audio);
  streams_share_weights_without_mixing(*weights, audio);
  extremes_stay_probabilities(*weights);
  damaged_files_are_refused(file);
  return report("silero");
}
