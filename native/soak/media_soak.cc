// Sessions of the engine that are opened, misused and closed at random, for the sanitizers to watch: pairs that talk to
// each other over real sockets, with codecs, SRTP, recordings, bridges and playouts that change under way, and noise on
// every port.
//   media_soak [SESSIONS=300] [SEED=1]

#include <dirent.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../engine/clock.h"
#include "../engine/media_engine.h"

extern "C" size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

using namespace trunkline;
using codec::CodecId;

namespace {

constexpr uint16_t kFirstPort = 43'000;
constexpr uint16_t kLastPort = 43'999;
constexpr size_t kAtOnce = 60;
constexpr int64_t kStepNs = 5 * engine::kNsPerMs;
constexpr int kNoisePerStep = 20;
const rtp::Endpoint kLoopback = *rtp::Endpoint::parse("127.0.0.1", 0);

const codec::CodecSpec kCodecs[] = {{CodecId::pcmu, 8000, 8000},   {CodecId::pcma, 8000, 8000},
                                    {CodecId::g722, 16'000, 8000}, {CodecId::opus, 16'000, 48'000},
                                    {CodecId::l16, 8000, 8000},    {CodecId::l16, 16'000, 16'000}};
constexpr int kRatesHz[] = {8000, 16'000, 22'050, 24'000, 44'100, 48'000};
constexpr int kPtimesMs[] = {10, 20, 30, 40, 60};

/** What the program holds of the allocator: what nobody has freed. */
size_t live_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  return mallinfo2().uordblks;
}

int open_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

class NoBell final : public engine::WakeUp {
 public:
  void wake() override {}
};

class Soak final : public engine::HandUp {
 public:
  Soak(size_t sessions, uint32_t seed) : left_(sessions), total_(sessions), next_report_(sessions), random_(seed) {
    char folder[] = "/tmp/trunkline-soak-XXXXXX";
    folder_ = mkdtemp(folder);
    engine::EngineOptions options{.host = kLoopback, .port_first = kFirstPort, .port_last = kLastPort};
    options.threads = 2;
    engine_ = engine::MediaEngine::create(options, nullptr, bell_);
    noise_ = engine::UdpSocket::bind(kLoopback);
  }

  /** Whether everything has ended as it should have. */
  bool run() {
    while (left_ > 0 || engine_->busy()) {
      step();
      const timespec pause{0, kStepNs};
      nanosleep(&pause, nullptr);
      engine_->drain(*this);
      if (left_ > 0 && left_ < next_report_) report();
    }
    report();
    const engine::EngineStats stats = engine_->stats();
    engine_->stop();
    engine_->drain(*this);
    for (const std::string& path : recordings_) unlink(path.c_str());
    rmdir(folder_.c_str());
    std::printf("%llu sessions, %zu recordings, %zu ended, %zu ports free\n",
                static_cast<unsigned long long>(stats.sessions_total), recordings_begun_, recordings_ended_,
                stats.ports_free);
    return recordings_begun_ == recordings_ended_ && stats.ports_free == (kLastPort - kFirstPort + 1) / 2;
  }

  void on_audio(const engine::AudioRecord&) override {}
  void on_event(const engine::Event& event) override {
    if (event.type == engine::EventType::recording_ended) ++recordings_ended_;
  }

 private:
  struct Call {
    engine::MediaEngine::Opened leg;
    engine::MediaEngine::Opened other;
    int64_t end_ns;
    uint32_t playouts = 0;
  };

  /** At each tenth. Sessions that are up count; at the end there are none. */
  void report() {
    std::printf("%6zu sessions to come: %zu KB live\n", left_, live_bytes() / 1024);
    next_report_ = left_ - std::min(left_, total_ / 10);
  }

  uint32_t below(uint32_t bound) { return random_() % bound; }
  bool one_in(uint32_t times) { return below(times) == 0; }

  void step() {
    const int64_t now_ns = engine::monotonic_ns();
    while (left_ > 0 && calls_.size() < kAtOnce) open(now_ns);
    std::erase_if(calls_, [&](const Call& call) { return call.end_ns <= now_ns && (close(call), true); });
    for (Call& call : calls_) {
      if (one_in(10)) act(call);
    }
    for (int i = 0; i < kNoisePerStep; ++i) make_noise();
  }

  void open(int64_t now_ns) {
    const auto leg = engine_->open({.rtp_timeout_ms = 200, .duck_db = -12});
    const auto other = engine_->open({.beside = leg->id});
    left_ -= std::min<size_t>(left_, 2);
    calls_.push_back({*leg, *other, now_ns + static_cast<int64_t>(below(1500)) * engine::kNsPerMs});
    if (!one_in(20)) connect(calls_.back());
  }

  void close(const Call& call) {
    engine_->close(call.leg.id);
    engine_->close(call.other.id);
  }

  void connect(const Call& call) {
    engine::RtpRemote remote;
    remote.codec = kCodecs[below(std::size(kCodecs))];
    remote.payload_type = static_cast<uint8_t>(one_in(2) ? 96 + below(3) : 0);
    remote.telephone_event_payload_type = 101;
    remote.comfort_noise_payload_type = 13;
    remote.ptime_ms = kPtimesMs[below(std::size(kPtimesMs))];
    remote.rtcp_mux = one_in(2);
    if (one_in(4)) {
      std::vector<uint8_t> mine(30, static_cast<uint8_t>(random_()));
      std::vector<uint8_t> theirs(30, one_in(2) ? mine[0] : static_cast<uint8_t>(random_()));
      remote.srtp.emplace(rtp::SrtpSuite::aes_cm_128_hmac_sha1_80, mine, theirs);
    }
    remote.endpoint = kLoopback.with_port(call.other.rtp_port);
    engine_->connect(call.leg.id, remote);
    remote.endpoint = kLoopback.with_port(call.leg.rtp_port);
    engine_->connect(call.other.id, remote);
  }

  void act(Call& call) {
    const uint32_t id = one_in(2) ? call.leg.id : call.other.id;
    switch (below(14)) {
      case 0:
        return connect(call);
      case 1:
        return record(id);
      case 2:
        return engine_->pause_recording(id, one_in(2));
      case 3:
        return engine_->stop_recording(id);
      case 4:
        engine_->bridge(call.leg.id, call.other.id, {one_in(2), one_in(2)});
        return;
      case 5:
        return engine_->unbridge(id);
      case 6:
        return engine_->flush(id);
      case 7:
        return engine_->command(id, engine::Command::Type::pause);
      case 8:
        return engine_->command(id, engine::Command::Type::resume);
      case 9:
        return engine_->command(id, engine::Command::Type::release);
      default:
        return play(id, ++call.playouts);
    }
  }

  void play(uint32_t id, uint32_t playout) {
    const int rate_hz = kRatesHz[below(std::size(kRatesHz))];
    for (uint32_t chunks = below(4); chunks > 0; --chunks) {
      engine_->write(id, playout, std::vector<int16_t>(below(20'000), static_cast<int16_t>(random_())), rate_hz);
      engine_->mark(id, playout, chunks);
    }
    if (!one_in(3)) engine_->finish(id, playout);
  }

  void record(uint32_t id) {
    const bool nowhere = one_in(10);
    const std::string path = folder_ + (nowhere ? "/none/" : "/") + std::to_string(recordings_begun_);
    if (!engine_->start_recording(id, path)) return;
    ++recordings_begun_;
    if (!nowhere) recordings_.push_back(path);
  }

  void make_noise() {
    uint8_t bytes[600];
    const size_t length = below(sizeof bytes);
    for (size_t i = 0; i < length; ++i) bytes[i] = static_cast<uint8_t>(random_());
    if (length > 0 && one_in(2)) bytes[0] = 0x80;
    const auto port = static_cast<uint16_t>(kFirstPort + below(4 * kAtOnce));
    noise_->send(std::span(bytes).first(length), kLoopback.with_port(port));
  }

  size_t left_;
  const size_t total_;
  size_t next_report_;
  std::minstd_rand random_;
  NoBell bell_;
  std::unique_ptr<engine::MediaEngine> engine_;
  std::optional<engine::UdpSocket> noise_;
  std::string folder_;
  std::vector<Call> calls_;
  std::vector<std::string> recordings_;
  size_t recordings_begun_ = 0;
  size_t recordings_ended_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  const size_t sessions = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 300;
  const auto seed = static_cast<uint32_t>(count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1);
  const int descriptors = open_descriptors();
  const bool good = Soak(sessions, seed).run();
  const int left = open_descriptors() - descriptors;
  if (left > 0) std::printf("%d descriptors are left\n", left);
  return good && left == 0 ? 0 : 1;
}
