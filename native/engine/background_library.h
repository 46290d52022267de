#pragma once

#include <array>
#include <mutex>
#include <thread>

#include "../dsp/background_player.h"

namespace trunkline::engine {

/**
 * The background sounds of the process. One is made when it is asked for the first time, on a thread of its own, and
 * kept: 1.2 MB each for both rates.
 */
class BackgroundLibrary {
 public:
  static BackgroundLibrary& of_process();
  ~BackgroundLibrary();

  /** Never blocks for long; there may be nothing in it yet. Any thread but a media thread. */
  const dsp::BackgroundLoop& loop(dsp::BackgroundKind kind);

 private:
  struct Entry {
    dsp::BackgroundLoop loop;
    std::thread maker;
  };

  std::mutex mutex_;
  std::array<Entry, dsp::kBackgroundKinds> entries_;
};

}  // namespace trunkline::engine
