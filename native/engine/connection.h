#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "../codec/audio_codec.h"
#include "../rtp/endpoint.h"
#include "srtp_session.h"

namespace trunkline::engine {

/** Where a session's peer is and what was agreed with it. */
struct RtpRemote {
  rtp::Endpoint endpoint;
  codec::CodecSpec codec;
  uint8_t payload_type = 0;
  /** What we send in a packet: 10 to 60, a multiple of 10. */
  int ptime_ms = 20;
  /** RFC 4733; nothing when the peer did not offer it. */
  std::optional<uint8_t> telephone_event_payload_type;
  /** By which their durations count, 0 = as the timestamps do: some peers have digits at 8000 Hz only, beside Opus too.
   */
  int telephone_event_clock_rate_hz = 0;
  /** RFC 3389. */
  std::optional<uint8_t> comfort_noise_payload_type;
  /** Those of our offer, where the answer has others: the peer may send under either (RFC 3264 section 6.1). */
  std::optional<uint8_t> offered_payload_type;
  std::optional<uint8_t> offered_telephone_event_payload_type;
  bool rtcp_mux = false;
  /** Only the signalled address and port are ever heard. */
  bool strict_address = false;
  /** Nothing: plain RTP. */
  std::optional<SrtpAgreement> srtp;

  int event_clock_rate_hz() const {
    return telephone_event_clock_rate_hz > 0 ? telephone_event_clock_rate_hz : codec.clock_rate_hz;
  }
  /** A received payload type as the peer's description has it. */
  uint8_t as_described(uint8_t received) const {
    if (received == payload_type || received == telephone_event_payload_type) return received;
    if (received == offered_payload_type) return payload_type;
    if (received == offered_telephone_event_payload_type) return telephone_event_payload_type.value_or(received);
    return received;
  }
};

/** An agreement with everything that has memory: made and freed on the control thread, used by the media thread. */
struct Connection {
  /** For a session of that rate, 0 = the codec's own. Nothing when the codec is not built in, or keys do not
   * fit. */
  static std::unique_ptr<Connection> make(const RtpRemote& remote, int sample_rate_hz = 0);
  /** Where the codec is the same, its streams go on: a re-INVITE that changes something else is not heard. */
  void go_on_from(Connection& former);

  RtpRemote remote;
  std::unique_ptr<codec::AudioDecoder> decoder;
  std::unique_ptr<codec::AudioEncoder> encoder;
  std::unique_ptr<SrtpSession> srtp;
};

}  // namespace trunkline::engine
