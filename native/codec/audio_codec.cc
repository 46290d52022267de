#include "audio_codec.h"

#include "g711_codec.h"

namespace trunkline::codec {

std::unique_ptr<AudioDecoder> make_decoder(const CodecSpec& spec) {
  switch (spec.id) {
    case CodecId::pcmu:
      return std::make_unique<G711Decoder>(G711Law::mu);
    case CodecId::pcma:
      return std::make_unique<G711Decoder>(G711Law::a);
    case CodecId::g722:
    case CodecId::opus:
    case CodecId::l16:
      return nullptr;
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
    case CodecId::opus:
    case CodecId::l16:
      return nullptr;
  }
  return nullptr;
}

}  // namespace trunkline::codec
