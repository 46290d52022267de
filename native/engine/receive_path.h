#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "../dsp/concealer.h"
#include "../rtp/rate_limit.h"
#include "../rtp/reception_stats.h"
#include "../rtp/reorder_buffer.h"
#include "../rtp/rtp_packet.h"
#include "../rtp/source_latch.h"
#include "../rtp/telephone_event.h"
#include "connection.h"
#include "drop_counts.h"
#include "heard_audio.h"
#include "jitter_buffer.h"
#include "slot.h"

namespace trunkline::engine {

struct ReceiveCounts {
  uint64_t received = 0;
  uint64_t lost = 0;
  /** Losses in a row are one. */
  uint64_t gaps = 0;
  uint64_t late = 0;
  uint64_t concealed_samples = 0;
};

/** What the received stream means, in order and as soon as it is known. */
class ReceiveSink {
 public:
  /** Decoded or concealed audio at the rate of the session, any length up to 120 ms. */
  virtual void on_audio(std::span<const int16_t> samples, int64_t arrival_ns) = 0;
  virtual void on_digit(const rtp::Digit& digit) = 0;
  virtual void on_latched(const rtp::Endpoint& source) = 0;

 protected:
  ~ReceiveSink() = default;
};

/**
 * RTP of one peer, from datagrams to audio. Sans-IO: sources and times are arguments. Allocates nothing.
 * A peer that sends much faster than real time is not followed: its thread has other calls to serve.
 */
class ReceivePath final : private rtp::OrderedPacketSink {
 public:
  ReceivePath(int sample_rate_hz, ReceiveSink& sink);

  /** `connection` stays until the next `connect`. */
  void connect(Connection& connection, int64_t now_ns);
  /** What the last call on the ports heard is not the peer until then. */
  void shun(const rtp::Endpoint& former, int64_t until_ns) { latch_.shun(former, until_ns); }
  /** `datagram` is decrypted in place. */
  void handle_datagram(std::span<uint8_t> datagram, const rtp::Endpoint& source, int64_t arrival_ns);
  void handle_timeout(int64_t now_ns);
  bool waiting() const { return reorder_.waiting() || events_.waiting(); }
  void drop(Drop reason) { drops_.add(reason); }

  /** Where answers go. */
  const rtp::SourceLatch& latch() const { return latch_; }
  /** Of the last RTP of the peer, whatever it carried; nothing before the first. */
  std::optional<int64_t> last_arrival_ns() const { return last_arrival_ns_; }
  /** Of the last packet of the peer that was audio. */
  std::optional<int64_t> last_audio_ns() const { return last_audio_ns_; }
  /** The received audio of the slot that is sent now. */
  size_t take_heard(std::span<int16_t> room, int64_t now_ns) { return heard_.take(room, silent(now_ns)); }
  /** Nothing has come for so long that nothing is late: or nothing ever came. */
  bool silent(int64_t now_ns) const { return !last_audio_ns_ || now_ns - *last_audio_ns_ >= HeardAudio::kSilentLineNs; }
  /** Begins, changes or (with nothing) ends the playout path; the former one comes back to be freed elsewhere. */
  void swap_playout(std::unique_ptr<JitterBuffer>& playout) { std::swap(playout_, playout); }
  /** Null while nobody listens in human time. */
  const JitterBuffer* playout() const { return playout_.get(); }
  /** What a human hears in the slot that is sent now; silence while there is no playout path. */
  void take_playout_slot(std::span<int16_t> slot, int64_t now_ns);
  /** What a human waits for packets that are late; 0 while nobody listens. */
  double playout_delay_ms() const { return playout_ ? playout_->stats().target_ms : 0; }
  rtp::ReceptionStats& reception() { return reception_; }
  const rtp::ReceptionStats& reception() const { return reception_; }
  const ReceiveCounts& counts() const { return counts_; }
  const DropCounts& drops() const { return drops_; }

 private:
  /** Twice real time, and what an outage of four seconds held back. */
  static constexpr int64_t kMostSpeed = 2;
  static constexpr int64_t kSamplesBurstS = 2;
  /** A dialler needs 80 ms for each (ITU-T Q.24). */
  static constexpr int64_t kDigitsPerS = 12;
  static constexpr int64_t kDigitsBurstS = 3;

  void on_ordered(const rtp::OrderedPacket& packet) override;
  void on_lost(int packets, const rtp::OrderedPacket* next, int64_t now_ns) override;

  std::optional<std::span<uint8_t>> unprotect(std::span<uint8_t> datagram);
  bool agreed(const rtp::RtpPacket& packet) const;
  bool is_event(const rtp::RtpPacket& packet) const;
  bool is_comfort_noise(const rtp::RtpPacket& packet) const;
  const RtpRemote& remote() const { return connection_->remote; }
  void pass_over(const rtp::RtpPacket& packet, const rtp::Endpoint& source, int64_t arrival_ns);
  void accept(const rtp::RtpPacket& packet, int64_t arrival_ns);
  void follow_ssrc(uint32_t ssrc);
  void poll_digits(int64_t now_ns);

  const int sample_rate_hz_;
  ReceiveSink& sink_;
  Connection* connection_ = nullptr;
  rtp::SourceLatch latch_;
  rtp::ReorderBuffer reorder_;
  rtp::TelephoneEventReceiver events_;
  rtp::ReceptionStats reception_;
  dsp::Concealer concealer_;
  HeardAudio heard_;
  std::unique_ptr<JitterBuffer> playout_;
  ReceiveCounts counts_;
  DropCounts drops_;
  rtp::RateLimit audio_limit_;
  rtp::RateLimit digit_limit_{kDigitsPerS, kDigitsBurstS};
  std::optional<uint32_t> ssrc_;
  /** Some senders give keys a stream of their own beside that of the audio. */
  std::optional<uint32_t> event_ssrc_;
  std::optional<int64_t> last_arrival_ns_;
  std::optional<int64_t> last_audio_ns_;
  size_t packet_samples_;
};

}  // namespace trunkline::engine
