#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace trunkline::test {

/** Debian's package asterisk-core-sounds-en-wav: over five hundred prompts of a human voice at 8 kHz. */
inline constexpr const char* kRecordedSpeech = "/usr/share/asterisk/sounds/en_US_f_Allison";

/** Calls `hear(name, samples)` for each recording. Where there are none it says so and returns 0. */
template <typename Hear>
int for_each_recording(Hear hear) {
  constexpr size_t kWavHeaderBytes = 44;
  std::error_code none;
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kRecordedSpeech, none)) {
    if (entry.path().extension() != ".wav") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
    if (bytes.size() <= kWavHeaderBytes) continue;
    std::vector<int16_t> samples((bytes.size() - kWavHeaderBytes) / 2);
    std::memcpy(samples.data(), bytes.data() + kWavHeaderBytes, samples.size() * 2);
    hear(entry.path().filename().string(), samples);
    ++count;
  }
  if (count == 0) std::printf("skipped: no recorded speech in %s\n", kRecordedSpeech);
  return count;
}

}  // namespace trunkline::test
