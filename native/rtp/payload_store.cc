#include "payload_store.h"

#include <algorithm>
#include <numeric>

namespace trunkline::rtp {

PayloadStore::PayloadStore(size_t pieces) : bytes_(pieces * kPieceBytes), next_(pieces), free_(pieces) {
  std::iota(next_.begin(), next_.end(), uint16_t{1});
}

PayloadStore::Handle PayloadStore::put(std::span<const uint8_t> payload) {
  const Handle handle{first_free_, static_cast<uint16_t>(payload.size())};
  while (!payload.empty()) {
    const size_t count = std::min(payload.size(), kPieceBytes);
    std::copy_n(payload.begin(), count, bytes_.begin() + static_cast<ptrdiff_t>(first_free_ * kPieceBytes));
    payload = payload.subspan(count);
    first_free_ = next_[first_free_];
    --free_;
  }
  return handle;
}

std::span<const uint8_t> PayloadStore::copy(Handle handle, std::span<uint8_t> out) const {
  uint16_t piece = handle.first;
  for (size_t done = 0; done < handle.bytes; done += kPieceBytes) {
    const size_t count = std::min(handle.bytes - done, kPieceBytes);
    std::copy_n(bytes_.begin() + static_cast<ptrdiff_t>(piece * kPieceBytes), count,
                out.begin() + static_cast<ptrdiff_t>(done));
    piece = next_[piece];
  }
  return out.first(handle.bytes);
}

std::span<const uint8_t> PayloadStore::take(Handle handle, std::span<uint8_t> out) {
  const auto payload = copy(handle, out);
  free(handle);
  return payload;
}

void PayloadStore::free(Handle handle) {
  const size_t pieces = pieces_of(handle.bytes);
  if (pieces == 0) return;
  uint16_t last = handle.first;
  for (size_t i = 1; i < pieces; ++i) last = next_[last];
  next_[last] = first_free_;
  first_free_ = handle.first;
  free_ += pieces;
}

}  // namespace trunkline::rtp
