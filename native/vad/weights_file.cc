#include "weights_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace trunkline::vad {

static_assert(std::endian::native == std::endian::little, "the weights file is read as it lies");

namespace {

constexpr std::string_view kMagic = "TLSILERO";
constexpr uint32_t kVersion = 1;
constexpr size_t kSha256Bytes = 32;
constexpr uint32_t kMostTensors = 256;
constexpr uint64_t kMostElements = 1u << 24;

/** Takes bytes from the front; after one failure everything fails. */
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : rest_(bytes) {}

  std::span<const uint8_t> take(size_t count) {
    if (count > rest_.size()) failed_ = true;
    if (failed_) return {};
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  uint8_t u8() {
    const auto bytes = take(1);
    return failed_ ? 0 : bytes[0];
  }
  uint32_t u32() {
    uint32_t value = 0;
    const auto bytes = take(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string text(size_t count) {
    const auto bytes = take(count);
    return {bytes.begin(), bytes.end()};
  }
  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const uint8_t> rest_;
  bool failed_ = false;
};

std::string hexadecimal(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Tensor read_tensor(Reader& reader) {
  std::vector<uint32_t> dims(reader.u8());
  uint64_t elements = 1;
  for (uint32_t& dim : dims) {
    dim = reader.u32();
    elements = std::min(elements * dim, kMostElements + 1);
  }
  return {reader.take(elements * sizeof(float)), std::move(dims)};
}

}  // namespace

float Tensor::operator[](size_t index) const {
  float value;
  std::memcpy(&value, bytes_.data() + index * sizeof value, sizeof value);
  return value;
}

bool Tensor::has_dims(std::initializer_list<uint32_t> dims) const {
  return std::equal(dims.begin(), dims.end(), dims_.begin(), dims_.end());
}

bool Tensor::all_finite() const {
  for (size_t i = 0; i < size(); ++i) {
    if (!std::isfinite((*this)[i])) return false;
  }
  return true;
}

bool WeightsFile::parse(std::span<const uint8_t> bytes, std::string& error) {
  Reader reader(bytes);
  if (reader.text(kMagic.size()) != kMagic) {
    error = "not a file of voice-detector weights";
    return false;
  }
  const uint32_t version = reader.u32();
  if (!reader.failed() && version != kVersion) {
    error = "voice-detector weights of version " + std::to_string(version) + ", not " + std::to_string(kVersion);
    return false;
  }
  model_sha256_ = hexadecimal(reader.take(kSha256Bytes));
  const uint32_t count = std::min(reader.u32(), kMostTensors + 1);
  tensors_.clear();
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    std::string name = reader.text(reader.u8());
    tensors_.push_back({std::move(name), read_tensor(reader)});
  }
  if (count > kMostTensors || reader.failed() || !reader.at_end()) {
    error = "voice-detector weights are damaged";
    return false;
  }
  return true;
}

const Tensor* WeightsFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const Named& each) { return each.name == name; });
  return found == tensors_.end() ? nullptr : &found->tensor;
}

}  // namespace trunkline::vad
