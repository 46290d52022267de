// Writes each background sound as raw 16-bit samples, at 8 and 16 kHz, into the folder named, and prints what it took.
#include <chrono>
#include <cstdio>
#include <string>

#include "../../dsp/background_sounds.h"

using namespace trunkline;

namespace {

constexpr const char* kNames[] = {"office", "cafe", "street", "call-centre", "keyboard"};

void write(const std::string& path, const std::vector<int16_t>& samples) {
  if (FILE* file = std::fopen(path.c_str(), "wb")) {
    std::fwrite(samples.data(), sizeof(int16_t), samples.size(), file);
    std::fclose(file);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int kind = 0; kind < dsp::kBackgroundKinds; ++kind) {
    const auto begin = std::chrono::steady_clock::now();
    const dsp::BackgroundSound sound = dsp::make_background_sound(static_cast<dsp::BackgroundKind>(kind));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    const std::string base = std::string(argv[1]) + "/" + kNames[kind];
    write(base + "-8k.raw", sound.at_8khz);
    write(base + "-16k.raw", sound.at_16khz);
    std::printf("%s: %.0f ms\n", kNames[kind], took.count());
  }
}
