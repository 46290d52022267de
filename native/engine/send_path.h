#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "../rtp/rtp_packet.h"
#include "connection.h"
#include "digit_sender.h"
#include "packetizer.h"
#include "rtcp_session.h"

namespace trunkline::engine {

/** Takes what leaves. */
class DatagramSink {
 public:
  /** Valid during the call; there is room for `kTrailerBytes` more behind it. */
  virtual void on_datagram(std::span<uint8_t> datagram) = 0;

 protected:
  ~DatagramSink() = default;
};

/** From 20 ms slots of audio to RTP packets of the agreed codec and length. Sans-IO, allocates nothing. */
class SendPath {
 public:
  /** Room behind a datagram for an authentication tag. */
  static constexpr size_t kTrailerBytes = 32;

  /** `digits` go out in place of audio. */
  SendPath(int sample_rate_hz, DigitSender& digits, DatagramSink& sink);

  /** `connection` stays until the next `connect`. The stream goes on: one SSRC, no hole in its numbers. */
  void connect(const Connection& connection);
  /** What is heard in this slot; sends what is due with it. */
  void push(std::span<const int16_t> slot, uint64_t tick);
  /** Every 5 ms: departures between slots. */
  void handle_tick(uint64_t tick);

  /** The stream begins anew: a peer that does not know our rollover counter can follow it. */
  void renew_ssrc();

  uint64_t packets_sent() const { return former_packets_ + sent_.packets; }
  /** Of the present SSRC. */
  SentStream sent() const { return sent_; }

 private:
  static constexpr size_t kLongestPayloadBytes = 1920;

  void send_due(uint64_t tick);
  void send_packet(std::span<const int16_t> audio);
  /** What of the packet is to be sent, behind its header. */
  size_t fill_payload(std::span<const int16_t> audio, rtp::RtpPacket& packet);

  const int sample_rate_hz_;
  DigitSender& digits_;
  DatagramSink& sink_;
  const Connection* connection_ = nullptr;
  Packetizer packetizer_;
  rtp::RtpPacket next_packet_;
  SentStream sent_;
  /** Of former SSRCs. */
  uint64_t former_packets_ = 0;
  std::array<uint8_t, rtp::kRtpHeaderBytes + kLongestPayloadBytes + kTrailerBytes> datagram_;
};

}  // namespace trunkline::engine
