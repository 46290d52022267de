#pragma once

#include "audio_codec.h"

namespace trunkline::codec {

/** Linear 16-bit samples in network byte order, one channel (RFC 3551 4.5.11). */
class L16Decoder final : public AudioDecoder {
 public:
  explicit L16Decoder(int sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}

  int sample_rate_hz() const override { return sample_rate_hz_; }
  /** Half a sample is garbage. */
  size_t duration_samples(std::span<const uint8_t> payload) const override {
    return payload.size() % 2 == 0 ? payload.size() / 2 : 0;
  }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) override;

 private:
  int sample_rate_hz_;
};

class L16Encoder final : public AudioEncoder {
 public:
  size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) override;
};

}  // namespace trunkline::codec
