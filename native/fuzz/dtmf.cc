// Telephone events in any order, and the detectors of keys and tones on arbitrary audio. libFuzzer.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "../dsp/dtmf_keys.h"
#include "../engine/digit_sender.h"
#include "../engine/tone_listener.h"
#include "../rtp/telephone_event.h"

using namespace trunkline;

namespace {

class Check final : public engine::ToneListenerSink {
 public:
  void on_dtmf_tone(const dsp::DtmfTone& tone) override {
    if (dsp::kDtmfKeys.find(tone.key) == std::string_view::npos || tone.duration_ms < 0) std::abort();
  }
  void on_tone(const dsp::HeardTone& tone) override {
    if (tone.duration_ms < 0 || !(tone.hz > 0)) std::abort();
  }
};

/** A byte of payload length, a byte of time in 2 ms and the marker, four of timestamp, the payload. */
void receive_events(std::span<const uint8_t> rest, int clock_rate_hz) {
  rtp::TelephoneEventReceiver receiver(clock_rate_hz);
  int64_t now_ns = 0;
  while (rest.size() >= 6) {
    const size_t length = std::min<size_t>(rest[0] % 12, rest.size() - 6);
    now_ns += rest[1] * int64_t{1'000'000};
    uint32_t timestamp = 0;
    std::memcpy(&timestamp, rest.data() + 2, sizeof timestamp);
    receiver.handle_timeout(now_ns);
    receiver.push(timestamp, rest.subspan(6, length), now_ns, (rest[1] & 1) != 0);
    int digits = 0;
    while (const auto digit = receiver.poll_digit()) {
      if (rtp::kEventKeys.find(digit->key) == std::string_view::npos || !(digit->duration_ms >= 0)) std::abort();
      ++digits;
    }
    if (digits > 3) std::abort();
    rest = rest.subspan(6 + length);
  }
}

/** Samples of 16 bit, or tones whose frequencies and lengths the bytes give: noise alone never gets far. */
void listen(std::span<const uint8_t> bytes, bool wideband, bool tonal) {
  engine::ToneListener listener(wideband ? 16'000 : 8000);
  listener.set({.inband_dtmf = true, .tones = true});
  Check check;
  int64_t now_ns = 0;
  std::array<int16_t, 960> samples;
  while (bytes.size() >= 4) {
    const size_t step = tonal ? 4 : std::min<size_t>(bytes.size(), 320) / 2 * 2;
    size_t count = step / 2;
    if (tonal) {
      count = 1 + bytes[3] * 3;
      const uint32_t low = bytes[0] * 0x0080'0000u;
      const uint32_t high = bytes[1] * 0x0080'0000u;
      for (uint32_t i = 0; i < count; ++i) {
        const auto saw = [i](uint32_t turn) { return static_cast<int32_t>(turn * i) >> 20; };
        samples[i] = static_cast<int16_t>((saw(low) + saw(high)) * (bytes[2] / 16));
      }
    } else {
      std::memcpy(samples.data(), bytes.data(), step);
    }
    now_ns += static_cast<int64_t>(count) * 125'000;
    listener.push(std::span(samples).first(count), now_ns, check);
    bytes = bytes.subspan(step);
  }
}

void send_keys(std::span<const uint8_t> bytes) {
  engine::DigitSender digits(8000);
  std::array<int16_t, 160> slot;
  uint32_t timestamp = 0;
  for (const uint8_t byte : bytes) {
    if (byte < 64) {
      const auto mode = byte % 2 == 0 ? engine::DigitMode::inband : engine::DigitMode::rfc4733;
      digits.press({rtp::kEventKeys[byte % 16], mode, byte * uint32_t{40}, byte * uint32_t{5}});
    } else if (byte < 72) {
      digits.connect(byte % 4 == 0 ? std::nullopt : std::optional(byte % 4 == 1 ? 8000 : 48'000));
    } else {
      digits.fill(slot);
      digits.next_packet(timestamp += byte, byte * 20u);
      digits.take_sent();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::span<const uint8_t> rest(data + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      receive_events(rest, 8000);
      break;
    case 1:
      receive_events(rest, 48'000);
      break;
    case 2:
      send_keys(rest);
      break;
    default:
      listen(rest, (data[0] & 8) != 0, data[0] % 2 == 0);
      break;
  }
  return 0;
}
