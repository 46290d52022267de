#include "callers.h"

#include "../rtp/rtp_packet.h"

namespace trunkline::bench {
namespace {

constexpr double kPacketsPerSecond = 50;
/** Some that the engine sends late may belong to the time before. */
constexpr size_t kSparePackets = 50;

}  // namespace

Callers::Callers(LoadSocket& socket, std::span<const uint8_t> speech, uint32_t seed)
    : socket_(socket), speech_(speech), random_(seed | 1) {}

/** xorshift32: the same calls for the same seed. */
uint32_t Callers::random() {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 17;
  random_ ^= random_ << 5;
  return random_;
}

void Callers::add(uint16_t port) {
  auto caller = std::make_unique<Caller>(Caller{.port = port,
                                                .sequence_number = static_cast<uint16_t>(random()),
                                                .timestamp = random(),
                                                .ssrc = random(),
                                                .position = random() % (speech_.size() / kPacketSamples)});
  by_port_[port] = caller.get();
  slots_[callers_.size() % kSlots].push_back(caller.get());
  callers_.push_back(std::move(caller));
}

void Callers::hang_up() {
  for (auto& slot : slots_) slot.clear();
}

void Callers::send_next_slot() {
  outgoing_.clear();
  for (Caller* caller : slots_[next_slot_]) {
    LoadSocket::Outgoing& datagram = outgoing_.emplace_back();
    rtp::serialize_rtp_header(
        {.sequence_number = caller->sequence_number, .timestamp = caller->timestamp, .ssrc = caller->ssrc},
        datagram.header);
    datagram.payload = speech_.data() + caller->position * kPacketSamples;
    datagram.payload_bytes = kPacketSamples;
    datagram.port = caller->port;
    ++caller->sequence_number;
    caller->timestamp += kPacketSamples;
    caller->position = (caller->position + 1) % (speech_.size() / kPacketSamples);
  }
  sent_ += socket_.send(outgoing_);
  next_slot_ = (next_slot_ + 1) % kSlots;
}

void Callers::receive(int64_t now_ns) {
  socket_.receive([&](const LoadSocket::Incoming& datagram) {
    Caller* caller = by_port_[datagram.port];
    if (!measuring_ || caller == nullptr || rtp::is_rtcp(datagram.bytes)) return;
    const auto packet = rtp::parse_rtp(datagram.bytes);
    if (packet && datagram.arrival_ns >= since_ns_ && datagram.arrival_ns <= now_ns + 1'000'000'000) {
      caller->departures.add(packet->sequence_number, datagram.arrival_ns);
    }
  });
}

void Callers::measure(double seconds, int64_t now_ns) {
  for (const auto& caller : callers_) {
    caller->departures.clear();
    caller->departures.reserve(static_cast<size_t>(seconds * kPacketsPerSecond) + kSparePackets);
  }
  since_ns_ = now_ns;
  measuring_ = true;
}

Report Callers::report(int64_t now_ns) const {
  Report report{.calls = callers_.size(), .seconds = static_cast<double>(now_ns - since_ns_) / 1e9};
  std::vector<float> deviations_ms;
  for (const auto& caller : callers_) {
    const Departures::Counts counts = caller->departures.counts();
    report.received += counts.received;
    report.missing += counts.missing;
    report.duplicates += counts.duplicates;
    caller->departures.append_deviations(deviations_ms);
  }
  report.pacing_ms = percentiles(deviations_ms);
  return report;
}

}  // namespace trunkline::bench
