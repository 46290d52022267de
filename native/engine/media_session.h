#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "../rtp/rtcp_packet.h"
#include "../vad/speech_detector.h"
#include "audio_ring.h"
#include "event.h"
#include "playout_queue.h"
#include "port_pool.h"
#include "receive_path.h"
#include "rtcp_session.h"

namespace trunkline::engine {

struct SessionOptions {
  uint32_t id = 0;
  /** 0 = never. */
  double rtp_timeout_ms = 0;
  /** Negative; 0 = no reflex. */
  double duck_db = 0;
  vad::VadOptions vad;
};

/** What a session has of its thread. All outlive it. */
struct SessionOutlets {
  EventSink& events;
  AudioRing& audio;
  HandoffList<PlayoutChunk>& spent_chunks;
};

/**
 * One call's audio on its media thread: made and freed by the control thread, in between used by the media thread
 * alone.
 *
 * open -- connect --> sending (one packet per slot) -- close --> closed (the last event; sockets are shut)
 */
class MediaSession final : private ReceiveSink, private vad::SpeechEventSink {
 public:
  /** Without `weights` (tests of the engine alone) there are no speech events. */
  MediaSession(const SessionOptions& options, PortPair ports, const vad::SileroWeights* weights,
               SessionOutlets outlets);

  uint32_t id() const { return options_.id; }
  const UdpSocket& rtp_socket() const { return ports_.rtp; }
  const UdpSocket& rtcp_socket() const { return ports_.rtcp; }
  uint16_t rtp_port() const { return ports_.rtp_port; }

  void connect(const RtpRemote& remote, int64_t now_ns);
  PlayoutQueue& playouts() { return playouts_; }
  void set_duck_on_speech(bool enabled) { duck_on_speech_ = enabled; }
  void close(int64_t now_ns);

  void handle_rtp(const Datagram& datagram);
  void handle_rtcp(const Datagram& datagram);
  /** Every 5 ms. */
  void handle_timeout(int64_t now_ns);
  /** Every 20 ms. False before `connect`: nothing was sent. */
  bool send_slot();

  bool sending() const { return remote_.has_value(); }
  uint64_t discarded() const { return receive_.counts().discarded; }

 private:
  void on_audio(std::span<const int16_t> samples, int64_t arrival_ns) override;
  void on_digit(const rtp::Digit& digit) override;
  void on_latched(const rtp::Endpoint& source) override;
  void on_speech_event(const vad::SpeechEvent& event) override;

  int64_t send_packet(const PcmSlot& slot);
  void post_notes(int64_t at_ns);
  void listen_to_silence(int64_t now_ns);
  void watch_rtp_timeout(int64_t now_ns);
  void send_rtcp(int64_t now_ns, bool bye);
  Event event(EventType type, int64_t at_ns) const;

  const SessionOptions options_;
  PortPair ports_;
  SessionOutlets outlets_;
  ReceivePath receive_;
  PlayoutQueue playouts_;
  std::optional<vad::SpeechDetector> detector_;
  RtcpSession rtcp_;
  std::optional<RtpRemote> remote_;
  rtp::RtpPacket next_packet_;
  uint64_t packets_sent_ = 0;
  int64_t connected_ns_ = 0;
  bool timeout_reported_ = false;
  bool duck_on_speech_ = true;
};

}  // namespace trunkline::engine
