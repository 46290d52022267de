#pragma once

#include "audio_codec.h"
#include "g711.h"

namespace trunkline::codec {

/** G.711 in RTP (RFC 3551 section 4.5.14): an octet per sample. */
class G711Decoder final : public AudioDecoder {
 public:
  explicit G711Decoder(G711Law law) : law_(law) {}

  int sample_rate_hz() const override { return 8000; }
  size_t duration_samples(std::span<const uint8_t> payload) const override { return payload.size(); }
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) override;

 private:
  const G711Law law_;
};

class G711Encoder final : public AudioEncoder {
 public:
  explicit G711Encoder(G711Law law) : law_(law) {}

  size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) override;

 private:
  const G711Law law_;
};

}  // namespace trunkline::codec
