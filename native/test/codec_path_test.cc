// Every codec through the whole way out and in: SendPath, datagrams, ReceivePath.
#include <memory>
#include <vector>

#include "../engine/receive_path.h"
#include "../engine/send_path.h"
#include "check.h"
#include "test_signals.h"

using namespace trunkline;
using codec::CodecId;
using codec::CodecSpec;

namespace {

constexpr int64_t kMs = 1'000'000;
const rtp::Endpoint kPeer = *rtp::Endpoint::parse("192.0.2.1", 4000);
constexpr CodecSpec kCodecs[] = {
    {CodecId::pcmu, 8000, 8000},   {CodecId::pcma, 8000, 8000},  {CodecId::g722, 16000, 8000},
    {CodecId::opus, 16000, 48000}, {CodecId::opus, 8000, 48000}, {CodecId::l16, 8000, 8000},
    {CodecId::l16, 16000, 16000},
};
constexpr int kRates[] = {8000, 16000};

using Pcm = std::vector<int16_t>;
using Datagram = std::vector<uint8_t>;

engine::RtpRemote remote(const CodecSpec& codec, int ptime_ms = 20) {
  return {.endpoint = kPeer, .codec = codec, .payload_type = 96, .ptime_ms = ptime_ms};
}

struct Wire final : engine::DatagramSink {
  void on_datagram(std::span<uint8_t> datagram) override { datagrams.emplace_back(datagram.begin(), datagram.end()); }
  std::vector<Datagram> datagrams;
};

std::vector<Datagram> send(const Pcm& pcm, int session_hz, const CodecSpec& codec, int ptime_ms = 20) {
  Wire wire;
  const auto connection = engine::Connection::make(remote(codec, ptime_ms), session_hz);
  engine::DigitSender digits(session_hz);
  engine::SendPath path(session_hz, digits, wire);
  path.connect(*connection);
  const size_t slot = engine::slot_samples(session_hz);
  uint64_t tick = 0;
  for (size_t at = 0; at + slot <= pcm.size(); at += slot) {
    path.push(std::span(pcm).subspan(at, slot), tick);
    for (int i = 0; i < 4; ++i) path.handle_tick(++tick);
  }
  return wire.datagrams;
}

struct Ear final : engine::ReceiveSink {
  explicit Ear(int session_hz, const CodecSpec& codec)
      : connection(engine::Connection::make(remote(codec), session_hz)), path(session_hz, *this) {
    path.connect(*connection, 0);
  }
  void on_audio(std::span<const int16_t> samples, int64_t) override {
    heard.insert(heard.end(), samples.begin(), samples.end());
  }
  void on_digit(const rtp::Digit&) override {}
  void on_latched(const rtp::Endpoint&) override {}
  void receive(Datagram datagram, int64_t at_ms) { path.handle_datagram(datagram, kPeer, at_ms * kMs); }

  std::unique_ptr<engine::Connection> connection;
  engine::ReceivePath path;
  Pcm heard;
};

Pcm receive(const std::vector<Datagram>& datagrams, int session_hz, const CodecSpec& codec, int ptime_ms = 20) {
  Ear ear(session_hz, codec);
  int64_t at_ms = 0;
  for (const Datagram& datagram : datagrams) ear.receive(datagram, at_ms += ptime_ms);
  CHECK(ear.path.counts().lost == 0 && ear.path.drops().total() == 0);
  return ear.heard;
}

/** What of `frequency_hz` is in there, in dB. */
double tone_db(std::span<const int16_t> pcm, double frequency_hz, int rate_hz) {
  double real = 0;
  double imaginary = 0;
  for (size_t i = 0; i < pcm.size(); ++i) {
    const double angle = 2 * std::numbers::pi * frequency_hz * static_cast<double>(i) / rate_hz;
    real += pcm[i] * std::cos(angle);
    imaginary += pcm[i] * std::sin(angle);
  }
  const double n = static_cast<double>(pcm.size());
  return 10 * std::log10(2 * (real * real + imaginary * imaginary) / (n * n) + 1e-9);
}

uint32_t timestamp_step(const std::vector<Datagram>& datagrams) {
  return rtp::parse_rtp(datagrams[1])->timestamp - rtp::parse_rtp(datagrams[0])->timestamp;
}

}  // namespace

TEST("every codec carries a tone at its own rate and at the other of the session") {
  for (const CodecSpec& codec : kCodecs) {
    for (const int session_hz : kRates) {
      const Pcm pcm = test::sine(1000, session_hz, static_cast<size_t>(session_hz), 8000);
      const Pcm heard = receive(send(pcm, session_hz, codec), session_hz, codec);
      CHECK(heard.size() == pcm.size());
      const auto middle = std::span(heard).subspan(heard.size() / 2);
      CHECK(std::abs(tone_db(middle, 1000, session_hz) - 75.05) < 1.5);
    }
  }
}

TEST("above 4 kHz is heard where codec and session have 16 kHz, and nothing of it elsewhere") {
  for (const CodecSpec& codec : kCodecs) {
    const Pcm pcm = test::sine(6000, 16000, 16000, 8000);
    const auto heard = receive(send(pcm, 16000, codec), 16000, codec);
    const double level_db = test::level_db(std::span(heard).subspan(8000));
    // Opus decides by itself at which rate it codes.
    const bool wide = codec.sample_rate_hz == 16000 || codec.id == CodecId::opus;
    CHECK(wide ? level_db > 70 : level_db < 20);
  }
}

TEST("timestamps advance by the RTP clock of the codec, whatever the session's rate") {
  for (const CodecSpec& codec : kCodecs) {
    for (const int session_hz : kRates) {
      for (const int ptime_ms : {10, 20, 30, 40, 50, 60}) {
        const auto datagrams = send(Pcm(static_cast<size_t>(session_hz)), session_hz, codec, ptime_ms);
        CHECK(timestamp_step(datagrams) == static_cast<uint32_t>(codec.clock_rate_hz * ptime_ms / 1000));
        CHECK(datagrams.size() >= static_cast<size_t>(1000 / ptime_ms - 1));
      }
    }
  }
}

TEST("packets of another length than agreed are heard whole") {
  for (const CodecSpec& codec : kCodecs) {
    const int session_hz = codec.sample_rate_hz;
    const Pcm pcm = test::sine(1000, session_hz, static_cast<size_t>(session_hz * 12 / 10), 8000);
    for (const int ptime_ms : {10, 30, 40, 50, 60}) {
      const auto datagrams = send(pcm, session_hz, codec, ptime_ms);
      const Pcm heard = receive(datagrams, session_hz, codec, ptime_ms);
      CHECK(heard.size() == datagrams.size() * static_cast<size_t>(session_hz * ptime_ms / 1000));
      CHECK(std::abs(tone_db(std::span(heard).subspan(heard.size() / 2), 1000, session_hz) - 75.05) < 1.5);
    }
  }
}

TEST("a packet that Opus lost comes from the one behind it") {
  const CodecSpec codec{CodecId::opus, 16000, 48000};
  const auto datagrams = send(test::speech(1, 16000, 96000), 16000, codec);
  const Pcm whole = receive(datagrams, 16000, codec);
  Ear ear(16000, codec);
  for (size_t i = 0; i < datagrams.size(); ++i) {
    if (i % 10 != 5) ear.receive(datagrams[i], static_cast<int64_t>(20 * i));
    if (i % 10 == 6) ear.path.handle_timeout(static_cast<int64_t>(20 * i + 100) * kMs);
  }
  CHECK(ear.path.counts().lost == datagrams.size() / 10);
  CHECK(ear.heard.size() == whole.size());
  Pcm meant, repaired;
  for (size_t at = 5 * 320; at + 320 <= ear.heard.size(); at += 3200) {
    meant.insert(meant.end(), whole.begin() + static_cast<ptrdiff_t>(at),
                 whole.begin() + static_cast<ptrdiff_t>(at + 320));
    repaired.insert(repaired.end(), ear.heard.begin() + static_cast<ptrdiff_t>(at),
                    ear.heard.begin() + static_cast<ptrdiff_t>(at + 320));
  }
  CHECK(test::signal_to_noise_db(meant, repaired) > 6);
}

TEST("what an Opus sender in DTX does not send is not lost") {
  const CodecSpec codec{CodecId::opus, 16000, 48000};
  const auto datagrams = send(test::speech(2, 16000, 32000), 16000, codec);
  Ear ear(16000, codec);
  Pcm slot(320);
  int64_t at_ms = 0;
  for (size_t i = 0; i < datagrams.size(); ++i) {
    // 400 ms of nothing after every tenth packet; numbers go on, time has passed.
    if (i % 10 == 0) at_ms += 400;
    ear.receive(datagrams[i], at_ms += 20);
    ear.path.handle_timeout(at_ms * kMs);
    ear.path.take_heard(slot, at_ms * kMs);
  }
  CHECK(ear.path.counts().lost == 0 && ear.path.counts().late == 0 && ear.path.counts().concealed_samples == 0);
  CHECK(ear.heard.size() == 32000);
}

TEST("a new agreement on the same codec does not interrupt it, one on another takes over") {
  for (const CodecSpec& codec : {kCodecs[2], kCodecs[3]}) {
    const auto former = engine::Connection::make(remote(codec), 16000);
    const auto next = engine::Connection::make(remote(codec), 16000);
    const auto* const decoder = former->decoder.get();
    const auto* const encoder = former->encoder.get();
    next->go_on_from(*former);
    CHECK(next->decoder.get() == decoder && next->encoder.get() == encoder);
    const auto other = engine::Connection::make(remote(kCodecs[0]), 16000);
    other->go_on_from(*next);
    CHECK(next->decoder.get() == decoder && other->decoder.get() != decoder);
    CHECK(other->decoder->sample_rate_hz() == 16000);
  }
}
