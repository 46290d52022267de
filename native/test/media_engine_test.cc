#include "../engine/media_engine.h"

#include <dirent.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "../engine/clock.h"
#include "../rtp/rtcp_packet.h"
#include "check.h"
#include "rtp_datagram.h"

using namespace trunkline;
using engine::EventType;

namespace {

constexpr uint16_t kFirstPort = 42'000;
const rtp::Endpoint kLoopback = *rtp::Endpoint::parse("127.0.0.1", 0);

class Bell final : public engine::WakeUp {
 public:
  void wake() override {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    condition_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rung_ = false;
};

/** An engine without voice detection, driven as the binding drives it. */
class Harness final : public engine::HandUp {
 public:
  explicit Harness(uint16_t last_port = kFirstPort + 15, int threads = 1) {
    engine::EngineOptions options{.host = kLoopback, .port_first = kFirstPort, .port_last = last_port};
    options.threads = threads;
    options.audio_records = 64;
    options.audio_records_per_session = 0;
    engine = engine::MediaEngine::create(options, nullptr, bell);
  }

  void on_audio(const engine::AudioRecord& record) override {
    ++slots[record.session_id];
    CHECK(!closed(record.session_id));
  }
  void on_event(const engine::Event& event) override {
    CHECK(!closed(event.session_id));
    events.push_back(event);
  }

  template <typename Condition>
  void drain_until(Condition condition) {
    while (!condition()) {
      bell.wait();
      engine->drain(*this);
    }
  }
  const engine::Event* find(uint32_t session, EventType type) const {
    for (const engine::Event& event : events) {
      if (event.session_id == session && event.type == type) return &event;
    }
    return nullptr;
  }
  bool closed(uint32_t session) const { return find(session, EventType::closed) != nullptr; }

  void close(uint32_t session) {
    engine->close(session);
    drain_until([&] { return closed(session); });
  }

  Bell bell;
  std::vector<engine::Event> events;
  std::map<uint32_t, int> slots;
  std::unique_ptr<engine::MediaEngine> engine;
};

engine::UdpSocket any_socket(uint16_t& port) {
  auto socket = engine::UdpSocket::bind(kLoopback);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(socket->fd(), reinterpret_cast<sockaddr*>(&address), &size);
  port = rtp::Endpoint(address).port();
  return std::move(*socket);
}

int open_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

std::vector<uint8_t> next_datagram(const engine::UdpSocket& socket) {
  while (true) {
    pollfd readable{socket.fd(), POLLIN, 0};
    poll(&readable, 1, -1);
    std::vector<uint8_t> bytes(1500);
    const ssize_t length = recv(socket.fd(), bytes.data(), bytes.size(), 0);
    if (length < 0) continue;
    bytes.resize(static_cast<size_t>(length));
    return bytes;
  }
}

}  // namespace

TEST("sessions open, send, play, and close with their counts") {
  Harness harness;
  uint16_t peer_port = 0;
  const engine::UdpSocket peer = any_socket(peer_port);
  const auto opened = harness.engine->open({});
  CHECK(opened && opened->rtp_port % 2 == 0);
  harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(peer_port)});
  harness.engine->write(opened->id, 1, std::vector<int16_t>(2400, 1000), 24'000);
  harness.engine->finish(opened->id, 1);
  harness.drain_until([&] { return harness.find(opened->id, EventType::playout_completed) != nullptr; });
  CHECK(harness.find(opened->id, EventType::playout_completed)->values[1] == 100);
  CHECK(next_datagram(peer).size() == 172);
  harness.close(opened->id);
  CHECK(harness.find(opened->id, EventType::closed)->values[1] >= 5);
  CHECK(harness.engine->stats().sessions_open == 0);
}

TEST("the kernel's receive stamp is on the monotonic clock") {
  uint16_t port = 0;
  const engine::UdpSocket receiver = any_socket(port);
  uint16_t other = 0;
  const engine::UdpSocket sender = any_socket(other);
  const int64_t before_ns = engine::monotonic_ns();
  sender.send(test::rtp_datagram(1, 1), kLoopback.with_port(port));
  engine::ReceiveBatch batch;
  const auto datagrams = batch.receive(receiver);
  CHECK(datagrams.size() == 1);
  CHECK(datagrams[0].source.port() == other);
  CHECK(datagrams[0].arrival_ns > before_ns - 1'000'000);
  CHECK(datagrams[0].arrival_ns <= engine::monotonic_ns());
  CHECK(batch.receive(receiver).empty());
}

TEST("close says BYE on the port above (RFC 3550 6.6)") {
  Harness harness;
  std::optional<engine::PortPair> pair = engine::PortPool(kLoopback, 42'100, 42'199).open(0);
  const auto opened = harness.engine->open({});
  harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(pair->rtp_port)});
  harness.drain_until([&] { return harness.slots[opened->id] > 2; });
  harness.close(opened->id);
  const auto summary = rtp::parse_rtcp(next_datagram(pair->rtcp), 0);
  CHECK(summary && summary->bye && summary->sender_info && summary->sender_info->packets >= 3);
}

TEST("with rtcp-mux the BYE comes from the RTP port to the RTP port (RFC 5761)") {
  Harness harness;
  uint16_t peer_port = 0;
  const engine::UdpSocket peer = any_socket(peer_port);
  const auto opened = harness.engine->open({});
  harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(peer_port), .rtcp_mux = true});
  harness.drain_until([&] { return harness.slots[opened->id] > 2; });
  harness.close(opened->id);
  std::vector<uint8_t> datagram = next_datagram(peer);
  while (!rtp::is_rtcp(datagram)) datagram = next_datagram(peer);
  CHECK(rtp::parse_rtcp(datagram, 0)->bye);
}

TEST("ports run out, and the one freed longest ago is the next") {
  Harness harness(kFirstPort + 3);
  const auto first = harness.engine->open({});
  const auto second = harness.engine->open({});
  CHECK(first && second && !harness.engine->open({}));
  harness.close(second->id);
  harness.close(first->id);
  CHECK(harness.engine->stats().ports_free == 2);
  CHECK(harness.engine->open({})->rtp_port == second->rtp_port);
  CHECK(harness.engine->open({})->rtp_port == first->rtp_port);
}

TEST("a pair that somebody else has bound is passed over") {
  const auto taken = engine::UdpSocket::bind(kLoopback.with_port(kFirstPort + 1));
  Harness harness(kFirstPort + 3);
  CHECK(harness.engine->open({})->rtp_port == kFirstPort + 2);
  CHECK(!harness.engine->open({}));
}

TEST("commands to a closed, closing or unknown session do nothing") {
  Harness harness;
  const auto opened = harness.engine->open({});
  harness.engine->close(opened->id);
  harness.engine->write(opened->id, 1, std::vector<int16_t>(160), 8000);
  harness.engine->close(opened->id);
  harness.drain_until([&] { return harness.closed(opened->id); });
  for (const uint32_t id : {opened->id, 999u}) {
    harness.engine->connect(id, {.endpoint = kLoopback.with_port(9)});
    harness.engine->mark(id, 1, 1);
    harness.engine->finish(id, 1);
    harness.engine->flush(id);
  }
  CHECK(harness.events.size() == 1);
}

TEST("stop closes every session, and calls after it do nothing") {
  Harness harness(kFirstPort + 15, 2);
  std::vector<uint32_t> ids;
  for (int i = 0; i < 8; ++i) ids.push_back(harness.engine->open({})->id);
  for (const uint32_t id : ids) {
    harness.engine->connect(id, {.endpoint = kLoopback.with_port(9)});
    harness.engine->write(id, 1, std::vector<int16_t>(8000, 1), 8000);
  }
  harness.engine->stop();
  harness.engine->flush(ids[0]);
  CHECK(!harness.engine->open({}));
  harness.engine->drain(harness);
  for (const uint32_t id : ids) CHECK(harness.closed(id));
  CHECK(harness.engine->stats().sessions_open == 0 && harness.engine->stats().ports_free == 8);
}

TEST("an engine that is dropped with sessions open, unread events and unheard audio leaves nothing") {
  const int before = open_descriptors();
  {
    Harness harness(kFirstPort + 15, 2);
    for (int i = 0; i < 4; ++i) {
      const auto opened = harness.engine->open({});
      harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(9)});
      harness.engine->write(opened->id, 1, std::vector<int16_t>(48'000, 1), 48'000);
      harness.engine->mark(opened->id, 1, 1);
    }
  }
  CHECK(open_descriptors() == before);
}

TEST("200 sessions opened, used and closed at random leave no descriptor and no session") {
  const int before = open_descriptors();
  {
    Harness harness(kFirstPort + 31, 2);
    const int with_engine = open_descriptors();
    std::vector<uint32_t> open;
    for (int i = 0; i < 200; ++i) {
      const auto opened = harness.engine->open({});
      harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(9)});
      harness.engine->write(opened->id, 1, std::vector<int16_t>(500, 1), 16'000);
      if (i % 3 == 0) harness.engine->flush(opened->id);
      open.push_back(opened->id);
      if (open.size() < 8) continue;
      harness.close(open[static_cast<size_t>(i) * 7 % open.size()]);
      std::erase_if(open, [&](uint32_t id) { return harness.closed(id); });
    }
    for (const uint32_t id : open) harness.close(id);
    CHECK(harness.engine->stats().sessions_open == 0 && harness.engine->stats().sessions_total == 200);
    CHECK(open_descriptors() == with_engine);
  }
  CHECK(open_descriptors() == before);
}

TEST("bridges come, change and go in any order, with the sessions or before them") {
  Harness harness(kFirstPort + 63, 2);
  uint32_t random = 7;
  const auto next = [&random](uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % below;
  };
  std::vector<uint32_t> ids;
  for (int step = 0; step < 600; ++step) {
    if (ids.size() < 8) {
      const uint32_t beside = ids.empty() ? 0 : ids[next(static_cast<uint32_t>(ids.size()))];
      const auto opened = harness.engine->open({.beside = beside});
      CHECK(opened.has_value());
      harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(9)});
      ids.push_back(opened->id);
    }
    const uint32_t one = ids[next(static_cast<uint32_t>(ids.size()))];
    const uint32_t other = ids[next(static_cast<uint32_t>(ids.size()))];
    switch (next(4)) {
      case 0:
      case 1:
        harness.engine->bridge(one, other, {.to_own_peer = next(2) == 0, .to_other_peer = next(2) == 0});
        break;
      case 2:
        harness.engine->unbridge(one);
        break;
      default:
        harness.close(one);
        std::erase(ids, one);
    }
  }
  for (const uint32_t id : ids) harness.close(id);
  CHECK(harness.engine->sessions_open() == 0);
}

TEST("a session cannot be bridged with itself, before it is connected, or across threads") {
  Harness harness(kFirstPort + 15, 2);
  const auto first = harness.engine->open({});
  const auto elsewhere = harness.engine->open({});
  const auto beside = harness.engine->open({.beside = first->id});
  CHECK(!harness.engine->bridge(first->id, beside->id, {}));
  for (const auto& opened : {first, elsewhere, beside}) {
    harness.engine->connect(opened->id, {.endpoint = kLoopback.with_port(9)});
  }
  CHECK(!harness.engine->bridge(first->id, first->id, {}));
  CHECK(!harness.engine->bridge(first->id, elsewhere->id, {}));
  CHECK(harness.engine->bridge(first->id, beside->id, {}));
  for (const auto& opened : {first, elsewhere, beside}) harness.close(opened->id);
}

TEST("calls with a second leg beside the first spread over all threads") {
  Harness harness(kFirstPort + 15, 2);
  std::vector<uint32_t> ids;
  for (int call = 0; call < 2; ++call) {
    ids.push_back(harness.engine->open({})->id);
    ids.push_back(harness.engine->open({.beside = ids.back()})->id);
  }
  for (const uint32_t id : ids) harness.engine->connect(id, {.endpoint = kLoopback.with_port(9)});
  CHECK(!harness.engine->bridge(ids[0], ids[2], {}));
  for (const uint32_t id : ids) harness.close(id);
}

TEST("a session that closed while a child process has its sockets is not served again") {
  Harness harness;
  const auto other = harness.engine->open({});
  harness.engine->connect(other->id, {.endpoint = kLoopback.with_port(9)});
  const auto opened = harness.engine->open({});
  int ends[2];
  CHECK(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    ::close(ends[1]);
    char byte = 0;
    _exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
  }
  harness.close(opened->id);
  uint16_t port = 0;
  any_socket(port).send(test::rtp_datagram(1, 1), kLoopback.with_port(opened->rtp_port));
  const int before = harness.slots[other->id];
  harness.drain_until([&] { return harness.slots[other->id] > before + 2; });
  ::close(ends[0]);
  ::close(ends[1]);
  waitpid(child, nullptr, 0);
  harness.close(other->id);
}
