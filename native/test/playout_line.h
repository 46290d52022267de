#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "../engine/jitter_buffer.h"
#include "test_voice.h"

namespace trunkline::test {

/** What happens to packets on the way. */
struct Network {
  double loss = 0;
  double duplicates = 0;
  /** Uniform from 0. */
  double jitter_ms = 0;
  /** Of every packet. */
  double delay_ms = 0;
  /** The sender's clock against ours. */
  double skew_ppm = 0;
  unsigned seed = 1;
};

/** A sender of L16, a network and a jitter buffer that is asked for a slot every 20 ms, all in virtual time. */
class PlayoutLine {
 public:
  static constexpr int64_t kMs = 1'000'000;
  static constexpr uint8_t kAudio = 96;
  static constexpr uint8_t kEvent = 101;
  static constexpr uint8_t kNoise = 13;

  explicit PlayoutLine(int rate_hz = 8000, Network network = {})
      : rate_hz(rate_hz), network(network), random_(network.seed), buffer(engine::JitterBuffer::make(remote(rate_hz))) {}

  static engine::RtpRemote remote(int rate_hz) {
    engine::RtpRemote remote;
    remote.codec = {codec::CodecId::l16, rate_hz, rate_hz};
    remote.payload_type = kAudio;
    remote.telephone_event_payload_type = kEvent;
    remote.comfort_noise_payload_type = kNoise;
    return remote;
  }

  /** Sends `signal` in packets of `ptime_ms`, then nothing for 500 ms; returns what is heard meanwhile. */
  std::vector<int16_t> say(const std::vector<int16_t>& signal, int ptime_ms = 20) {
    const size_t samples = static_cast<size_t>(rate_hz * ptime_ms / 1000);
    for (size_t at = 0; at + samples <= signal.size(); at += samples) send(std::span(signal).subspan(at, samples));
    pause(500);
    return listen(sent_ns_);
  }

  /** A packet leaves when its last sample was spoken. */
  void send(std::span<const int16_t> samples) {
    std::vector<uint8_t> payload;
    for (const int16_t sample : samples) {
      payload.push_back(static_cast<uint8_t>(sample >> 8));
      payload.push_back(static_cast<uint8_t>(sample));
    }
    pause(static_cast<double>(samples.size()) / rate_hz * 1000);
    send_payload(kAudio, payload, timestamp - static_cast<uint32_t>(samples.size()));
  }
  /** The time of the sender goes on. */
  void pause(double ms) {
    sent_ns_ += static_cast<int64_t>(ms * 1e6 * (1 - network.skew_ppm * 1e-6));
    timestamp += static_cast<uint32_t>(std::lround(ms * rate_hz / 1000));
  }
  void send_payload(uint8_t type, const std::vector<uint8_t>& payload, uint32_t at_timestamp) {
    const uint16_t number = sequence_number++;
    if (share() < network.loss) return;
    const int copies = share() < network.duplicates ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const auto delay_ns = static_cast<int64_t>((network.delay_ms + share() * network.jitter_ms) * 1e6) + held_back_ns(sent_ns_);
      arrivals_.emplace(sent_ns_ + delay_ns, Sent{number, at_timestamp, ssrc, type, payload});
      delays_ms.push_back(static_cast<double>(delay_ns) / 1e6);
    }
  }

  /** Everything heard up to `until_ns`. */
  std::vector<int16_t> listen(int64_t until_ns) {
    std::vector<int16_t> heard;
    std::vector<int16_t> slot(static_cast<size_t>(rate_hz) / 50);
    while (next_slot_ns_ < until_ns) {
      while (!arrivals_.empty() && arrivals_.begin()->first <= next_slot_ns_) {
        const auto& [at_ns, sent] = *arrivals_.begin();
        rtp::RtpPacket packet;
        packet.payload_type = sent.type;
        packet.sequence_number = sent.number;
        packet.timestamp = sent.timestamp;
        packet.ssrc = sent.ssrc;
        packet.payload = sent.payload;
        buffer->push(packet, at_ns);
        arrivals_.erase(arrivals_.begin());
      }
      buffer->pull(slot, next_slot_ns_);
      heard.insert(heard.end(), slot.begin(), slot.end());
      most_level_ms = std::max(most_level_ms, buffer->stats().level_ms);
      next_slot_ns_ += 20 * kMs;
    }
    return heard;
  }
  int64_t sent_ns() const { return sent_ns_; }

  /** Packets sent between the two come together at the second. */
  void hold_back(int64_t from_ns, int64_t until_ns) {
    outage_from_ns_ = from_ns;
    outage_until_ns_ = until_ns;
  }

  const int rate_hz;
  Network network;
  uint16_t sequence_number = 100;
  uint32_t timestamp = 5000;
  uint32_t ssrc = 7;
  std::vector<double> delays_ms;
  double most_level_ms = 0;

 private:
  struct Sent {
    uint16_t number;
    uint32_t timestamp;
    uint32_t ssrc;
    uint8_t type;
    std::vector<uint8_t> payload;
  };

  double share() { return static_cast<double>(random_()) / 4294967296.0; }
  int64_t held_back_ns(int64_t at_ns) const {
    return at_ns >= outage_from_ns_ && at_ns < outage_until_ns_ ? outage_until_ns_ - at_ns : 0;
  }

  std::mt19937 random_;

 public:
  std::unique_ptr<engine::JitterBuffer> buffer;

 private:
  std::multimap<int64_t, Sent> arrivals_;
  /** Slots stand 7 ms off the packets. */
  int64_t sent_ns_ = 1'000 * kMs;
  int64_t next_slot_ns_ = 1'007 * kMs;
  int64_t outage_from_ns_ = 0;
  int64_t outage_until_ns_ = 0;
};

/** Faint noise with a needle every 250 ms, at the end of a packet of 20 ms. */
inline std::vector<int16_t> needles(int rate_hz, int duration_ms) {
  std::vector<int16_t> signal = noise(static_cast<size_t>(rate_hz) * static_cast<size_t>(duration_ms) / 1000, 20);
  const size_t apart = static_cast<size_t>(rate_hz) / 4;
  for (size_t at = apart - 1; at < signal.size(); at += apart) signal[at] = 20000;
  return signal;
}

/** For each needle heard: its playout against the departure of its packet of `ptime_ms` on an ideal network. */
inline std::vector<double> needle_delays_ms(const std::vector<int16_t>& heard, int rate_hz, int ptime_ms = 20) {
  const size_t apart = static_cast<size_t>(rate_hz) / 4;
  std::vector<double> delays;
  for (size_t i = 0; i < heard.size(); ++i) {
    if (heard[i] < 12000) continue;
    // The first slot begins 7 ms after the first packet began to be spoken.
    const double since_spoken_ms = static_cast<double>((i + 1) % apart) * 1000 / rate_hz + 7;
    delays.push_back(since_spoken_ms - ptime_ms);
    i += static_cast<size_t>(rate_hz) / 50;
  }
  return delays;
}

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::nth_element(values, values.begin() + static_cast<ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

}  // namespace trunkline::test
