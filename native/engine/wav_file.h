#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace trunkline::engine {

/**
 * A stereo WAV file of 16-bit PCM that is readable at every moment: the header tells the length of what is in the file,
 * and is written again as it grows. Errors are errno, 0 = none.
 *
 * What `write` passes over is silence (a hole in the file). Nothing is synced: what was written survives the death of
 * the process, not that of the machine.
 */
class WavFile {
 public:
  static constexpr size_t kHeaderBytes = 44;
  static constexpr size_t kFrameBytes = 4;
  /** The header counts in 32 bits: 37 hours at 8 kHz. */
  static constexpr uint64_t kMostFrames = (0xFFFF'FFFFull - kHeaderBytes) / kFrameBytes;

  WavFile() = default;
  ~WavFile() { close(); }
  WavFile(const WavFile&) = delete;
  WavFile& operator=(const WavFile&) = delete;

  /** A new file, for its owner only; one that is there is left alone (EEXIST). */
  int create(const std::string& path, int sample_rate_hz);
  /** Frames (left, right) at a place in the recording. */
  int write(uint64_t at_frame, std::span<const int16_t> interleaved);
  /** Makes the file, and what its header says, that long; never shorter than what was written. */
  int extend_to(uint64_t frames);
  int close();

  /** What the header says. */
  uint64_t frames() const { return frames_; }

 private:
  int write_all(const void* bytes, size_t count, uint64_t offset) const;
  int write_header(uint64_t frames) const;

  int fd_ = -1;
  int sample_rate_hz_ = 0;
  uint64_t frames_ = 0;
  uint64_t written_ = 0;
};

/** RIFF WAVE, `fmt ` of 16 bytes, `data`. */
std::array<uint8_t, WavFile::kHeaderBytes> wav_header(int sample_rate_hz, uint64_t frames);

}  // namespace trunkline::engine
