#pragma once

#include <cstdint>
#include <optional>

#include "../dsp/background_player.h"
#include "../vad/reflex.h"
#include "../vad/speech_detector.h"
#include "digit_sender.h"
#include "playout_queue.h"
#include "receive_path.h"
#include "send_path.h"
#include "tone_listener.h"

namespace trunkline::engine {

/** What counts as speech, and what the agent does at its onset. May change during the call. */
struct ListeningOptions {
  /** Negative; 0 = no reflex. */
  double duck_db = 0;
  vad::VadOptions vad;
  vad::ReflexOptions reflex;
};

/** Under what the agent says; no loop: none. */
struct Background {
  const dsp::BackgroundLoop* loop = nullptr;
  float gain = 1;
};

struct SessionOptions {
  uint32_t id = 0;
  /** 0 = never. */
  double rtp_timeout_ms = 0;
  /** Id of a session to be bridged with it: served by the same thread, in the same slot. 0 = none. */
  uint32_t beside = 0;
  ListeningOptions listening;
};

/**
 * What works at the rate of a session, which its first connection sets for good. Made on the control thread, then the
 * media thread's.
 */
struct SessionAudio {
  struct Outlets {
    ReceiveSink& received;
    DatagramSink& datagrams;
    HandoffList<PlayoutChunk>& spent_chunks;
  };

  /** Without `weights` (tests of the engine alone) there are no speech events. */
  SessionAudio(int sample_rate_hz, const SessionOptions& options, const vad::SileroWeights* weights, Outlets outlets);

  /** Holds from now on. */
  void listen(const ListeningOptions& options);

  const int sample_rate_hz;
  ReceivePath receive;
  PlayoutQueue playouts;
  dsp::BackgroundPlayer background;
  /** Of everything that is sent. */
  dsp::GainRamp line;
  DigitSender digits;
  SendPath send;
  ToneListener tones;
  std::optional<vad::SpeechDetector> detector;
  vad::Reflex reflex;
};

}  // namespace trunkline::engine
