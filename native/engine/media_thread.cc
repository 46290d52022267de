#include "media_thread.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "clock.h"
#include "without_signals.h"

namespace trunkline::engine {
namespace {

constexpr int64_t kTickNs = 5 * kNsPerMs;
constexpr int64_t kPeriodNs = 20 * kNsPerMs;
/** Packets are taken this often at most: one wake-up then serves all that came meanwhile. */
constexpr int64_t kRestNs = 1 * kNsPerMs;
/** Later than this is not made up for: the stream goes on without the time that was missed. */
constexpr int64_t kMostLateNs = 200 * kNsPerMs;
constexpr int kMostReadable = 64;
/** SCHED_FIFO's, above nothing but what is not real time. */
constexpr int kRealTimePriority = 10;
/** As a nice value. */
constexpr int kPrecedence = -10;

void drain_counter(int fd) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = read(fd, &count, sizeof count);
}

/**
 * Ahead of busy JavaScript and of other programs, as far as the system allows it: packets have deadlines. A nice value
 * counts only among the threads of one service or terminal (sched(7), autogroup), real time counts everywhere.
 */
void take_precedence() {
  const sched_param priority{.sched_priority = kRealTimePriority};
  if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0) return;
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kPrecedence);
}

timespec to_timespec(int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000}; }

}  // namespace

MediaThread::MediaThread(WakeUp& wake_up, size_t audio_records) : wake_up_(wake_up), audio_(audio_records) {}

MediaThread::~MediaThread() {
  stop();
  for (const int fd : {epoll_fd_, timer_fd_, event_fd_}) {
    if (fd >= 0) ::close(fd);
  }
  for (Event* event = take_events(); event != nullptr;) delete std::exchange(event, event->next);
  free_spent();
}

bool MediaThread::start() {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  timer_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  event_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_fd_ < 0 || timer_fd_ < 0 || event_fd_ < 0) return false;
  watch(timer_fd_, &timer_fd_);
  watch(event_fd_, &event_fd_);
  const WithoutSignals inherited_by_the_thread;
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "media");
  return true;
}

void MediaThread::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  signal();
  thread_.join();
}

void MediaThread::submit(Command* command) {
  // A thread with sessions looks at its commands at every tick; only one without sleeps for good.
  const bool urgent = command->type == Command::Type::open || command->type == Command::Type::close;
  commands_.push(command);
  if (urgent) signal();
}

void MediaThread::signal() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = write(event_fd_, &one, sizeof one);
}

void MediaThread::free_spent() {
  for (Command* command = spent_commands_.take_all(); command != nullptr;) delete std::exchange(command, command->next);
  for (PlayoutChunk* chunk = spent_chunks_.take_all(); chunk != nullptr;) delete std::exchange(chunk, chunk->next);
}

void MediaThread::post(const Event& event) {
  events_.push(new Event(event));
  news_ = true;
}

void MediaThread::run() {
  take_precedence();
  while (!stopping_.load(std::memory_order_acquire)) {
    const int received = wait_and_receive();
    frames_.run();
    apply_commands();
    run_due_ticks();
    frames_.run();
    if (std::exchange(news_, false)) wake_up_.wake();
    if (received > 0 && received < kMostReadable) rest();
  }
  apply_commands();
  close_all();
  wake_up_.wake();
}

/** Returns how many sockets had something. */
int MediaThread::wait_and_receive() {
  std::array<epoll_event, kMostReadable> ready;
  const int count = epoll_wait(epoll_fd_, ready.data(), kMostReadable, -1);
  int sockets = 0;
  ++turn_;
  for (int i = 0; i < count; ++i) {
    void* target = ready[i].data.ptr;
    if (target == &timer_fd_ || target == &event_fd_) {
      drain_counter(*static_cast<int*>(target));
    } else {
      receive(*static_cast<Readable*>(target));
      ++sockets;
    }
  }
  return sockets;
}

/**
 * A call has one packet a turn: asking for more would cost a system call that finds nothing. A socket that has
 * something in two turns running holds a queue.
 */
void MediaThread::receive(Readable& readable) {
  const size_t most = readable.turn + 1 == turn_ ? ReceiveBatch::kMost : 1;
  readable.turn = turn_;
  MediaSession& session = *readable.session;
  const DropCounts before = session.drops();
  for (const Datagram& datagram : batch_.receive(readable.rtcp ? session.rtcp_socket() : session.rtp_socket(), most)) {
    if (readable.rtcp) {
      session.handle_rtcp(datagram);
    } else {
      session.handle_rtp(datagram);
    }
  }
  count_drops(before, session.drops());
}

void MediaThread::count_drops(const DropCounts& before, const DropCounts& now) {
  for (size_t i = 0; i < DropCounts::kReasons; ++i) {
    const uint64_t more = now.all()[i] - before.all()[i];
    if (more > 0) dropped_[i].fetch_add(more, std::memory_order_relaxed);
  }
}

void MediaThread::apply_commands() {
  // What is pushed behind this look waits for the next one: the time is never older than a command.
  if (commands_.empty()) return;
  const int64_t now_ns = monotonic_ns();
  for (Command* command = commands_.take_all(); command != nullptr;) {
    Command* following = command->next;
    apply(*command, now_ns);
    spent_commands_.push(command);
    command = following;
  }
}

void MediaThread::apply(Command& command, int64_t now_ns) {
  MediaSession* session = command.session;
  if (command.type == Command::Type::open) return open(command, now_ns);
  if (command.type == Command::Type::close) {
    unbridge(session, command);
    return close(session, now_ns);
  }
  if (command.type == Command::Type::connect) {
    return session->connect(command.connection, std::move(command.audio), now_ns);
  }
  // The control thread keeps everything else until there is a connection.
  PlayoutQueue& playouts = session->playouts();
  switch (command.type) {
    case Command::Type::open:
    case Command::Type::connect:
    case Command::Type::close:
      break;
    case Command::Type::write:
      playouts.write(command.chunk);
      break;
    case Command::Type::mark:
      playouts.mark(command.playout_id, command.mark_id);
      break;
    case Command::Type::finish:
      playouts.finish(command.playout_id);
      break;
    case Command::Type::flush:
      playouts.flush();
      break;
    case Command::Type::pause:
      playouts.pause();
      break;
    case Command::Type::resume:
      playouts.resume();
      break;
    case Command::Type::release:
      playouts.release();
      break;
    case Command::Type::listen:
      session->listen(*command.listening);
      break;
    case Command::Type::background:
      session->play_background(*command.background);
      break;
    case Command::Type::duck_on_speech:
      session->set_duck_on_speech(command.enabled);
      break;
    case Command::Type::mute:
      session->set_muted(command.enabled);
      break;
    case Command::Type::bridge:
      bridge(command);
      break;
    case Command::Type::route:
      if (session->bridge_end() != nullptr) session->bridge_end()->set_route(command.route);
      break;
    case Command::Type::unbridge:
      unbridge(session, command);
      break;
    case Command::Type::start_recording:
      session->recorder().start(command.recording);
      break;
    case Command::Type::pause_recording:
      session->recorder().pause(command.enabled);
      break;
    case Command::Type::stop_recording:
      session->recorder().stop();
      break;
    case Command::Type::playout:
      session->swap_playout(command.playout);
      break;
    case Command::Type::press:
      session->digits().press(command.key);
      break;
    case Command::Type::detect:
      session->set_detection(command.detection);
      break;
  }
}

/** Sessions that may be bridged are served together: one group, and so one slot. */
void MediaThread::open(const Command& command, int64_t now_ns) {
  MediaSession* session = command.session;
  if (entries_.empty()) start_clock(now_ns);
  const auto beside = entries_.find(command.other);
  const auto least =
      beside == entries_.end()
          ? std::ranges::min_element(groups_, {}, [](const Group& group) { return group.sessions.size(); })
          : groups_.begin() + beside->second.group;
  least->sessions.push_back(session);
  Entry& entry = entries_[session];
  entry.rtp = std::make_unique<Readable>(Readable{session, false});
  entry.rtcp = std::make_unique<Readable>(Readable{session, true});
  entry.group = static_cast<int>(least - groups_.begin());
  watch(session->rtp_socket().fd(), entry.rtp.get());
  watch(session->rtcp_socket().fd(), entry.rtcp.get());
}

/** Either may have been closed since: then there is nothing to join. */
void MediaThread::bridge(Command& command) {
  if (!entries_.contains(command.session) || !entries_.contains(command.other)) return;
  move_beside(command.other, command.session);
  command.session->set_bridge_end(command.bridge_end);
  command.other->set_bridge_end(command.other_bridge_end);
}

/** One packet of `session` leaves up to 15 ms early or late. */
void MediaThread::move_beside(MediaSession* session, MediaSession* other) {
  Entry& entry = entries_.at(session);
  const int group = entries_.at(other).group;
  if (entry.group == group) return;
  std::erase(groups_[entry.group].sessions, session);
  groups_[group].sessions.push_back(session);
  entry.group = group;
}

/** Both ends; `command` takes them up to be freed. */
void MediaThread::unbridge(MediaSession* session, Command& command) {
  if (session->bridge_end() == nullptr) return;
  session->bridge_end()->other().set_bridge_end(command.other_bridge_end);
  session->set_bridge_end(command.bridge_end);
}

/** The control thread frees the session when it has read `closed`: nothing here may touch it afterwards. */
void MediaThread::close(MediaSession* session, int64_t now_ns) {
  const auto found = entries_.find(session);
  if (found == entries_.end()) return;
  // Shutting a socket takes it out of epoll only when no child process has a copy of it, if just until its exec.
  unwatch(session->rtp_socket().fd());
  unwatch(session->rtcp_socket().fd());
  std::erase(groups_[found->second.group].sessions, session);
  entries_.erase(found);
  session->close(now_ns);
  if (entries_.empty()) arm_timer(0);
}

void MediaThread::close_all() {
  const int64_t now_ns = monotonic_ns();
  while (!entries_.empty()) close(entries_.begin()->first, now_ns);
}

void MediaThread::watch(int fd, void* target) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = target;
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
}

void MediaThread::unwatch(int fd) { epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr); }

/** 0 = never. */
void MediaThread::arm_timer(int64_t at_ns) {
  itimerspec time{};
  time.it_value = to_timespec(at_ns);
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &time, nullptr);
}

void MediaThread::start_clock(int64_t now_ns) {
  next_tick_ns_ = now_ns + kTickNs;
  tick_ = 0;
  for (int i = 0; i < kGroups; ++i) groups_[i].due_ns = next_tick_ns_ + i * kTickNs;
  arm_timer(next_tick_ns_);
}

void MediaThread::run_due_ticks() {
  if (entries_.empty()) return;
  int64_t now_ns = monotonic_ns();
  if (now_ns < next_tick_ns_) return;
  // After a long stop each group is served once, however many ticks were missed.
  const int64_t missed = (now_ns - next_tick_ns_) / kTickNs;
  const int64_t served = std::min<int64_t>(missed + 1, kGroups);
  const uint64_t last = tick_ + static_cast<uint64_t>(missed);
  for (uint64_t tick = last + 1 - static_cast<uint64_t>(served); tick <= last; ++tick) {
    tick_ = tick;
    serve(groups_[tick % kGroups]);
  }
  next_tick_ns_ += (missed + 1) * kTickNs;
  arm_timer(next_tick_ns_);
  now_ns = monotonic_ns();
  time_out_sessions(now_ns);
  ++tick_;
}

/** A group that is behind catches up by one extra packet a period. */
void MediaThread::serve(Group& group) {
  send_round(group);
  if (monotonic_ns() - group.due_ns >= 0) send_round(group);
  const int64_t late_ns = monotonic_ns() - group.due_ns;
  if (late_ns > kMostLateNs) group.due_ns += (late_ns / kPeriodNs) * kPeriodNs;
}

void MediaThread::send_round(Group& group) {
  for (MediaSession* session : group.sessions) {
    if (session->bridge_end() != nullptr) session->prepare_slot();
  }
  for (MediaSession* session : group.sessions) {
    if (!session->send_slot(tick_)) continue;
    pacing_.add(monotonic_ns() - group.due_ns);
    news_ = true;
  }
  group.due_ns += kPeriodNs;
}

void MediaThread::time_out_sessions(int64_t now_ns) {
  for (const Group& group : groups_) {
    for (MediaSession* session : group.sessions) session->handle_tick(now_ns, tick_);
  }
}

/** Until the next tick or for a millisecond, whichever is shorter, whatever comes. */
void MediaThread::rest() const {
  const int64_t now_ns = monotonic_ns();
  const int64_t until_ns = entries_.empty() ? now_ns : std::min(now_ns + kRestNs, next_tick_ns_);
  const timespec until = to_timespec(until_ns);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace trunkline::engine
