#include "session_values.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "../engine/background_library.h"

namespace trunkline::binding {
namespace {

codec::CodecSpec codec_spec(const std::string& name, int sample_rate_hz) {
  using codec::CodecId;
  if (name == "PCMA") return {CodecId::pcma, 8000, 8000};
  if (name == "G722") return {CodecId::g722, 16000, 8000};
  if (name == "opus") return {CodecId::opus, sample_rate_hz, 48000};
  if (name == "L16") return {CodecId::l16, sample_rate_hz, sample_rate_hz};
  return {CodecId::pcmu, 8000, 8000};
}

std::optional<uint8_t> payload_type(const Properties& remote, const char* name) {
  if (!remote.present(name)) return std::nullopt;
  return static_cast<uint8_t>(remote.u32(name));
}

std::optional<engine::SrtpAgreement> srtp_agreement(const Properties& remote) {
  if (!remote.present("srtp")) return std::nullopt;
  const Properties srtp = remote.object("srtp");
  const auto suite = rtp::srtp_suite(srtp.text("suite"));
  // An agreement without keys makes no connection: never plain RTP in its place.
  if (!suite) return engine::SrtpAgreement{};
  return engine::SrtpAgreement(*suite, srtp.bytes("sendKey"), srtp.bytes("receiveKey"));
}

}  // namespace

engine::SessionOptions session_options(const Properties& options) {
  engine::SessionOptions read;
  read.rtp_timeout_ms = options.number("rtpTimeoutMs");
  read.beside = options.u32("beside");
  read.listening = listening_options(options);
  return read;
}

engine::ListeningOptions listening_options(const Properties& options) {
  const Properties vad = options.object("vad");
  const Properties reflex = options.object("reflex");
  engine::ListeningOptions read;
  read.duck_db = options.number("duckDb");
  read.vad.on_threshold = static_cast<float>(vad.number("onThreshold"));
  read.vad.off_threshold = static_cast<float>(vad.number("offThreshold"));
  read.vad.confirm_frames = static_cast<int>(vad.u32("confirmFrames"));
  read.vad.end_frames = static_cast<int>(vad.u32("endFrames"));
  read.reflex.threshold = static_cast<float>(reflex.number("threshold"));
  read.reflex.frames = static_cast<int>(reflex.u32("frames"));
  return read;
}

engine::Background background(const Properties& sound) {
  using dsp::BackgroundKind;
  static constexpr std::pair<std::string_view, BackgroundKind> kKinds[] = {
      {"office", BackgroundKind::office},     {"cafe", BackgroundKind::cafe},
      {"street", BackgroundKind::street},     {"call_center", BackgroundKind::call_centre},
      {"keyboard", BackgroundKind::keyboard},
  };
  const std::string name = sound.text("sound");
  const double gain_db = sound.number("levelDbfs") - dsp::kBackgroundLoopDbfs;
  for (const auto& [known, kind] : kKinds) {
    if (name != known) continue;
    return {&engine::BackgroundLibrary::of_process().loop(kind), static_cast<float>(std::pow(10, gain_db / 20))};
  }
  return {};
}

engine::AgentRoute agent_route(const std::string& heard_by) {
  return {.to_own_peer = heard_by == "own" || heard_by == "both",
          .to_other_peer = heard_by == "other" || heard_by == "both"};
}

std::optional<engine::RtpRemote> rtp_remote(const Properties& remote) {
  const auto endpoint = rtp::Endpoint::parse(remote.text("address"), remote.u16("port"));
  if (!endpoint) return std::nullopt;
  return engine::RtpRemote{
      .endpoint = *endpoint,
      .codec = codec_spec(remote.text("codec"), static_cast<int>(remote.u32("sampleRateHz"))),
      .payload_type = static_cast<uint8_t>(remote.u32("payloadType")),
      .ptime_ms = static_cast<int>(remote.u32("ptimeMs")),
      .telephone_event_payload_type = payload_type(remote, "telephoneEventPayloadType"),
      .telephone_event_clock_rate_hz =
          static_cast<int>(remote.present("telephoneEventClockRateHz") ? remote.u32("telephoneEventClockRateHz") : 0),
      .comfort_noise_payload_type = payload_type(remote, "comfortNoisePayloadType"),
      .offered_payload_type = payload_type(remote, "offeredPayloadType"),
      .offered_telephone_event_payload_type = payload_type(remote, "offeredTelephoneEventPayloadType"),
      .rtcp_mux = remote.boolean("rtcpMux"),
      .strict_address = remote.boolean("strictAddress"),
      .srtp = srtp_agreement(remote),
  };
}

engine::KeyPress key_press(const Properties& options) {
  engine::KeyPress press;
  press.mode = options.text("mode") == "inband" ? engine::DigitMode::inband : engine::DigitMode::rfc4733;
  press.duration_ms = options.u32("durationMs");
  press.gap_ms = options.u32("gapMs");
  return press;
}

engine::Detection detection(const Properties& options) {
  return {.inband_dtmf = options.boolean("inbandDtmf"), .tones = options.boolean("tones")};
}

}  // namespace trunkline::binding
