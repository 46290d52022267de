#include "impaired_line.h"

#include <cmath>
#include <cstdio>

#include "../rtp/rtp_packet.h"

namespace trunkline::bench {
namespace {

constexpr double kPeriodNs = 20e6;

template <typename Value>
void write_value(std::FILE* file, Value value) {
  std::fwrite(&value, sizeof value, 1, file);
}

}  // namespace

ImpairedLine::ImpairedLine(const LineOptions& options, std::span<const uint8_t> speech)
    : options_(options), speech_(speech), impairment_(options.impairment) {}

int64_t ImpairedLine::departure_ns(uint64_t index) const {
  return begin_ns_ + std::llround(static_cast<double>(index) * kPeriodNs / (1 + options_.skew_ppm * 1e-6));
}

void ImpairedLine::run(int64_t now_ns) {
  while (counts_.sent < speech_.size() / kPacketSamples && departure_ns(counts_.sent) <= now_ns) {
    relay_packet(counts_.sent++);
  }
  while (!in_flight_.empty() && in_flight_.top().due_ns <= now_ns) {
    forward(in_flight_.top().index);
    in_flight_.pop();
  }
  listen();
}

void ImpairedLine::relay_packet(uint64_t index) {
  const Impairment::Fate fate = impairment_.next();
  if (fate.copies == 0) counts_.lost.push_back(index);
  counts_.duplicated += fate.copies == 2 ? 1 : 0;
  for (size_t copy = 0; copy < fate.copies; ++copy) {
    in_flight_.push({departure_ns(index) + std::llround(fate.delays_ms[copy] * 1e6), index});
  }
}

void ImpairedLine::forward(uint64_t index) {
  LoadSocket::Outgoing datagram{
      .payload = speech_.data() + index * kPacketSamples, .payload_bytes = kPacketSamples, .port = engine_port_};
  rtp::serialize_rtp_header({.marker = index == 0,
                             .sequence_number = static_cast<uint16_t>(index),
                             .timestamp = static_cast<uint32_t>(index * kPacketSamples),
                             .ssrc = options_.impairment.seed},
                            datagram.header);
  relay_.send(std::span(&datagram, 1));
}

void ImpairedLine::listen() {
  // What the engine says to the caller is nobody's matter here.
  relay_.receive([](const LoadSocket::Incoming&) {});
  listener_.receive([this](const LoadSocket::Incoming& datagram) {
    const auto packet = rtp::is_rtcp(datagram.bytes) ? std::nullopt : rtp::parse_rtp(datagram.bytes);
    if (!packet) return;
    heard_.push_back({.arrival_ns = datagram.arrival_ns,
                      .timestamp = packet->timestamp,
                      .sequence_number = packet->sequence_number,
                      .payload = {packet->payload.begin(), packet->payload.end()}});
  });
}

bool ImpairedLine::save(const std::string& path) const {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  for (const Heard& packet : heard_) {
    write_value(file, packet.arrival_ns);
    write_value(file, packet.timestamp);
    write_value(file, packet.sequence_number);
    write_value(file, static_cast<uint16_t>(packet.payload.size()));
    std::fwrite(packet.payload.data(), 1, packet.payload.size(), file);
  }
  return std::fclose(file) == 0;
}

}  // namespace trunkline::bench
