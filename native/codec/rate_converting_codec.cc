#include "rate_converting_codec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace trunkline::codec {
namespace {

/** 120 ms at 16 kHz. */
constexpr size_t kMostSamples = 1920;

size_t convert(dsp::LiveResampler& resampler, std::span<const int16_t> input, std::span<int16_t> output) {
  size_t written = 0;
  while (!input.empty()) {
    const auto piece = input.first(std::min(input.size(), dsp::LiveResampler::kMostInput));
    written += resampler.process(piece, output.subspan(written));
    input = input.subspan(piece.size());
  }
  return written;
}

/** Opus is at home at both rates. */
bool converts_itself(const CodecSpec& spec) { return spec.id == CodecId::opus; }

}  // namespace

RateConvertingDecoder::RateConvertingDecoder(std::unique_ptr<AudioDecoder> inner, int sample_rate_hz)
    : inner_(std::move(inner)), sample_rate_hz_(sample_rate_hz), resampler_(inner_->sample_rate_hz(), sample_rate_hz) {}

size_t RateConvertingDecoder::duration_samples(std::span<const uint8_t> payload) const {
  const size_t inner = inner_->duration_samples(payload);
  // An odd sample may come out with this packet or with the next.
  return inner_->sample_rate_hz() < sample_rate_hz_ ? inner * 2 : (inner + 1) / 2;
}

size_t RateConvertingDecoder::decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) {
  if (duration_samples(payload) > pcm.size()) return 0;
  std::array<int16_t, kMostSamples> decoded;
  return convert(resampler_, std::span(decoded).first(inner_->decode(payload, decoded)), pcm);
}

void RateConvertingDecoder::reset() {
  inner_->reset();
  resampler_.reset();
}

RateConvertingEncoder::RateConvertingEncoder(std::unique_ptr<AudioEncoder> inner, int sample_rate_hz, int codec_rate_hz)
    : inner_(std::move(inner)), resampler_(sample_rate_hz, codec_rate_hz) {}

size_t RateConvertingEncoder::encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  std::array<int16_t, kMostSamples> converted;
  return inner_->encode(std::span(converted).first(convert(resampler_, pcm, converted)), payload);
}

void RateConvertingEncoder::reset() {
  inner_->reset();
  resampler_.reset();
}

std::unique_ptr<AudioDecoder> make_decoder_at(int sample_rate_hz, CodecSpec spec) {
  if (converts_itself(spec)) spec.sample_rate_hz = sample_rate_hz;
  std::unique_ptr<AudioDecoder> decoder = make_decoder(spec);
  if (!decoder || spec.sample_rate_hz == sample_rate_hz) return decoder;
  return std::make_unique<RateConvertingDecoder>(std::move(decoder), sample_rate_hz);
}

std::unique_ptr<AudioEncoder> make_encoder_at(int sample_rate_hz, CodecSpec spec) {
  if (converts_itself(spec)) spec.sample_rate_hz = sample_rate_hz;
  std::unique_ptr<AudioEncoder> encoder = make_encoder(spec);
  if (!encoder || spec.sample_rate_hz == sample_rate_hz) return encoder;
  return std::make_unique<RateConvertingEncoder>(std::move(encoder), sample_rate_hz, spec.sample_rate_hz);
}

}  // namespace trunkline::codec
