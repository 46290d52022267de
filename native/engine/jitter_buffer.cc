#include "jitter_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "../codec/rate_converting_codec.h"
#include "../dsp/pitch.h"
#include "slot.h"

namespace trunkline::engine {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
/** A stream whose clock stands a second off has a new clock. */
constexpr int64_t kClockJumpNs = 1'000 * kNsPerMs;
constexpr int kSequenceJump = 1000;
/** Far from 0, so that what came before the first packet has a number and a time, too. */
constexpr int64_t kFirstRound = INT64_C(1) << 32;
constexpr int64_t kFirstTimestamp = INT64_C(1) << 40;
/** Four months of 48 kHz: whoever is here so soon counts what he likes, and must not count beyond 64 bits. */
constexpr int64_t kMostTimestamps = INT64_C(1) << 39;
constexpr int kLateIsJump = 8;
/** Delays this near to the target are at it: it must not be crossed for the noise of the measurement. */
constexpr int64_t kSlackNs = 3 * kNsPerMs;
constexpr int64_t kSkipAheadMs = 400;
constexpr int64_t kHurryMs = 60;
/** Between two splices while there is no hurry. */
constexpr int kSlotsBetweenStretches = 5;
/** Longer without a packet is a pause of the sender. */
constexpr size_t kDryIsSilenceMs = 100;
/** Of Opus. */
constexpr size_t kLongestPacketMs = 120;
constexpr size_t kBlendMs = 5;

int16_t add(int one, int other) { return static_cast<int16_t>(std::clamp(one + other, -32768, 32767)); }

size_t pieces(const RtpRemote& remote) {
  constexpr size_t kNarrow = 128;
  return remote.codec.id == codec::CodecId::l16 ? 2 * kNarrow : kNarrow;
}

}  // namespace

std::unique_ptr<JitterBuffer> JitterBuffer::make(const RtpRemote& remote, int sample_rate_hz) {
  auto decoder =
      codec::make_decoder_at(sample_rate_hz == 0 ? remote.codec.sample_rate_hz : sample_rate_hz, remote.codec);
  return decoder ? std::make_unique<JitterBuffer>(remote, std::move(decoder)) : nullptr;
}

JitterBuffer::JitterBuffer(const RtpRemote& remote, std::unique_ptr<codec::AudioDecoder> decoder)
    : remote_(remote),
      decoder_(std::move(decoder)),
      rate_hz_(decoder_->sample_rate_hz()),
      ns_per_sample_(INT64_C(1'000'000'000) / rate_hz_),
      slot_(slot_samples(rate_hz_)),
      held_(pieces(remote)),
      pcm_(static_cast<size_t>(rate_hz_) * 300 / 1000),
      heard_(dsp::longest_lag(rate_hz_)),
      packet_samples_(slot_),
      concealer_(rate_hz_),
      stretcher_(rate_hz_),
      noise_(rate_hz_) {}

void JitterBuffer::connect(const RtpRemote& remote) {
  if (remote.codec == remote_.codec) remote_ = remote;
}

// Arrival.

void JitterBuffer::push(const rtp::RtpPacket& packet, int64_t arrival_ns) {
  follow_stream(packet);
  const Kind kind = kind_of(packet);
  const int64_t number =
      last_number_ + static_cast<int16_t>(packet.sequence_number - static_cast<uint16_t>(last_number_));
  last_number_ = std::max(last_number_, number);
  last_timestamp_ += static_cast<int32_t>(packet.timestamp - static_cast<uint32_t>(last_timestamp_));
  const int64_t position = last_timestamp_ * rate_hz_ / remote_.codec.clock_rate_hz;
  // Events carry the time of their beginning, again and again.
  if (kind != Kind::event && !held_.seen(number)) {
    if (clock_jumped(position, arrival_ns)) restart();
    delay_.on_packet(position * ns_per_sample_, arrival_ns);
  }
  admit({.number = number, .position = position, .kind = kind},
        kind == Kind::event ? std::span<const uint8_t>() : packet.payload);
}

JitterBuffer::Kind JitterBuffer::kind_of(const rtp::RtpPacket& packet) const {
  if (packet.payload_type == remote_.payload_type) return Kind::audio;
  return packet.payload_type == remote_.comfort_noise_payload_type ? Kind::comfort_noise : Kind::event;
}

void JitterBuffer::follow_stream(const rtp::RtpPacket& packet) {
  const int jump = static_cast<int16_t>(packet.sequence_number - static_cast<uint16_t>(last_number_));
  const bool other = ssrc_ != packet.ssrc;
  const bool far = std::abs(last_timestamp_ - kFirstTimestamp) > kMostTimestamps;
  if (!other && !far && std::abs(jump) < kSequenceJump) return;
  if (ssrc_) restart();
  if (other && ssrc_) decoder_->reset();
  ssrc_ = packet.ssrc;
  last_number_ = kFirstRound + packet.sequence_number;
  last_timestamp_ = kFirstTimestamp + packet.timestamp;
}

bool JitterBuffer::clock_jumped(int64_t position, int64_t arrival_ns) const {
  if (late_in_row_ >= kLateIsJump) return true;
  if (!delay_.base_ns()) return false;
  return std::abs(arrival_ns - position * ns_per_sample_ - *delay_.base_ns()) > kClockJumpNs;
}

void JitterBuffer::admit(const Packet& packet, std::span<const uint8_t> payload) {
  if (held_.seen(packet.number)) return;
  if (packet.number < next_number_) {
    ++counts_.late_packets;
    if (packet.kind == Kind::audio) ++late_in_row_;
    return;
  }
  late_in_row_ = 0;
  while (held_.insert(packet, payload) == HeldPackets::Admission::full) {
    const Packet* oldest = held_.first_from(next_number_);
    if (oldest == nullptr) return;
    ++counts_.skipped_packets;
    held_.drop(oldest->number);
  }
}

/** Another stream, or this one with another clock. What is decoded is still heard, what follows is blended with it. */
void JitterBuffer::restart() {
  held_.clear();
  delay_.rebase();
  late_in_row_ = 0;
  dry_ = 0;
  next_number_ = 0;
  if (playing_) fall_silent(false);
}

// Steering.

void JitterBuffer::pull(std::span<int16_t> slot, int64_t now_ns) {
  clock_.advance(now_ns);
  if (playing_) steer();
  while (pcm_size_ < slot_) produce(slot_ - pcm_size_);
  std::copy_n(pcm_.begin() + static_cast<ptrdiff_t>(heard_), slot_, slot.begin());
  pcm_size_ -= slot_;
  std::copy_n(pcm_.begin() + static_cast<ptrdiff_t>(slot_), heard_ + pcm_size_, pcm_.begin());
}

/** Packets that are no whole slots are needed up to so much before they begin. */
int64_t JitterBuffer::wanted_ns() const {
  const size_t before = slot_ - std::gcd(packet_samples_, slot_);
  return delay_.target_ns() + static_cast<int64_t>(before) * ns_per_sample_;
}

/**
 * How much longer the delay is than it has to be. What counts is the delay a packet has when it is decoded, which is at
 * the beginning of a slot; what of a decoded packet is left over then is delay for nothing.
 */
int64_t JitterBuffer::surplus_samples() const {
  const auto slot = static_cast<int64_t>(slot_);
  const auto left_over = static_cast<int64_t>(pcm_size_ % slot_);
  const int64_t aligned_ns = delay_ns(next_position_ - static_cast<int64_t>(pcm_size_)) - left_over * ns_per_sample_;
  const int64_t above_ns = aligned_ns - wanted_ns();
  if (above_ns < -kSlackNs) return left_over - slot;
  const int64_t slots = std::max<int64_t>(above_ns - kSlackNs, 0) / (slot * ns_per_sample_);
  return left_over + slots * slot;
}

void JitterBuffer::steer() {
  if (dry_ > 0) return;
  const int64_t per_ms = rate_hz_ / 1000;
  const int64_t surplus = surplus_samples();
  if (surplus > kSkipAheadMs * per_ms) return skip_ahead(surplus);
  ++slots_since_stretch_;
  if (surplus == 0 || (slots_since_stretch_ < kSlotsBetweenStretches && std::abs(surplus) < kHurryMs * per_ms)) return;
  decode_ahead(stretcher_.window() - (surplus < 0 ? heard_ : 0));
  size_t changed = 0;
  if (surplus > 0) {
    changed = stretcher_.shorten(std::span(pcm_).subspan(heard_, pcm_size_), static_cast<size_t>(surplus));
    pcm_size_ -= changed;
    counts_.accelerated_samples += changed;
  } else {
    changed = stretcher_.lengthen(pcm_, heard_ + pcm_size_, static_cast<size_t>(-surplus));
    pcm_size_ += changed;
    counts_.expanded_samples += changed;
  }
  if (changed > 0) slots_since_stretch_ = 0;
}

/**
 * After an outage: nobody wants to hear what was said half a second ago. What is held up to the target stays: when the
 * network itself has become slower it is all there is, until the fastest packet of late is one of the slow ones.
 */
void JitterBuffer::skip_ahead(int64_t surplus) {
  const Packet* newest = held_.first_from(held_.newest());
  if (newest == nullptr) return;
  const int64_t position = std::min(next_position_ + surplus, newest->position - delay_.target_ns() / ns_per_sample_);
  const Packet* next = held_.first_from(next_number_);
  if (next->position >= position) return;
  while (next->position < position && next->number < held_.newest()) {
    held_.drop(next->number);
    ++counts_.skipped_packets;
    next = held_.first_from(next->number + 1);
  }
  next_number_ = next->number;
  next_position_ = next->position;
  concealer_.conceal(append(kBlendMs * static_cast<size_t>(rate_hz_) / 1000));
}

/** Stretching looks at more than a slot: what follows without a gap is decoded early. */
void JitterBuffer::decode_ahead(size_t count) {
  while (pcm_size_ < count) {
    const Packet* next = held_.first_from(next_number_);
    if (next == nullptr || next->kind != Kind::audio || next->number != next_number_) return;
    if (next->position != next_position_) return;
    decode(*next);
  }
}

// Production.

/** About `count` samples more, or one step towards them. */
void JitterBuffer::produce(size_t count) {
  const Packet* next = held_.first_from(next_number_);
  if (next == nullptr) return playing_ ? run_dry(count) : make_noise(count);
  if (next->kind == Kind::event) return take_silent(*next);
  if (!playing_) {
    if (next->kind == Kind::comfort_noise) return take_silent(*next);
    return begin_playing(*next, count) ? decode(*next) : make_noise(count);
  }
  settle_dry(*next);
  play_from(*next);
}

/** In silence the next words wait until they are at the target, and begin with a slot. */
bool JitterBuffer::begin_playing(const Packet& next, size_t count) {
  if (count < slot_ || !delay_.base_ns() || delay_ns(next.position) < wanted_ns() - kSlackNs) return false;
  settle_dry(next);
  playing_ = true;
  noise_fades_ = true;
  next_position_ = next.position;
  slots_since_stretch_ = 0;
  return true;
}

void JitterBuffer::play_from(const Packet& next) {
  const int64_t gap = next.position - next_position_;
  const bool follows = next.number == next_number_;
  if (gap <= 0 || (follows && gap < static_cast<int64_t>(slot_))) {
    return next.kind == Kind::audio ? decode(next) : take_silent(next);
  }
  if (follows || silence_announced_) return fall_silent(silence_announced_);
  const size_t lost = std::min(static_cast<size_t>(gap), packet_samples_);
  conceal(lost, static_cast<size_t>(gap) <= packet_samples_ && next.kind == Kind::audio ? &next : nullptr);
  next_position_ += static_cast<int64_t>(lost);
  if (concealed_run_ >= kDryIsSilenceMs * static_cast<size_t>(rate_hz_) / 1000) fall_silent(false);
}

/** Digits and comfort noise have no sound of their own. */
void JitterBuffer::take_silent(const Packet& packet) {
  silence_announced_ = true;
  if (packet.kind == Kind::comfort_noise) {
    std::array<uint8_t, rtp::kLongestPayloadBytes> room;
    noise_described_ = noise_.handle_payload(held_.read(packet, room)) || noise_described_;
    if (playing_) fall_silent(true);
  }
  next_number_ = packet.number + 1;
  held_.drop(packet.number);
}

void JitterBuffer::decode(const Packet& packet) {
  std::array<uint8_t, rtp::kLongestPayloadBytes> room;
  const auto payload = held_.read(packet, room);
  const size_t most =
      std::min(kLongestPacketMs * static_cast<size_t>(rate_hz_) / 1000, pcm_.size() - heard_ - pcm_size_);
  const std::span<int16_t> samples = append(most);
  const size_t count = decoder_->decode(payload, samples);
  pcm_size_ -= most - count;
  const std::span<int16_t> fresh = samples.first(count);
  next_number_ = packet.number + 1;
  next_position_ = packet.position + static_cast<int64_t>(count);
  silence_announced_ = false;
  held_.drop(packet.number);
  if (count == 0) {
    // Not decodable: as if it had been lost.
    conceal(packet_samples_, nullptr);
    next_position_ += static_cast<int64_t>(packet_samples_);
    return;
  }
  packet_samples_ = count;
  concealed_run_ = 0;
  concealer_.accept(fresh);
  noise_.listen(fresh);
  if (std::exchange(noise_fades_, false)) fade_noise_out(fresh);
}

/** Under the first words after a silence. */
void JitterBuffer::fade_noise_out(std::span<int16_t> samples) {
  std::array<int16_t, kBlendMs * kWidebandHz / 1000> noise;
  const size_t count = std::min(samples.size(), kBlendMs * static_cast<size_t>(rate_hz_) / 1000);
  noise_.generate(std::span(noise).first(count));
  for (size_t i = 0; i < count; ++i) {
    samples[i] = add(samples[i], noise[i] * static_cast<int>(count - i) / static_cast<int>(count));
  }
}

/** Nothing is there. The time of the sender stands still until it is known what is missing. */
void JitterBuffer::run_dry(size_t count) {
  if (silence_announced_) return fall_silent(true);
  if (dry_ >= static_cast<int64_t>(kDryIsSilenceMs) * rate_hz_ / 1000) return fall_silent(false);
  conceal(count, nullptr);
  dry_ += static_cast<int64_t>(count);
}

/** The next packet is there: what was made up meanwhile stands for what is missing before it. The rest was a wait. */
void JitterBuffer::settle_dry(const Packet& next) {
  if (dry_ == 0) return;
  const int64_t gap = std::max<int64_t>(next.position - next_position_, 0);
  if (gap < dry_ && gap < static_cast<int64_t>(slot_)) ++counts_.underruns;
  next_position_ += std::min(gap, dry_);
  dry_ = 0;
}

void JitterBuffer::conceal(size_t count, const Packet* next) {
  std::array<uint8_t, rtp::kLongestPayloadBytes> room;
  const auto helper = next != nullptr ? held_.read(*next, room) : std::span<const uint8_t>();
  const std::span<int16_t> samples = append(count);
  if (decoder_->conceal(samples, helper)) {
    concealer_.accept(samples);
  } else {
    concealer_.conceal(samples);
  }
  concealed_run_ += count;
  counts_.concealed_samples += count;
}

/** What sounded fades, the noise of the line comes up. */
void JitterBuffer::fall_silent(bool announced) {
  playing_ = false;
  silence_announced_ = announced;
  noise_.begin();
  if (!announced || !noise_described_) noise_.use_background();
}

void JitterBuffer::make_noise(size_t count) {
  const std::span<int16_t> samples = append(count);
  concealer_.conceal(samples);
  std::array<int16_t, kMostSlotSamples> noise;
  noise_.generate(std::span(noise).first(count));
  for (size_t i = 0; i < count; ++i) samples[i] = add(samples[i], noise[i]);
}

std::span<int16_t> JitterBuffer::append(size_t count) {
  const std::span<int16_t> samples = std::span(pcm_).subspan(heard_ + pcm_size_, count);
  pcm_size_ += count;
  return samples;
}

JitterBufferStats JitterBuffer::stats() const {
  JitterBufferStats stats = counts_;
  stats.target_ms = static_cast<double>(delay_.target_ns()) / kNsPerMs;
  const auto held = static_cast<double>(held_.count() * packet_samples_ + pcm_size_);
  stats.level_ms = held * 1000 / rate_hz_;
  return stats;
}

}  // namespace trunkline::engine
