// bench WEIGHTS: median cost of one frame for each instruction set and rate. One stream, so the weights stay as near as the
// cache holds them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "../silero.h"
#include "read_file.h"

using namespace trunkline::vad;

namespace {

constexpr int kRuns = 200;
constexpr int kFramesPerRun = 50;

struct Set {
  const char* name;
  KernelSet set;
};
constexpr Set kSets[] = {{"scalar", KernelSet::scalar}, {"avx2", KernelSet::avx2}, {"avx512", KernelSet::avx512}};

std::vector<float> noise(size_t samples) {
  std::vector<float> frame(samples);
  uint32_t random = 1;
  for (float& sample : frame) {
    random = random * 1664525 + 1013904223;
    sample = static_cast<float>(static_cast<int32_t>(random)) / 2147483648.0f * 0.1f;
  }
  return frame;
}

template <typename Work>
double median_us(Work work) {
  std::vector<double> costs;
  for (int run = 0; run < kRuns; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kFramesPerRun; ++i) work();
    const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - begin;
    costs.push_back(spent.count() / kFramesPerRun);
  }
  std::nth_element(costs.begin(), costs.begin() + kRuns / 2, costs.end());
  return costs[kRuns / 2];
}

double median_alone_us(const SileroWeights& weights, int rate_hz) {
  SileroVad vad(weights, rate_hz);
  const std::vector<float> frame = noise(vad.frame_samples());
  return median_us([&] { (void)vad.process(frame); });
}

/** Of a frame when so many streams as make a batch are processed together. */
double median_batched_us(const SileroWeights& weights, int rate_hz) {
  std::vector<SileroVad> streams(SileroVad::kBatch, SileroVad(weights, rate_hz));
  const std::vector<float> samples = noise(streams[0].frame_samples());
  std::vector<SileroVad::Frame> frames;
  for (SileroVad& stream : streams) frames.push_back({.stream = &stream, .samples = samples});
  return median_us([&] { SileroVad::process_batch(frames); }) / static_cast<double>(frames.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto bytes = read_file<uint8_t>(argv[1]);
  std::printf("%-8s %24s %24s\n", "us", "8 kHz, alone and in four", "16 kHz, alone and in four");
  for (const Set& each : kSets) {
    std::string error;
    const auto weights = SileroWeights::load(bytes, &error, each.set);
    if (weights == nullptr) continue;
    std::printf("%-8s %12.1f %11.1f %13.1f %11.1f\n", each.name, median_alone_us(*weights, 8000),
                median_batched_us(*weights, 8000), median_alone_us(*weights, 16000),
                median_batched_us(*weights, 16000));
  }
}
