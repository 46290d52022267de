// Any packets in any order at any time and pace into the jitter buffer of every codec. libFuzzer.
#include "../engine/jitter_buffer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codecs.h"

using namespace trunkline;

namespace {

/** Six bytes of what is done next, then a payload. */
struct Step {
  uint8_t payload_type;
  int8_t sequence_step;
  int8_t timestamp_step;
  uint8_t payload_length;
  uint8_t wait;
  uint8_t stream;
};
constexpr size_t kStepBytes = 6;
constexpr int64_t kSlotNs = 20'000'000;

uint8_t payload_type(uint8_t choice) {
  if (choice < 220) return 0;
  return choice < 240 ? 13 : 101;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const engine::RtpRemote remote = fuzz::remote_of(data[0]);
  const auto buffer = engine::JitterBuffer::make(remote);
  std::vector<int16_t> slot(engine::slot_samples(buffer->sample_rate_hz()));
  int64_t now_ns = 1'000'000'000;
  int64_t slot_ns = now_ns;
  rtp::RtpPacket packet;
  std::span<const uint8_t> rest(data + 1, size - 1);
  while (rest.size() >= kStepBytes) {
    const Step step{rest[0], static_cast<int8_t>(rest[1]), static_cast<int8_t>(rest[2]), rest[3], rest[4], rest[5]};
    rest = rest.subspan(kStepBytes);
    const size_t length = std::min<size_t>(size_t{step.payload_length} * 8, rest.size());
    packet.payload_type = payload_type(step.payload_type);
    packet.sequence_number = static_cast<uint16_t>(packet.sequence_number + step.sequence_step);
    // Small steps are packets of 5 ms, the largest jump far.
    const int64_t units =
        std::abs(step.timestamp_step) > 120 ? int64_t{step.timestamp_step} << 20 : step.timestamp_step;
    packet.timestamp += static_cast<uint32_t>(units * remote.codec.clock_rate_hz / 200);
    if (step.stream > 250) packet.ssrc = step.stream;
    packet.payload = rest.first(length);
    if (packet.payload.size() <= rtp::kLongestPayloadBytes) buffer->push(packet, now_ns);
    rest = rest.subspan(length);
    now_ns += (step.wait < 200 ? step.wait % 64 : step.wait * 10) * int64_t{1'000'000};
    for (; slot_ns <= now_ns; slot_ns += kSlotNs) buffer->pull(slot, slot_ns);
  }
  buffer->stats();
  return 0;
}
