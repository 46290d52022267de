#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::vad {

/** A tensor inside the bytes of a weights file. Its floats may lie unaligned: read them by index. */
class Tensor {
 public:
  Tensor() = default;
  Tensor(std::span<const uint8_t> bytes, std::vector<uint32_t> dims) : bytes_(bytes), dims_(std::move(dims)) {}

  float operator[](size_t index) const;
  size_t size() const { return bytes_.size() / sizeof(float); }
  bool has_dims(std::initializer_list<uint32_t> dims) const;
  bool all_finite() const;

 private:
  std::span<const uint8_t> bytes_;
  std::vector<uint32_t> dims_;
};

/** Reads what scripts/extract-vad-weights.mjs writes; the layout is described there. */
class WeightsFile {
 public:
  /** False on bytes that are damaged or of another kind, with the reason in `error`. */
  bool parse(std::span<const uint8_t> bytes, std::string& error);
  const std::string& model_sha256() const { return model_sha256_; }
  /** Null where there is none. */
  const Tensor* find(std::string_view name) const;

 private:
  struct Named {
    std::string name;
    Tensor tensor;
  };
  std::string model_sha256_;
  std::vector<Named> tensors_;
};

}  // namespace trunkline::vad
