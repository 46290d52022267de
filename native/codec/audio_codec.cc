#include "audio_codec.h"

#include "g711_codec.h"
#include "g722.h"
#include "l16.h"
#include "opus_codec.h"

namespace trunkline::codec {

std::unique_ptr<AudioDecoder> make_decoder(const CodecSpec& spec) {
  switch (spec.id) {
    case CodecId::pcmu:
      return std::make_unique<G711Decoder>(G711Law::mu);
    case CodecId::pcma:
      return std::make_unique<G711Decoder>(G711Law::a);
    case CodecId::g722:
      return std::make_unique<G722Decoder>();
    case CodecId::l16:
      return std::make_unique<L16Decoder>(spec.sample_rate_hz);
    case CodecId::opus:
      return std::make_unique<OpusAudioDecoder>(spec.sample_rate_hz);
  }
  return nullptr;
}

std::unique_ptr<AudioEncoder> make_encoder(const CodecSpec& spec) {
  switch (spec.id) {
    case CodecId::pcmu:
      return std::make_unique<G711Encoder>(G711Law::mu);
    case CodecId::pcma:
      return std::make_unique<G711Encoder>(G711Law::a);
    case CodecId::g722:
      return std::make_unique<G722Encoder>();
    case CodecId::l16:
      return std::make_unique<L16Encoder>();
    case CodecId::opus:
      return std::make_unique<OpusAudioEncoder>(spec.sample_rate_hz);
  }
  return nullptr;
}

}  // namespace trunkline::codec
