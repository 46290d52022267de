#include "wav_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace trunkline::engine {
namespace {

static_assert(std::endian::native == std::endian::little, "WAV is little-endian, and samples are written as they are");

constexpr uint16_t kPcm = 1;
constexpr uint16_t kChannels = 2;
constexpr uint16_t kBits = 16;

class HeaderWriter {
 public:
  void text(std::string_view four) { append(four.data(), 4); }
  void u16(uint16_t value) { append(&value, sizeof value); }
  void u32(uint64_t value) {
    const auto low = static_cast<uint32_t>(value);
    append(&low, sizeof low);
  }
  std::array<uint8_t, WavFile::kHeaderBytes> bytes{};

 private:
  void append(const void* from, size_t count) {
    std::memcpy(bytes.data() + size_, from, count);
    size_ += count;
  }
  size_t size_ = 0;
};

}  // namespace

std::array<uint8_t, WavFile::kHeaderBytes> wav_header(int sample_rate_hz, uint64_t frames) {
  const auto rate = static_cast<uint64_t>(sample_rate_hz);
  const uint64_t data_bytes = frames * WavFile::kFrameBytes;
  HeaderWriter header;
  header.text("RIFF");
  header.u32(WavFile::kHeaderBytes - 8 + data_bytes);
  header.text("WAVE");
  header.text("fmt ");
  header.u32(16);
  header.u16(kPcm);
  header.u16(kChannels);
  header.u32(rate);
  header.u32(rate * WavFile::kFrameBytes);
  header.u16(WavFile::kFrameBytes);
  header.u16(kBits);
  header.text("data");
  header.u32(data_bytes);
  return header.bytes;
}

int WavFile::create(const std::string& path, int sample_rate_hz) {
  sample_rate_hz_ = sample_rate_hz;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  return fd_ < 0 ? errno : write_header(0);
}

int WavFile::write(uint64_t at_frame, std::span<const int16_t> interleaved) {
  const int problem = write_all(interleaved.data(), interleaved.size_bytes(), kHeaderBytes + at_frame * kFrameBytes);
  if (problem == 0) written_ = std::max(written_, at_frame + interleaved.size_bytes() / kFrameBytes);
  return problem;
}

int WavFile::extend_to(uint64_t frames) {
  const uint64_t length = std::max(frames, written_);
  if (length == frames_) return 0;
  if (length > written_) {
    if (ftruncate(fd_, static_cast<off_t>(kHeaderBytes + length * kFrameBytes)) != 0) return errno;
    written_ = length;
  }
  const int problem = write_header(length);
  if (problem == 0) frames_ = length;
  return problem;
}

/** Some file systems report here that they could not keep what they took. */
int WavFile::close() {
  if (fd_ < 0) return 0;
  return ::close(std::exchange(fd_, -1)) == 0 ? 0 : errno;
}

int WavFile::write_header(uint64_t frames) const {
  const auto header = wav_header(sample_rate_hz_, frames);
  return write_all(header.data(), header.size(), 0);
}

int WavFile::write_all(const void* bytes, size_t count, uint64_t offset) const {
  const auto* from = static_cast<const uint8_t*>(bytes);
  while (count > 0) {
    const ssize_t written = pwrite(fd_, from, count, static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    from += written;
    count -= static_cast<size_t>(written);
    offset += static_cast<uint64_t>(written);
  }
  return 0;
}

}  // namespace trunkline::engine
