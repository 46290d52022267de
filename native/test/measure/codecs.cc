// What the codecs cost for 20 ms of speech, and what Opus gains by its complexity.
#include <opus.h>
#include <time.h>

#include <cstdio>
#include <vector>

#include "../../codec/audio_codec.h"
#include "../test_signals.h"

using namespace trunkline;
using codec::CodecId;
using codec::CodecSpec;

namespace {

constexpr int kSeconds = 20;
constexpr int kFrames = kSeconds * 50;
constexpr int kRounds = 5;

using Pcm = std::vector<int16_t>;
using Packet = std::vector<uint8_t>;

/** Of the processor, so that neighbours do not count. */
double now_us() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/** Of the fastest round, in microseconds for one frame. */
template <typename Work>
double cost_us(Work work) {
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const double begin_us = now_us();
    for (int frame = 0; frame < kFrames; ++frame) work(frame);
    best = std::min(best, (now_us() - begin_us) / kFrames);
  }
  return best;
}

void measure(const char* name, const CodecSpec& spec) {
  const size_t samples = static_cast<size_t>(spec.sample_rate_hz / 50);
  const Pcm speech = test::speech(1, spec.sample_rate_hz, samples * kFrames);
  const auto encoder = codec::make_encoder(spec);
  const auto decoder = codec::make_decoder(spec);
  std::vector<Packet> packets(kFrames, Packet(1500));
  std::vector<size_t> sizes(kFrames);
  const double encode_us = cost_us([&](int frame) {
    const auto from = static_cast<size_t>(frame);
    sizes[from] = encoder->encode(std::span(speech).subspan(from * samples, samples), packets[from]);
  });
  double bytes = 0;
  for (size_t i = 0; i < kFrames; ++i) {
    packets[i].resize(sizes[i]);
    bytes += static_cast<double>(sizes[i]);
  }
  Pcm heard(samples);
  const double decode_us = cost_us([&](int frame) { decoder->decode(packets[static_cast<size_t>(frame)], heard); });
  std::printf("%-14s encode %7.2f us  decode %6.2f us  %5.1f kbit/s\n", name, encode_us, decode_us,
              bytes * 8 / kSeconds / 1000);
}

/** Mean over the frames that are loud, in dB, at the delay that fits best. */
double segmental_db(const Pcm& meant, const Pcm& heard, size_t samples) {
  double best = -100;
  for (size_t delay = 0; delay < samples; ++delay) {
    double sum = 0;
    int frames = 0;
    for (size_t at = 0; at + 2 * samples < meant.size(); at += samples) {
      const auto part = std::span(meant).subspan(at, samples);
      if (test::level_db(part) < 50) continue;
      sum += test::signal_to_noise_db(part, std::span(heard).subspan(at + delay, samples));
      ++frames;
    }
    best = std::max(best, sum / frames);
  }
  return best;
}

/** 16-bit mono samples behind a header of 44 bytes, or speech made up here. */
Pcm speech_of(const char* path, int rate_hz) {
  if (path == nullptr) return test::speech(1, rate_hz, static_cast<size_t>(rate_hz) * kSeconds);
  Pcm pcm(static_cast<size_t>(rate_hz) * kSeconds);
  if (FILE* const file = std::fopen(path, "rb")) {
    std::fseek(file, 44, SEEK_SET);
    pcm.resize(std::fread(pcm.data(), sizeof(int16_t), pcm.size(), file));
    std::fclose(file);
  }
  return pcm;
}

void measure_complexity(int rate_hz, int bit_rate, const Pcm& speech) {
  const int samples = rate_hz / 50;
  const int frames = static_cast<int>(speech.size()) / samples;
  for (const int complexity : {0, 1, 2, 3, 4, 5, 6, 8, 10}) {
    OpusEncoder* const encoder = opus_encoder_create(rate_hz, 1, OPUS_APPLICATION_VOIP, nullptr);
    OpusDecoder* const decoder = opus_decoder_create(rate_hz, 1, nullptr);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bit_rate));
    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(10));
    opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    opus_encoder_ctl(encoder, 11002, opus_int32{1000});
    Packet packet(1500);
    Pcm heard(speech.size() + static_cast<size_t>(samples));
    double spent_us = 0;
    for (int frame = 0; frame < frames; ++frame) {
      const double begin_us = now_us();
      const int bytes = opus_encode(encoder, speech.data() + frame * samples, samples, packet.data(), 1500);
      spent_us += now_us() - begin_us;
      if (opus_decode(decoder, packet.data(), bytes, heard.data() + frame * samples, samples, 0) != samples) return;
    }
    std::printf("opus %5d Hz complexity %2d: encode %6.1f us, segmental SNR %.2f dB\n", rate_hz, complexity,
                spent_us / frames, segmental_db(speech, heard, static_cast<size_t>(samples)));
    opus_encoder_destroy(encoder);
    opus_decoder_destroy(decoder);
  }
}

}  // namespace

/** Arguments, if any: speech as .wav at 8 kHz, the same at 16 kHz. */
int main(int count, char** arguments) {
  measure("PCMU", {CodecId::pcmu, 8000, 8000});
  measure("PCMA", {CodecId::pcma, 8000, 8000});
  measure("G722", {CodecId::g722, 16000, 8000});
  measure("L16 at 8 kHz", {CodecId::l16, 8000, 8000});
  measure("L16 at 16 kHz", {CodecId::l16, 16000, 16000});
  measure("opus at 8 kHz", {CodecId::opus, 8000, 48000});
  measure("opus at 16 kHz", {CodecId::opus, 16000, 48000});
  measure_complexity(8000, 20000, speech_of(count > 1 ? arguments[1] : nullptr, 8000));
  measure_complexity(16000, 28000, speech_of(count > 2 ? arguments[2] : nullptr, 16000));
}
