#pragma once

#include <node_api.h>

#include <atomic>
#include <memory>

#include "../engine/media_engine.h"
#include "arguments.h"

namespace trunkline::binding {

/**
 * The class `MediaEngine` of the addon, driven by src/io/native-media-engine.ts, which describes its methods.
 *
 * Teardown. Called after close: every method does nothing. From another thread: a JavaScript object stays in its own;
 * media threads only `wake`. A detached or short buffer: what does not fit is not handed up. While media threads
 * run: calls become commands. Collected while open: it holds itself until `close`. The process or
 * worker ends while it is open: a hook joins the threads first.
 */
class MediaEngineBinding final : private engine::WakeUp, private engine::HandUp {
 public:
  static void export_class(napi_env env, napi_value exports);

 private:
  explicit MediaEngineBinding(napi_env env) : env_(env) {}

  static napi_value construct(napi_env env, napi_callback_info info);
  static MediaEngineBinding* of(napi_env env, const Arguments& arguments);
  static void finalize(napi_env env, void* binding, void* hint);
  static void on_environment_ends(void* binding);
  static void on_wake(napi_env env, napi_value function, void* binding, void* data);

  static napi_value open(napi_env env, napi_callback_info info);
  static napi_value connect(napi_env env, napi_callback_info info);
  static napi_value write(napi_env env, napi_callback_info info);
  static napi_value mark(napi_env env, napi_callback_info info);
  static napi_value finish(napi_env env, napi_callback_info info);
  static napi_value flush(napi_env env, napi_callback_info info);
  static napi_value set_background(napi_env env, napi_callback_info info);
  static napi_value set_vad(napi_env env, napi_callback_info info);
  static napi_value set_duck_on_speech(napi_env env, napi_callback_info info);
  static napi_value set_muted(napi_env env, napi_callback_info info);
  static napi_value bridge(napi_env env, napi_callback_info info);
  static napi_value unbridge(napi_env env, napi_callback_info info);
  static napi_value start_recording(napi_env env, napi_callback_info info);
  static napi_value pause_recording(napi_env env, napi_callback_info info);
  static napi_value stop_recording(napi_env env, napi_callback_info info);
  static napi_value send_digits(napi_env env, napi_callback_info info);
  static napi_value set_detection(napi_env env, napi_callback_info info);
  static napi_value close_session(napi_env env, napi_callback_info info);
  template <engine::Command::Type type>
  static napi_value command(napi_env env, napi_callback_info info);
  static napi_value stats(napi_env env, napi_callback_info info);
  static napi_value attach_audio(napi_env env, napi_callback_info info);
  static napi_value close(napi_env env, napi_callback_info info);

  /** An empty string, or why not. */
  std::string start(const Arguments& arguments);
  void hold(napi_ref& reference, napi_value value);
  void shut_down();
  void drain();
  void deliver();
  void keep_alive(bool alive);
  template <typename Element>
  std::span<Element> buffer(napi_ref reference, napi_typedarray_type type) const;

  void wake() override;
  void on_audio(const engine::AudioRecord& record) override;
  void on_event(const engine::Event& event) override;

  napi_env env_;
  std::unique_ptr<engine::MediaEngine> engine_;
  napi_threadsafe_function wake_function_ = nullptr;
  std::atomic<bool> woken_{false};
  bool kept_alive_ = false;

  napi_ref self_ = nullptr;
  napi_ref on_batch_ = nullptr;
  napi_ref audio_heads_ = nullptr;
  napi_ref audio_samples_ = nullptr;
  napi_ref events_ = nullptr;
  size_t audio_count_ = 0;
  size_t event_count_ = 0;
};

}  // namespace trunkline::binding
