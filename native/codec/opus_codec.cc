#include "opus_codec.h"

#include <opus.h>

#include <algorithm>
#include <array>

namespace trunkline::codec {
namespace {

/** Measured in docs/media.md: one more costs 1.7 times as much and brings 0.1 dB. */
constexpr int kComplexity = 5;
/** FEC is sent when this much loss is expected: it costs a fifth of the bits. */
constexpr int kExpectedLossPercent = 10;
constexpr int bit_rate(int sample_rate_hz) { return sample_rate_hz > 8000 ? 28000 : 20000; }

/** A request of libopus that its own programs use but its header does not name: speech coding only, since the other has
 * no FEC. */
constexpr int kForceModeRequest = 11002;
constexpr int kModeSilkOnly = 1000;

constexpr int kPartsPerSecond = 100;
constexpr size_t kMostParts = 6;
constexpr size_t kLongestPart = 400;

opus_int32 length(std::span<const uint8_t> bytes) { return static_cast<opus_int32>(bytes.size()); }
int count(std::span<const int16_t> pcm) { return static_cast<int>(pcm.size()); }

}  // namespace

void OpusDecoderDeleter::operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
void OpusEncoderDeleter::operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
void OpusRepacketizerDeleter::operator()(OpusRepacketizer* repacketizer) const {
  opus_repacketizer_destroy(repacketizer);
}

OpusAudioDecoder::OpusAudioDecoder(int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz), decoder_(opus_decoder_create(sample_rate_hz, 1, nullptr)) {}

size_t OpusAudioDecoder::duration_samples(std::span<const uint8_t> payload) const {
  if (payload.empty()) return 0;
  return static_cast<size_t>(std::max(0, opus_packet_get_nb_samples(payload.data(), length(payload), sample_rate_hz_)));
}

size_t OpusAudioDecoder::decode(std::span<const uint8_t> payload, std::span<int16_t> pcm) {
  // No bytes would mean a lost packet to libopus.
  if (payload.empty()) return 0;
  return static_cast<size_t>(
      std::max(0, opus_decode(decoder_.get(), payload.data(), length(payload), pcm.data(), count(pcm), 0)));
}

bool OpusAudioDecoder::conceal(std::span<int16_t> pcm, std::span<const uint8_t> next) {
  if (pcm.empty() || count(pcm) % (sample_rate_hz_ / 400) != 0) return false;
  if (!next.empty() &&
      opus_decode(decoder_.get(), next.data(), length(next), pcm.data(), count(pcm), 1) == count(pcm)) {
    return true;
  }
  return opus_decode(decoder_.get(), nullptr, 0, pcm.data(), count(pcm), 0) == count(pcm);
}

void OpusAudioDecoder::reset() { opus_decoder_ctl(decoder_.get(), OPUS_RESET_STATE); }

OpusAudioEncoder::OpusAudioEncoder(int sample_rate_hz)
    : sample_rate_hz_(sample_rate_hz),
      encoder_(opus_encoder_create(sample_rate_hz, 1, OPUS_APPLICATION_VOIP, nullptr)),
      repacketizer_(opus_repacketizer_create()) {
  configure();
}

void OpusAudioEncoder::configure() {
  OpusEncoder* const encoder = encoder_.get();
  opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bit_rate(sample_rate_hz_)));
  opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(kComplexity));
  opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
  opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(kExpectedLossPercent));
  opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
  opus_encoder_ctl(encoder,
                   OPUS_SET_BANDWIDTH(sample_rate_hz_ > 8000 ? OPUS_BANDWIDTH_WIDEBAND : OPUS_BANDWIDTH_NARROWBAND));
  opus_encoder_ctl(encoder, kForceModeRequest, opus_int32{kModeSilkOnly});
}

size_t OpusAudioEncoder::encode(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  const size_t part = static_cast<size_t>(sample_rate_hz_ / kPartsPerSecond);
  const size_t parts = pcm.size() / part;
  if (parts == 0 || parts > kMostParts || pcm.size() % part != 0) return 0;
  // There are no frames of 30 and 50 ms.
  if (parts == 3 || parts == 5) return encode_in_parts(pcm, payload);
  return static_cast<size_t>(
      std::max(0, opus_encode(encoder_.get(), pcm.data(), count(pcm), payload.data(), length(payload))));
}

size_t OpusAudioEncoder::encode_in_parts(std::span<const int16_t> pcm, std::span<uint8_t> payload) {
  const size_t part = static_cast<size_t>(sample_rate_hz_ / kPartsPerSecond);
  std::array<std::array<uint8_t, kLongestPart>, kMostParts> frames;
  opus_repacketizer_init(repacketizer_.get());
  for (size_t i = 0; i * part < pcm.size(); ++i) {
    const opus_int32 bytes = opus_encode(encoder_.get(), pcm.data() + i * part, static_cast<int>(part),
                                         frames[i].data(), static_cast<opus_int32>(kLongestPart));
    if (bytes <= 0 || opus_repacketizer_cat(repacketizer_.get(), frames[i].data(), bytes) != OPUS_OK) return 0;
  }
  return static_cast<size_t>(
      std::max<opus_int32>(0, opus_repacketizer_out(repacketizer_.get(), payload.data(), length(payload))));
}

void OpusAudioEncoder::reset() { opus_encoder_ctl(encoder_.get(), OPUS_RESET_STATE); }

}  // namespace trunkline::codec
