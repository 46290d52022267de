// Any payload for every decoder, at its own rate and at the other, with gaps concealed in between. libFuzzer.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "../codec/rate_converting_codec.h"

using namespace trunkline::codec;

namespace {

constexpr CodecSpec kCodecs[] = {
    {CodecId::opus, 8000, 48000}, {CodecId::opus, 16000, 48000}, {CodecId::g722, 16000, 8000},
    {CodecId::l16, 8000, 8000},   {CodecId::l16, 16000, 16000},  {CodecId::pcmu, 8000, 8000},
    {CodecId::pcma, 8000, 8000},
};

}  // namespace

/** A byte chooses codec and rate; then payloads: a byte of length in 1/8, a byte that may ask for a gap before it. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const int sample_rate_hz = data[0] % 2 == 0 ? 8000 : 16000;
  const auto decoder = make_decoder_at(sample_rate_hz, kCodecs[data[0] / 2 % std::size(kCodecs)]);
  std::span<const uint8_t> rest(data + 1, size - 1);
  std::array<int16_t, 1920> pcm;
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(rest[0] * size_t{8}, rest.size() - 2);
    const uint8_t gap = rest[1];
    const auto payload = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    if (gap % 4 == 1) decoder->conceal(std::span(pcm).first(size_t{gap} * 7 % pcm.size()), payload);
    if (gap % 4 == 2) decoder->conceal(std::span(pcm).first(static_cast<size_t>(sample_rate_hz) / 50), payload);
    const size_t announced = decoder->duration_samples(payload);
    const size_t given = decoder->decode(payload, pcm);
    if (given > announced || given > pcm.size()) std::abort();
    if (gap == 255) decoder->reset();
  }
  return 0;
}
