#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "../codec/audio_codec.h"
#include "../dsp/concealer.h"
#include "../dsp/time_stretcher.h"
#include "../rtp/comfort_noise.h"
#include "../rtp/rtp_packet.h"
#include "arrival_delay.h"
#include "connection.h"
#include "held_packets.h"
#include "slot_clock.h"

namespace trunkline::engine {

struct JitterBufferStats {
  double target_ms = 0;
  /** What is held at present. */
  double level_ms = 0;
  uint64_t concealed_samples = 0;
  uint64_t accelerated_samples = 0;
  uint64_t expanded_samples = 0;
  /** Came after their time. */
  uint64_t late_packets = 0;
  /** Skipped after an outage, or no room was left for them. */
  uint64_t skipped_packets = 0;
  /** Spells in which nothing was there though nothing was lost. */
  uint64_t underruns = 0;
};

/**
 * The playout path of a received stream: 20 ms in real time for every slot out, evenly, for a listener who is human.
 * Holds packets as they came, in any order, and decodes each when its turn comes.
 *
 * It steers by delay: what the head of the queue has against the fastest packet of late is kept at the target that the
 * measured jitter asks for (see ArrivalDelay), rounded up so that packets begin with slots. Too much is taken out and
 * too little put in by whole pitch periods, or in silence; beyond 400 ms too much, packets are skipped.
 * A packet that is missing while later ones are there is concealed. When nothing is there the sound goes on without the
 * time of the sender going on, until it is known whether the packet was lost or late. In silence (comfort noise,
 * digits, a sender that stopped) there is noise, and the next words begin at the target.
 *
 * Sans-IO; allocates only at construction (30 KB at 8 kHz, 55 at 16).
 *
 * silent -- audio is due --> playing -- silence announced, or nothing for 100 ms --> silent
 */
class JitterBuffer {
 public:
  /** At the rate of the session, 0 = the codec's own. Null when the codec is not built in. */
  static std::unique_ptr<JitterBuffer> make(const RtpRemote& remote, int sample_rate_hz = 0);
  JitterBuffer(const RtpRemote& remote, std::unique_ptr<codec::AudioDecoder> decoder);

  /** The same codec may come under another payload type. */
  void connect(const RtpRemote& remote);
  /** Of the agreed payload types; others are passed over but keep their place in the sequence. */
  void push(const rtp::RtpPacket& packet, int64_t arrival_ns);
  /** The next slot: 20 ms at `sample_rate_hz`. */
  void pull(std::span<int16_t> slot, int64_t now_ns);

  int sample_rate_hz() const { return rate_hz_; }
  JitterBufferStats stats() const;

 private:
  using Kind = HeldPackets::Kind;
  using Packet = HeldPackets::Packet;

  // Arrival.
  Kind kind_of(const rtp::RtpPacket& packet) const;
  void follow_stream(const rtp::RtpPacket& packet);
  bool clock_jumped(int64_t position, int64_t arrival_ns) const;
  void admit(const Packet& packet, std::span<const uint8_t> payload);
  void restart();

  // Steering.
  int64_t delay_ns(int64_t position) const { return clock_.now_ns() - *delay_.base_ns() - position * ns_per_sample_; }
  int64_t wanted_ns() const;
  int64_t surplus_samples() const;
  void steer();
  void skip_ahead(int64_t surplus);
  void decode_ahead(size_t count);

  // Production: all of it appends to the decoded samples.
  void produce(size_t count);
  bool begin_playing(const Packet& next, size_t count);
  void play_from(const Packet& next);
  void take_silent(const Packet& packet);
  void decode(const Packet& packet);
  void fade_noise_out(std::span<int16_t> samples);
  void run_dry(size_t count);
  void settle_dry(const Packet& next);
  void conceal(size_t count, const Packet* next);
  void fall_silent(bool announced);
  void make_noise(size_t count);
  std::span<int16_t> append(size_t count);

  RtpRemote remote_;
  std::unique_ptr<codec::AudioDecoder> decoder_;
  const int rate_hz_;
  const int64_t ns_per_sample_;
  const size_t slot_;

  // The stream.
  std::optional<uint32_t> ssrc_;
  int64_t last_number_ = 0;
  int64_t last_timestamp_ = 0;
  int late_in_row_ = 0;
  ArrivalDelay delay_;
  HeldPackets held_;

  // The playout.
  SlotClock clock_;
  /** A pitch period that was heard, then what is decoded and was not. */
  std::vector<int16_t> pcm_;
  const size_t heard_;
  size_t pcm_size_ = 0;
  bool playing_ = false;
  /** A digit or comfort noise came last: what is missing is silence. */
  bool silence_announced_ = true;
  /** Everything before it was played, given up, or came too late. */
  int64_t next_number_ = 0;
  int64_t next_position_ = 0;
  size_t packet_samples_;
  /** Made up while nothing was there, and not yet known whether in place of a loss. */
  int64_t dry_ = 0;
  /** Made up in a row. */
  size_t concealed_run_ = 0;
  bool noise_fades_ = false;
  int slots_since_stretch_ = 0;
  dsp::Concealer concealer_;
  dsp::TimeStretcher stretcher_;
  rtp::ComfortNoise noise_;
  bool noise_described_ = false;
  JitterBufferStats counts_;
};

}  // namespace trunkline::engine
