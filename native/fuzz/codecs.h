#pragma once

#include <cstdint>
#include <iterator>

#include "../engine/connection.h"

namespace trunkline::fuzz {

/** One agreement of every codec there is, chosen by a byte of the input. */
inline engine::RtpRemote remote_of(uint8_t choice) {
  using codec::CodecId;
  static constexpr codec::CodecSpec kCodecs[] = {
      {CodecId::pcmu, 8000, 8000},  {CodecId::pcma, 8000, 8000},  {CodecId::l16, 8000, 8000},
      {CodecId::g722, 16000, 8000}, {CodecId::opus, 8000, 48000}, {CodecId::opus, 16000, 48000},
      {CodecId::l16, 16000, 16000},
  };
  engine::RtpRemote remote;
  remote.endpoint = *rtp::Endpoint::parse("192.0.2.1", 4000);
  remote.codec = kCodecs[choice % std::size(kCodecs)];
  remote.telephone_event_payload_type = 101;
  remote.comfort_noise_payload_type = 13;
  return remote;
}

}  // namespace trunkline::fuzz
