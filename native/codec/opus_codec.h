#pragma once

#include "audio_codec.h"

struct OpusDecoder;
struct OpusEncoder;
struct OpusRepacketizer;

namespace trunkline::codec {

struct OpusDecoderDeleter {
  void operator()(OpusDecoder* decoder) const;
};
struct OpusEncoderDeleter {
  void operator()(OpusEncoder* encoder) const;
};
struct OpusRepacketizerDeleter {
  void operator()(OpusRepacketizer* repacketizer) const;
};

/**
 * Opus (RFC 6716) in RTP (RFC 7587) by libopus, at 8 or 16 kHz whatever the sender's bandwidth; stereo is mixed down.
 * Packets of 2.5 to 120 ms, those of a single byte included by which DTX keeps the stream alive.
 */
class OpusAudioDecoder final : public AudioDecoder {
 public:
  explicit OpusAudioDecoder(int sample_rate_hz);

  int sample_rate_hz() const override { return sample_rate_hz_; }
  size_t duration_samples(std::span<const uint8_t> payload) const override;
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) override;
  /**
   * The end of the gap comes from the in-band FEC of `next` where it has some, what is before that is extrapolated, or
   * is comfort noise after DTX. Gaps of whole 2.5 ms.
   */
  bool conceal(std::span<int16_t> pcm, std::span<const uint8_t> next) override;
  void reset() override;

 private:
  const int sample_rate_hz_;
  std::unique_ptr<OpusDecoder, OpusDecoderDeleter> decoder_;
};

/** Speech at a constant quality, with in-band FEC for a network that loses some packets. Packets of 10 to 60 ms. */
class OpusAudioEncoder final : public AudioEncoder {
 public:
  explicit OpusAudioEncoder(int sample_rate_hz);

  size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) override;
  void reset() override;

 private:
  void configure();
  size_t encode_in_parts(std::span<const int16_t> pcm, std::span<uint8_t> payload);

  const int sample_rate_hz_;
  std::unique_ptr<OpusEncoder, OpusEncoderDeleter> encoder_;
  std::unique_ptr<OpusRepacketizer, OpusRepacketizerDeleter> repacketizer_;
};

}  // namespace trunkline::codec
