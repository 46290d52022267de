#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace trunkline::rtp {

/** 60 ms of L16 at 16 kHz, the longest payload taken. */
inline constexpr size_t kLongestPayloadBytes = 1920;

/**
 * Payloads of very different lengths in little memory: each is a chain of pieces of 160 bytes, which is 20 ms of G.711.
 * All memory is allocated at construction.
 */
class PayloadStore {
 public:
  /** Of a stored payload; only this store can read it. */
  struct Handle {
    uint16_t first = 0;
    uint16_t bytes = 0;
  };

  static constexpr size_t kPieceBytes = 160;

  explicit PayloadStore(size_t pieces);

  bool has_room(size_t bytes) const { return pieces_of(bytes) <= free_; }
  /** There must be room. */
  Handle put(std::span<const uint8_t> payload);
  /** Copies the payload out, frees its place and returns its part of `out`, which must be long enough. */
  std::span<const uint8_t> take(Handle handle, std::span<uint8_t> out);
  /** The same without freeing it. */
  std::span<const uint8_t> copy(Handle handle, std::span<uint8_t> out) const;
  void free(Handle handle);

 private:
  static size_t pieces_of(size_t bytes) { return (bytes + kPieceBytes - 1) / kPieceBytes; }

  std::vector<uint8_t> bytes_;
  std::vector<uint16_t> next_;
  uint16_t first_free_ = 0;
  size_t free_;
};

}  // namespace trunkline::rtp
