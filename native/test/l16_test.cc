#include "../codec/l16.h"

#include <vector>

#include "check.h"

using namespace trunkline;

TEST("L16 is every sample, high byte first") {
  std::vector<int16_t> pcm;
  for (int value = -32768; value <= 32767; ++value) pcm.push_back(static_cast<int16_t>(value));
  std::vector<uint8_t> payload(pcm.size() * 2);
  std::vector<int16_t> heard(pcm.size());
  CHECK(codec::L16Encoder().encode(pcm, payload) == payload.size());
  CHECK(payload[0] == 0x80 && payload[1] == 0x00 && payload[2] == 0x80 && payload[3] == 0x01);
  codec::L16Decoder decoder(16000);
  CHECK(decoder.duration_samples(payload) == pcm.size());
  CHECK(decoder.decode(payload, heard) == pcm.size());
  CHECK(heard == pcm);
}

TEST("half a sample is no L16, and too little room is too little") {
  codec::L16Decoder decoder(8000);
  const std::vector<uint8_t> payload(321);
  std::vector<int16_t> pcm(200);
  CHECK(decoder.duration_samples(payload) == 0);
  CHECK(decoder.decode(payload, pcm) == 0);
  CHECK(decoder.decode(std::span(payload).first(320), std::span(pcm).first(159)) == 0);
  std::vector<uint8_t> room(319);
  CHECK(codec::L16Encoder().encode(std::span(pcm).first(160), room) == 0);
}
