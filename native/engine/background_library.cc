#include "background_library.h"

#include "without_signals.h"

namespace trunkline::engine {

BackgroundLibrary& BackgroundLibrary::of_process() {
  static BackgroundLibrary library;
  return library;
}

BackgroundLibrary::~BackgroundLibrary() {
  for (Entry& entry : entries_) {
    if (entry.maker.joinable()) entry.maker.join();
  }
}

const dsp::BackgroundLoop& BackgroundLibrary::loop(dsp::BackgroundKind kind) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_[static_cast<size_t>(kind)];
  if (!entry.maker.joinable()) {
    const WithoutSignals without_signals;
    entry.maker = std::thread([&entry, kind] { entry.loop.publish(dsp::make_background_sound(kind)); });
  }
  return entry.loop;
}

}  // namespace trunkline::engine
