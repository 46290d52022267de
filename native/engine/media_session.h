#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "../rtp/rtcp_packet.h"
#include "../vad/frame_batch.h"
#include "audio_ring.h"
#include "bridge.h"
#include "call_quality.h"
#include "connection.h"
#include "event.h"
#include "port_pool.h"
#include "rtcp_session.h"
#include "session_audio.h"
#include "session_recorder.h"

namespace trunkline::engine {

/** What a session has of its thread. All outlive it. */
struct SessionOutlets {
  EventSink& events;
  AudioRing& audio;
  HandoffList<PlayoutChunk>& spent_chunks;
  vad::FrameBatch& frames;
};

/**
 * One call's audio on its media thread: made and freed by the control thread, in between used by the media thread
 * alone.
 *
 * open -- connect --> sending (slots of 20 ms) -- close --> closed (the last event; sockets are shut)
 */
class MediaSession final : private ReceiveSink,
                           private DatagramSink,
                           private vad::SpeechEventSink,
                           private ToneListenerSink {
 public:
  MediaSession(const SessionOptions& options, PortPair ports, const vad::SileroWeights* weights,
               SessionOutlets outlets);

  uint32_t id() const { return options_.id; }
  const UdpSocket& rtp_socket() const { return ports_.rtp; }
  const UdpSocket& rtcp_socket() const { return ports_.rtcp; }
  /** Control thread, after `closed`: where its audio came from. */
  std::optional<rtp::Endpoint> heard() const { return audio_ ? audio_->receive.latch().source() : std::nullopt; }
  uint16_t rtp_port() const { return ports_.rtp_port; }

  /** Control thread: what the first connection needs. */
  std::unique_ptr<SessionAudio> make_audio(int sample_rate_hz);

  /** Keeps `connection` and gives the former one back; `audio` comes with the first. */
  void connect(std::unique_ptr<Connection>& connection, std::unique_ptr<SessionAudio> audio, int64_t now_ns);
  bool sending() const { return connection_ != nullptr; }
  /** Once `sending`. */
  PlayoutQueue& playouts() { return audio_->playouts; }
  void listen(const ListeningOptions& options);
  void play_background(const Background& background);
  void set_duck_on_speech(bool enabled) { duck_on_speech_ = enabled; }
  void set_muted(bool muted) { audio_->line.ramp_to(muted ? 0.0f : 1.0f); }
  /** Null: not bridged (any more). Gives the former one back. */
  void set_bridge_end(std::unique_ptr<BridgeEnd>& end) { std::swap(bridge_, end); }
  BridgeEnd* bridge_end() const { return bridge_.get(); }
  SessionRecorder& recorder() { return recorder_; }
  /** Once `sending`. */
  void swap_playout(std::unique_ptr<JitterBuffer>& playout) { audio_->receive.swap_playout(playout); }
  DigitSender& digits() { return audio_->digits; }
  void set_detection(Detection detection) { audio_->tones.set(detection); }
  void close(int64_t now_ns);

  void handle_rtp(const Datagram& datagram);
  void handle_rtcp(const Datagram& datagram);
  /** Every 5 ms. */
  void handle_tick(int64_t now_ns, uint64_t tick);
  /** While bridged, for both ends before either sends. */
  void prepare_slot();
  /** Every 20 ms. False before `connect`: nothing was sent. */
  bool send_slot(uint64_t tick);

  DropCounts drops() const;

 private:
  void on_audio(std::span<const int16_t> samples, int64_t arrival_ns) override;
  void on_digit(const rtp::Digit& digit) override;
  void on_latched(const rtp::Endpoint& source) override;
  void on_datagram(std::span<uint8_t> datagram) override;
  void on_speech_event(const vad::SpeechEvent& event) override;
  void on_frame(float probability, bool speaking) override;
  void on_dtmf_tone(const dsp::DtmfTone& tone) override;
  void on_tone(const dsp::HeardTone& tone) override;

  void say(std::span<int16_t> slot);
  void fill_slot(std::span<int16_t> sent);
  std::span<const int16_t> heard_slot();
  void post_notes(int64_t at_ns);
  void post_digits_sent(int64_t at_ns);
  void listen_to_silence(int64_t now_ns);
  void watch_rtp_timeout(int64_t now_ns);
  void secure(SrtpSession& before);
  std::optional<std::span<uint8_t>> unprotect_rtcp(std::span<uint8_t> datagram);
  ReceivedTotals received_totals() const;
  void report_quality(int64_t now_ns);
  void send_rtcp(int64_t now_ns, bool bye);
  double samples_to_ms(uint64_t samples) const;
  Event event(EventType type, int64_t at_ns) const;

  SessionOptions options_;
  PortPair ports_;
  const vad::SileroWeights* const weights_;
  SessionOutlets outlets_;
  RtcpSession rtcp_;
  CallQuality quality_;
  std::unique_ptr<SessionAudio> audio_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<BridgeEnd> bridge_;
  /** All that did not come as far as the receive path. */
  DropCounts drops_;
  SessionRecorder recorder_;
  /** Of the playout path, while there is no bridge. */
  SlotRoom heard_{};
  int64_t connected_ns_ = 0;
  bool timeout_reported_ = false;
  bool duck_on_speech_ = true;
};

}  // namespace trunkline::engine
