#include "media_engine.h"

#include <algorithm>
#include <utility>

#include "clock.h"

namespace trunkline::engine {

std::unique_ptr<MediaEngine> MediaEngine::create(const EngineOptions& options,
                                                 std::unique_ptr<vad::SileroWeights> weights, WakeUp& wake_up) {
  std::unique_ptr<MediaEngine> engine(new MediaEngine(options, std::move(weights), wake_up));
  for (int i = 0; i < options.threads; ++i) {
    engine->threads_.push_back(std::make_unique<MediaThread>(wake_up, options.audio_records));
    if (!engine->threads_.back()->start()) return nullptr;
  }
  return engine;
}

MediaEngine::MediaEngine(const EngineOptions& options, std::unique_ptr<vad::SileroWeights> weights, WakeUp& wake_up)
    : weights_(std::move(weights)),
      audio_records_per_session_(options.audio_records_per_session),
      ports_(options.host, options.port_first, options.port_last),
      recordings_(&wake_up) {}

MediaEngine::~MediaEngine() {
  stop();
  // Playouts that were never heard go back to the lists of their thread, which frees them.
  sessions_.clear();
}

std::optional<MediaEngine::Opened> MediaEngine::open(SessionOptions options) {
  if (stopped_) return std::nullopt;
  auto ports = ports_.open(monotonic_ns());
  if (!ports) return std::nullopt;
  options.id = ++last_id_;
  const uint16_t rtp_port = ports->rtp_port;
  const Session* beside = find(options.beside);
  MediaThread& thread = beside == nullptr ? least_loaded() : *beside->thread;
  Session& entry = sessions_[options.id];
  entry.session = std::make_unique<MediaSession>(options, std::move(*ports), weights_.get(), thread.outlets());
  entry.thread = &thread;
  thread.add_session();
  thread.audio().reserve(thread.sessions() * audio_records_per_session_);
  submit(entry, {.type = Command::Type::open, .other = beside == nullptr ? nullptr : beside->session.get()});
  return Opened{options.id, rtp_port};
}

bool MediaEngine::connect(uint32_t id, const RtpRemote& remote) {
  Session* session = find(id);
  if (session == nullptr) return true;
  Command command{.type = Command::Type::connect, .connection = Connection::make(remote, session->sample_rate_hz)};
  if (!command.connection) return false;
  const bool first = session->sample_rate_hz == 0;
  if (first) {
    session->sample_rate_hz = remote.codec.sample_rate_hz;
    command.audio = session->session->make_audio(session->sample_rate_hz);
  }
  submit(*session, std::move(command));
  const bool other_codec = session->remote.codec != remote.codec;
  session->remote = remote;
  if (session->has_playout && other_codec) {
    submit(*session, {.type = Command::Type::playout, .playout = JitterBuffer::make(remote, session->sample_rate_hz)});
  }
  if (!first) return true;
  for (const auto& action : std::exchange(session->early, {})) action();
  return true;
}

void MediaEngine::write(uint32_t id, uint32_t playout_id, std::span<const int16_t> samples, int sample_rate_hz) {
  Session* session = find(id);
  if (session == nullptr) return;
  if (session->sample_rate_hz > 0) {
    submit_chunk(*session, playout_id, resample(*session, playout_id, samples, sample_rate_hz));
    return;
  }
  session->early.push_back([this, id, playout_id, copy = std::vector(samples.begin(), samples.end()), sample_rate_hz] {
    write(id, playout_id, copy, sample_rate_hz);
  });
}

void MediaEngine::mark(uint32_t id, uint32_t playout_id, uint32_t mark_id) {
  submit_connected(id, {.type = Command::Type::mark, .playout_id = playout_id, .mark_id = mark_id});
}

void MediaEngine::finish(uint32_t id, uint32_t playout_id) {
  when_connected(id, [this, playout_id](Session& session) {
    end_writer(session, playout_id);
    submit(session, {.type = Command::Type::finish, .playout_id = playout_id});
  });
}

void MediaEngine::flush(uint32_t id) {
  when_connected(id, [](Session& session) {
    session.writers.clear();
    submit(session, {.type = Command::Type::flush});
  });
}

void MediaEngine::listen(uint32_t id, const ListeningOptions& options) {
  when_connected(id, [options](const Session& session) {
    submit(session, {.type = Command::Type::listen, .listening = std::make_unique<ListeningOptions>(options)});
  });
}

void MediaEngine::play_background(uint32_t id, const Background& background) {
  when_connected(id, [background](const Session& session) {
    submit(session, {.type = Command::Type::background, .background = std::make_unique<Background>(background)});
  });
}

void MediaEngine::set_duck_on_speech(uint32_t id, bool enabled) {
  submit_connected(id, {.type = Command::Type::duck_on_speech, .enabled = enabled});
}

void MediaEngine::set_muted(uint32_t id, bool muted) {
  submit_connected(id, {.type = Command::Type::mute, .enabled = muted});
}

void MediaEngine::press(uint32_t id, const KeyPress& key) {
  submit_connected(id, {.type = Command::Type::press, .key = key});
}

void MediaEngine::detect(uint32_t id, Detection detection) {
  submit_connected(id, {.type = Command::Type::detect, .detection = detection});
}

void MediaEngine::command(uint32_t id, Command::Type type) { submit_connected(id, {.type = type}); }

bool MediaEngine::bridge(uint32_t id, uint32_t other_id, AgentRoute route) {
  Session* session = find(id);
  Session* other = find(other_id);
  if (session == nullptr || other == nullptr) return true;
  if (session == other || session->thread != other->thread) return false;
  if (session->sample_rate_hz == 0 || other->sample_rate_hz == 0) return false;
  if (session->bridged_with == other_id) {
    submit(*session, {.type = Command::Type::route, .route = route});
    return true;
  }
  unbridge(id);
  unbridge(other_id);
  session->bridged_with = other_id;
  other->bridged_with = id;
  Command command{.type = Command::Type::bridge, .other = other->session.get()};
  command.bridge_end =
      std::make_unique<BridgeEnd>(*other->session, session->sample_rate_hz, other->sample_rate_hz, route);
  command.other_bridge_end =
      std::make_unique<BridgeEnd>(*session->session, other->sample_rate_hz, session->sample_rate_hz, AgentRoute{});
  follow_playout(*session);
  follow_playout(*other);
  submit(*session, std::move(command));
  return true;
}

void MediaEngine::follow_playout(Session& session) {
  const bool needed = session.bridged_with != 0 || session.recording != 0;
  if (session.has_playout == needed) return;
  session.has_playout = needed;
  Command command{.type = Command::Type::playout};
  if (needed) command.playout = JitterBuffer::make(session.remote, session.sample_rate_hz);
  submit(session, std::move(command));
}

void MediaEngine::unbridge(uint32_t id) {
  Session* session = find(id);
  if (session == nullptr || session->bridged_with == 0) return;
  const auto other = sessions_.find(std::exchange(session->bridged_with, 0));
  submit(*session, {.type = Command::Type::unbridge});
  follow_playout(*session);
  if (other == sessions_.end()) return;
  other->second.bridged_with = 0;
  follow_playout(other->second);
}

void MediaEngine::close(uint32_t id) {
  Session* session = find(id);
  if (session == nullptr) return;
  unbridge(id);
  session->closing = true;
  submit(*session, {.type = Command::Type::close});
}

void MediaEngine::drain(HandUp& hand_up) {
  std::vector<uint32_t> closed;
  for (const auto& thread : threads_) drain_thread(*thread, hand_up, closed);
  for (const uint32_t id : closed) forget(id);
  drain_recordings(hand_up);
}

/** Events are taken first: whatever audio came before them is then there to be handed up before them. */
void MediaEngine::drain_thread(MediaThread& thread, HandUp& hand_up, std::vector<uint32_t>& closed) {
  Event* event = thread.take_events();
  for (AudioRecord* record = thread.audio().take_all(); record != nullptr;) {
    AudioRecord* following = record->next;
    hand_up.on_audio(*record);
    thread.audio().give_back(record);
    record = following;
  }
  while (event != nullptr) {
    hand_up.on_event(*event);
    if (event->type == EventType::closed) closed.push_back(event->session_id);
    delete std::exchange(event, event->next);
  }
  thread.free_spent();
}

EngineStats MediaEngine::stats() {
  EngineStats stats{.sessions_open = sessions_.size(),
                    .ports_free = ports_.free_count(),
                    .ports_draining = ports_.draining_count(monotonic_ns()),
                    .sessions_total = last_id_};
  for (const auto& thread : threads_) {
    for (size_t i = 0; i < DropCounts::kReasons; ++i) stats.packets_dropped[i] += thread->dropped(static_cast<Drop>(i));
    stats.audio_overwritten += thread->audio().overwritten();
    const Pacing pacing = thread->pacing().take();
    stats.pacing.p99_ms = std::max(stats.pacing.p99_ms, pacing.p99_ms);
    stats.pacing.max_ms = std::max(stats.pacing.max_ms, pacing.max_ms);
  }
  return stats;
}

void MediaEngine::stop() {
  stopped_ = true;
  for (const auto& thread : threads_) thread->stop();
  recordings_.stop();
}

MediaEngine::Session* MediaEngine::find(uint32_t id) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() || found->second.closing || stopped_ ? nullptr : &found->second;
}

MediaThread& MediaEngine::least_loaded() {
  return **std::ranges::min_element(threads_, {}, [](const auto& thread) { return thread->sessions(); });
}

/** Now, or after the first connection. */
template <typename Action>
void MediaEngine::when_connected(uint32_t id, Action action) {
  Session* session = find(id);
  if (session == nullptr) return;
  if (session->sample_rate_hz > 0) return action(*session);
  session->early.push_back([this, id, action] {
    if (Session* connected = find(id)) action(*connected);
  });
}

/** A command without memory. */
void MediaEngine::submit_connected(uint32_t id, const PlainCommand& plain) {
  when_connected(id, [plain](const Session& session) {
    submit(session, {.type = plain.type,
                     .playout_id = plain.playout_id,
                     .mark_id = plain.mark_id,
                     .enabled = plain.enabled,
                     .key = plain.key,
                     .detection = plain.detection});
  });
}

void MediaEngine::submit(const Session& session, Command command) {
  command.session = session.session.get();
  session.thread->submit(new Command(std::move(command)));
}

void MediaEngine::submit_chunk(const Session& session, uint32_t playout_id, std::vector<int16_t> samples) {
  auto* chunk = new PlayoutChunk{.playout_id = playout_id, .samples = std::move(samples)};
  submit(session, {.type = Command::Type::write, .chunk = chunk});
}

std::vector<int16_t> MediaEngine::resample(Session& session, uint32_t playout_id, std::span<const int16_t> samples,
                                           int rate_hz) {
  auto writer = session.writers.find(playout_id);
  if (writer != session.writers.end() && writer->second.sample_rate_hz != rate_hz) {
    end_writer(session, playout_id);
    writer = session.writers.end();
  }
  if (rate_hz == session.sample_rate_hz) return {samples.begin(), samples.end()};
  if (writer == session.writers.end()) {
    writer =
        session.writers.emplace(playout_id, Writer{rate_hz, dsp::Resampler(kernel(rate_hz, session.sample_rate_hz))})
            .first;
  }
  std::vector<int16_t> resampled;
  resampled.reserve(samples.size() * static_cast<size_t>(session.sample_rate_hz) / static_cast<size_t>(rate_hz) + 1);
  writer->second.resampler.process(samples, resampled);
  return resampled;
}

/** What the filter still holds belongs to the playout. */
void MediaEngine::end_writer(Session& session, uint32_t playout_id) {
  const auto writer = session.writers.find(playout_id);
  if (writer == session.writers.end()) return;
  std::vector<int16_t> rest;
  writer->second.resampler.drain(rest);
  session.writers.erase(writer);
  submit_chunk(session, playout_id, std::move(rest));
}

std::shared_ptr<const dsp::ResamplerKernel> MediaEngine::kernel(int input_rate_hz, int output_rate_hz) {
  auto& kernel = kernels_[{input_rate_hz, output_rate_hz}];
  if (!kernel) kernel = std::make_shared<const dsp::ResamplerKernel>(input_rate_hz, output_rate_hz);
  return kernel;
}

void MediaEngine::forget(uint32_t id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;
  const uint16_t rtp_port = found->second.session->rtp_port();
  const std::optional<rtp::Endpoint> heard = found->second.session->heard();
  MediaThread& thread = *found->second.thread;
  sessions_.erase(found);
  thread.remove_session();
  ports_.give_back(rtp_port, heard, monotonic_ns());
  thread.free_spent();
}

}  // namespace trunkline::engine
