#pragma once

#include <array>

#include "audio_codec.h"
#include "g722_bands.h"

namespace trunkline::codec {

/** ITU-T G.722, 64 kbit/s (mode 1): 16 kHz audio in two sub-bands, one byte for two samples. Bit-exact. */
class G722Decoder final : public AudioDecoder {
 public:
  int sample_rate_hz() const override { return 16000; }
  size_t duration_samples(std::span<const uint8_t> payload) const override { return payload.size() * 2; }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) override;
  void reset() override { *this = G722Decoder(); }

 private:
  static constexpr size_t kBlock = 160;
  static constexpr size_t kTaps = 12;

  void decode_block(std::span<const uint8_t> codes, int16_t* pcm);

  g722::LowerBand lower_;
  g722::HigherBand higher_;
  /** Difference and sum of the bands: what the receive QMF still needs, then the block at hand. */
  std::array<int16_t, kTaps - 1 + kBlock> differences_{};
  std::array<int16_t, kTaps - 1 + kBlock> sums_{};
};

class G722Encoder final : public AudioEncoder {
 public:
  /** A pair of samples makes a byte: an odd number is no length. */
  size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) override;
  void reset() override { *this = G722Encoder(); }

 private:
  static constexpr size_t kBlock = 160;
  static constexpr size_t kTaps = 24;

  void encode_block(std::span<const int16_t> pcm, uint8_t* codes);

  g722::LowerBand lower_;
  g722::HigherBand higher_;
  /** What the transmit QMF still needs, then the block at hand. */
  std::array<int16_t, kTaps - 2 + 2 * kBlock> samples_{};
};

}  // namespace trunkline::codec
