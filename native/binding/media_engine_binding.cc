#include "media_engine_binding.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "session_values.h"

namespace trunkline::binding {
namespace {

/** session id, time in ms, sample rate in Hz, samples received */
constexpr size_t kAudioHeadNumbers = 4;
/** received, then sent, each with room for the higher rate */
constexpr size_t kAudioRowSamples = engine::kMostHeardSamples + engine::kMostSlotSamples;
/** type, session id, time in ms, values */
constexpr size_t kEventNumbers = 3 + engine::Event::kValues;

double to_ms(int64_t ns) { return static_cast<double>(ns) / 1e6; }

napi_value throw_error(napi_env env, const std::string& message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

napi_value number_array(napi_env env, const std::vector<double>& numbers) {
  napi_value array;
  napi_create_array_with_length(env, numbers.size(), &array);
  uint32_t index = 0;
  for (const double number : numbers) {
    napi_value element;
    napi_create_double(env, number, &element);
    napi_set_element(env, array, index++, element);
  }
  return array;
}

}  // namespace

void MediaEngineBinding::export_class(napi_env env, napi_value exports) {
  using Type = engine::Command::Type;
  const napi_property_descriptor methods[] = {
      method("open", open),
      method("connect", connect),
      method("write", write),
      method("mark", mark),
      method("finish", finish),
      method("flush", flush),
      method("pause", command<Type::pause>),
      method("resume", command<Type::resume>),
      method("release", command<Type::release>),
      method("setVad", set_vad),
      method("setBackground", set_background),
      method("setDuckOnSpeech", set_duck_on_speech),
      method("setMuted", set_muted),
      method("bridge", bridge),
      method("unbridge", unbridge),
      method("startRecording", start_recording),
      method("pauseRecording", pause_recording),
      method("stopRecording", stop_recording),
      method("sendDigits", send_digits),
      method("setDetection", set_detection),
      method("closeSession", close_session),
      method("stats", stats),
      method("attachAudio", attach_audio),
      method("close", close),
  };
  napi_value constructor;
  napi_define_class(env, "MediaEngine", NAPI_AUTO_LENGTH, construct, nullptr, std::size(methods), methods,
                    &constructor);
  napi_set_named_property(env, exports, "MediaEngine", constructor);
}

/** (host, portFirst, portLast, threads, weights, onBatch, audioHeads, audioSamples, events) */
napi_value MediaEngineBinding::construct(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  auto* binding = new MediaEngineBinding(env);
  const std::string problem = binding->start(arguments);
  if (!problem.empty()) {
    delete binding;
    return throw_error(env, problem);
  }
  napi_wrap(env, arguments.self(), binding, finalize, nullptr, nullptr);
  binding->hold(binding->self_, arguments.self());
  binding->hold(binding->on_batch_, arguments.value(5));
  binding->hold(binding->audio_heads_, arguments.value(6));
  binding->hold(binding->audio_samples_, arguments.value(7));
  binding->hold(binding->events_, arguments.value(8));
  napi_add_env_cleanup_hook(env, on_environment_ends, binding);
  return arguments.self();
}

std::string MediaEngineBinding::start(const Arguments& arguments) {
  const auto host = rtp::Endpoint::parse(arguments.text(0), 0);
  if (!host) return "the media host is not an IP address";
  std::string problem;
  auto weights = vad::SileroWeights::load(arguments.bytes(4), &problem);
  if (!weights) return "the weights of the voice detector cannot be used: " + problem;
  napi_value name;
  napi_create_string_utf8(env_, "trunkline media", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_wake,
                                      &wake_function_) != napi_ok) {
    return "the media engine cannot reach JavaScript";
  }
  napi_unref_threadsafe_function(env_, wake_function_);
  const engine::EngineOptions options{
      .host = *host,
      .port_first = arguments.u16(1),
      .port_last = arguments.u16(2),
      .threads = static_cast<int>(arguments.u32(3)),
  };
  engine_ = engine::MediaEngine::create(options, std::move(weights), *this);
  if (engine_) return "";
  napi_release_threadsafe_function(wake_function_, napi_tsfn_abort);
  return "media threads cannot be started: no file descriptors left";
}

void MediaEngineBinding::hold(napi_ref& reference, napi_value value) {
  if (reference != nullptr) napi_delete_reference(env_, reference);
  napi_create_reference(env_, value, 1, &reference);
}

MediaEngineBinding* MediaEngineBinding::of(napi_env env, const Arguments& arguments) {
  void* binding = nullptr;
  napi_unwrap(env, arguments.self(), &binding);
  auto* typed = static_cast<MediaEngineBinding*>(binding);
  return typed != nullptr && typed->engine_ ? typed : nullptr;
}

void MediaEngineBinding::finalize(napi_env, void* binding, void*) { delete static_cast<MediaEngineBinding*>(binding); }

/** JavaScript can no longer be called: what is left to hand up is dropped with the engine. */
void MediaEngineBinding::on_environment_ends(void* binding) {
  static_cast<MediaEngineBinding*>(binding)->engine_.reset();
}

/** (MediaSessionOptions): [id, port] or undefined */
napi_value MediaEngineBinding::open(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  if (binding == nullptr) return nullptr;
  const auto opened = binding->engine_->open(session_options(arguments.object(0)));
  if (!opened) return nullptr;
  binding->keep_alive(true);
  return number_array(env, {static_cast<double>(opened->id), static_cast<double>(opened->rtp_port)});
}

/** (id, RtpRemote): false when the codec is not built in */
napi_value MediaEngineBinding::connect(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  const auto remote = rtp_remote(arguments.object(1));
  if (binding == nullptr || !remote) return nullptr;
  napi_value connected;
  napi_get_boolean(env, binding->engine_->connect(arguments.u32(0), *remote), &connected);
  return connected;
}

/** (id, playoutId, samples, sampleRateHz) */
napi_value MediaEngineBinding::write(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  const auto samples = arguments.samples(2);
  if (binding == nullptr || samples.empty()) return nullptr;
  binding->engine_->write(arguments.u32(0), arguments.u32(1), samples, static_cast<int>(arguments.u32(3)));
  return nullptr;
}

/** (id, playoutId, markId) */
napi_value MediaEngineBinding::mark(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) {
    binding->engine_->mark(arguments.u32(0), arguments.u32(1), arguments.u32(2));
  }
  return nullptr;
}

/** (id, playoutId) */
napi_value MediaEngineBinding::finish(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->finish(arguments.u32(0), arguments.u32(1));
  return nullptr;
}

/** (id) */
napi_value MediaEngineBinding::flush(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->flush(arguments.u32(0));
  return nullptr;
}

/** (id, {sound, levelDbfs}): {} for none */
napi_value MediaEngineBinding::set_background(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) {
    binding->engine_->play_background(arguments.u32(0), background(arguments.object(1)));
  }
  return nullptr;
}

/** (id, ListeningOptions) */
napi_value MediaEngineBinding::set_vad(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) {
    binding->engine_->listen(arguments.u32(0), listening_options(arguments.object(1)));
  }
  return nullptr;
}

/** (id, enabled) */
napi_value MediaEngineBinding::set_duck_on_speech(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) {
    binding->engine_->set_duck_on_speech(arguments.u32(0), arguments.boolean(1));
  }
  return nullptr;
}

/** (id, muted) */
napi_value MediaEngineBinding::set_muted(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->set_muted(arguments.u32(0), arguments.boolean(1));
  return nullptr;
}

/** (id, digits, SendDigitsOptions) */
napi_value MediaEngineBinding::send_digits(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  if (binding == nullptr) return nullptr;
  engine::KeyPress key = key_press(arguments.object(2));
  for (const char digit : arguments.text(1)) {
    key.key = digit;
    binding->engine_->press(arguments.u32(0), key);
  }
  return nullptr;
}

/** (id, MediaDetection) */
napi_value MediaEngineBinding::set_detection(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) {
    binding->engine_->detect(arguments.u32(0), detection(arguments.object(1)));
  }
  return nullptr;
}

/** (id) */
template <engine::Command::Type type>
napi_value MediaEngineBinding::command(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->command(arguments.u32(0), type);
  return nullptr;
}

/** (id, otherId, agentHeardBy): false when they cannot be */
napi_value MediaEngineBinding::bridge(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  if (binding == nullptr) return nullptr;
  napi_value bridged;
  const engine::AgentRoute route = agent_route(arguments.text(2));
  napi_get_boolean(env, binding->engine_->bridge(arguments.u32(0), arguments.u32(1), route), &bridged);
  return bridged;
}

/** (id) */
napi_value MediaEngineBinding::unbridge(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->unbridge(arguments.u32(0));
  return nullptr;
}

/** (id, path): whether there will be an end of it */
napi_value MediaEngineBinding::start_recording(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  if (binding == nullptr) return nullptr;
  napi_value begun;
  napi_get_boolean(env, binding->engine_->start_recording(arguments.u32(0), arguments.text(1)), &begun);
  return begun;
}

/** (id, paused) */
napi_value MediaEngineBinding::pause_recording(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->pause_recording(arguments.u32(0), arguments.boolean(1));
  return nullptr;
}

/** (id) */
napi_value MediaEngineBinding::stop_recording(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->stop_recording(arguments.u32(0));
  return nullptr;
}

/** (id) */
napi_value MediaEngineBinding::close_session(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->engine_->close(arguments.u32(0));
  return nullptr;
}

/** (): [open, portsFree, total, portsDraining, pacingP99Ms, pacingMaxMs, audioOverwritten, drops by reason ...] or
 * undefined */
napi_value MediaEngineBinding::stats(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  MediaEngineBinding* binding = of(env, arguments);
  if (binding == nullptr) return nullptr;
  const engine::EngineStats stats = binding->engine_->stats();
  std::vector<double> numbers{
      static_cast<double>(stats.sessions_open),
      static_cast<double>(stats.ports_free),
      static_cast<double>(stats.sessions_total),
      static_cast<double>(stats.ports_draining),
      stats.pacing.p99_ms,
      stats.pacing.max_ms,
      static_cast<double>(stats.audio_overwritten),
  };
  for (const uint64_t count : stats.packets_dropped) numbers.push_back(static_cast<double>(count));
  return number_array(env, numbers);
}

/** (audioSamples): in place of one that a listener has detached */
napi_value MediaEngineBinding::attach_audio(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->hold(binding->audio_samples_, arguments.value(0));
  return nullptr;
}

/** (): joins the media threads and hands up what is left. Not from within `onBatch`. */
napi_value MediaEngineBinding::close(napi_env env, napi_callback_info info) {
  const Arguments arguments(env, info);
  if (auto* binding = of(env, arguments)) binding->shut_down();
  return nullptr;
}

void MediaEngineBinding::shut_down() {
  engine_->stop();
  drain();
  engine_.reset();
  napi_remove_env_cleanup_hook(env_, on_environment_ends, this);
  napi_release_threadsafe_function(wake_function_, napi_tsfn_abort);
  for (napi_ref* reference : {&on_batch_, &audio_heads_, &audio_samples_, &events_, &self_}) {
    napi_delete_reference(env_, std::exchange(*reference, nullptr));
  }
}

/** On a media thread. */
void MediaEngineBinding::wake() {
  if (woken_.exchange(true, std::memory_order_acq_rel)) return;
  napi_call_threadsafe_function(wake_function_, nullptr, napi_tsfn_nonblocking);
}

void MediaEngineBinding::on_wake(napi_env env, napi_value, void* context, void*) {
  // The environment ends: the binding may be gone.
  if (env == nullptr) return;
  auto* binding = static_cast<MediaEngineBinding*>(context);
  binding->woken_.exchange(false, std::memory_order_acq_rel);
  if (binding->engine_) binding->drain();
}

void MediaEngineBinding::drain() {
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  engine_->drain(*this);
  deliver();
  keep_alive(engine_->busy());
  napi_close_handle_scope(env_, scope);
}

void MediaEngineBinding::on_audio(const engine::AudioRecord& record) {
  auto heads = buffer<double>(audio_heads_, napi_float64_array);
  auto samples = buffer<int16_t>(audio_samples_, napi_int16_array);
  if (heads.size() < (audio_count_ + 1) * kAudioHeadNumbers) return;
  if (samples.size() < (audio_count_ + 1) * kAudioRowSamples) return;
  heads[audio_count_ * kAudioHeadNumbers] = record.session_id;
  heads[audio_count_ * kAudioHeadNumbers + 1] = to_ms(record.at_ns);
  heads[audio_count_ * kAudioHeadNumbers + 2] = record.sample_rate_hz;
  const auto row = samples.subspan(audio_count_ * kAudioRowSamples, kAudioRowSamples);
  heads[audio_count_ * kAudioHeadNumbers + 3] = static_cast<double>(record.received_samples);
  std::copy_n(record.received.begin(), record.received_samples, row.begin());
  std::copy_n(record.sent.begin(), engine::slot_samples(record.sample_rate_hz),
              row.begin() + engine::kMostHeardSamples);
  ++audio_count_;
  if (heads.size() < (audio_count_ + 1) * kAudioHeadNumbers) deliver();
}

void MediaEngineBinding::on_event(const engine::Event& event) {
  auto events = buffer<double>(events_, napi_float64_array);
  if (events.size() < (event_count_ + 1) * kEventNumbers) return;
  const auto row = events.subspan(event_count_ * kEventNumbers, kEventNumbers);
  row[0] = static_cast<double>(event.type);
  row[1] = event.session_id;
  row[2] = to_ms(event.at_ns);
  std::ranges::copy(event.values, row.begin() + 3);
  ++event_count_;
  if (events.size() < (event_count_ + 1) * kEventNumbers) deliver();
}

void MediaEngineBinding::deliver() {
  if (audio_count_ == 0 && event_count_ == 0) return;
  napi_handle_scope scope;
  napi_open_handle_scope(env_, &scope);
  napi_value function;
  napi_value receiver;
  napi_value counts[2];
  napi_get_reference_value(env_, on_batch_, &function);
  napi_get_undefined(env_, &receiver);
  napi_create_uint32(env_, static_cast<uint32_t>(std::exchange(audio_count_, 0)), &counts[0]);
  napi_create_uint32(env_, static_cast<uint32_t>(std::exchange(event_count_, 0)), &counts[1]);
  if (napi_call_function(env_, receiver, function, 2, counts, nullptr) == napi_pending_exception) {
    napi_value exception;
    napi_get_and_clear_last_exception(env_, &exception);
    napi_fatal_exception(env_, exception);
  }
  napi_close_handle_scope(env_, scope);
}

/** The process lives as long as a session does. */
void MediaEngineBinding::keep_alive(bool alive) {
  if (std::exchange(kept_alive_, alive) == alive) return;
  if (alive) {
    napi_ref_threadsafe_function(env_, wake_function_);
  } else {
    napi_unref_threadsafe_function(env_, wake_function_);
  }
}

template <typename Element>
std::span<Element> MediaEngineBinding::buffer(napi_ref reference, napi_typedarray_type type) const {
  napi_value value = nullptr;
  napi_get_reference_value(env_, reference, &value);
  return elements<Element>(env_, value, type);
}

}  // namespace trunkline::binding
