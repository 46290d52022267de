#pragma once

#include "../dsp/resampler.h"
#include "audio_codec.h"

namespace trunkline::codec {

/**
 * A codec of 8 kHz in a session of 16 kHz or the other way round, as a re-INVITE can bring: converts at the
 * boundary. 3.5 ms late.
 */
class RateConvertingDecoder final : public AudioDecoder {
 public:
  RateConvertingDecoder(std::unique_ptr<AudioDecoder> inner, int sample_rate_hz);

  int sample_rate_hz() const override { return sample_rate_hz_; }
  size_t duration_samples(std::span<const uint8_t> payload) const override;
  size_t decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) override;
  void reset() override;

 private:
  const std::unique_ptr<AudioDecoder> inner_;
  const int sample_rate_hz_;
  dsp::LiveResampler resampler_;
};

class RateConvertingEncoder final : public AudioEncoder {
 public:
  RateConvertingEncoder(std::unique_ptr<AudioEncoder> inner, int sample_rate_hz, int codec_rate_hz);

  size_t encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) override;
  void reset() override;

 private:
  const std::unique_ptr<AudioEncoder> inner_;
  dsp::LiveResampler resampler_;
};

/** Of `spec`, with audio of `sample_rate_hz` (8 or 16 kHz) on our side. Null for a codec that is not built in. */
std::unique_ptr<AudioDecoder> make_decoder_at(int sample_rate_hz, CodecSpec spec);
std::unique_ptr<AudioEncoder> make_encoder_at(int sample_rate_hz, CodecSpec spec);

}  // namespace trunkline::codec
