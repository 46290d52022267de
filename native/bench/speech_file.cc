#include "speech_file.h"

#include <cstdio>

namespace trunkline::bench {

std::vector<uint8_t> read_speech(const char* path) {
  constexpr size_t kPacketSamples = 160;
  std::vector<uint8_t> speech;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return speech;
  for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file)) speech.push_back(static_cast<uint8_t>(byte));
  std::fclose(file);
  speech.resize(speech.size() / kPacketSamples * kPacketSamples);
  return speech;
}

}  // namespace trunkline::bench
