// probabilities WEIGHTS AUDIO.f32 RATE_HZ KERNELS
// Prints the probability of each whole 32 ms frame of raw little-endian float samples, a line each.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "../silero.h"
#include "read_file.h"

using namespace trunkline::vad;

namespace {

KernelSet kernel_set(std::string_view name) {
  if (name == "scalar") return KernelSet::scalar;
  if (name == "avx2") return KernelSet::avx2;
  if (name == "avx512") return KernelSet::avx512;
  return KernelSet::best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: probabilities WEIGHTS AUDIO.f32 RATE_HZ best|scalar|avx2|avx512\n");
    return 2;
  }
  std::string error;
  const auto weights = SileroWeights::load(read_file<uint8_t>(argv[1]), &error, kernel_set(argv[4]));
  if (weights == nullptr) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  const std::vector<float> audio = read_file<float>(argv[2]);
  SileroVad vad(*weights, std::atoi(argv[3]));
  for (size_t at = 0; at + vad.frame_samples() <= audio.size(); at += vad.frame_samples()) {
    std::printf("%.7f\n", static_cast<double>(vad.process({audio.data() + at, vad.frame_samples()})));
  }
}
