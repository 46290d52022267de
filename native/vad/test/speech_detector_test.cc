#include "../speech_detector.h"

#include "../frame_batch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "check.h"
#include "read_file.h"
#include "voice.h"

using namespace trunkline::vad;

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int kPacketMs = 20;

/** The rules hold for the network of either rate. */
int rate_hz = 8000;
size_t per_ms() { return static_cast<size_t>(rate_hz) / 1000; }

struct Recorder final : SpeechEventSink {
  std::vector<SpeechEvent> events;
  void on_speech_event(const SpeechEvent& event) override { events.push_back(event); }

  std::vector<SpeechEvent> of(SpeechEvent::Type type) const {
    std::vector<SpeechEvent> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found), [&](const SpeechEvent& each) { return each.type == type; });
    return found;
  }
};

using Type = SpeechEvent::Type;

void append(std::vector<int16_t>& audio, const std::vector<int16_t>& part) { audio.insert(audio.end(), part.begin(), part.end()); }

void add(std::vector<int16_t>& audio, const std::vector<int16_t>& noise) {
  for (size_t i = 0; i < audio.size(); ++i) audio[i] = static_cast<int16_t>(audio[i] + noise[i]);
}

std::vector<int16_t> silence(int milliseconds) { return std::vector<int16_t>(static_cast<size_t>(milliseconds) * per_ms()); }

/** Packet i arrives at i * 20 ms. */
Recorder detect(const SileroWeights& weights, const std::vector<int16_t>& audio, const VadOptions& options = {}) {
  SpeechDetector detector(weights, options, rate_hz);
  Recorder recorder;
  const size_t packet = kPacketMs * per_ms();
  for (size_t at = 0; at < audio.size(); at += packet) {
    const auto count = std::min(packet, audio.size() - at);
    detector.push({audio.data() + at, count}, static_cast<int64_t>(at / per_ms()) * kMs, recorder);
  }
  return recorder;
}

/** Three phrases with whole packets of digital silence around them. */
std::vector<int16_t> three_phrases(int lead_ms) {
  Voice voice(rate_hz);
  std::vector<int16_t> audio = silence(lead_ms);
  for (const int length_ms : {600, 1000, 340}) {
    append(audio, voice.speak(length_ms));
    append(audio, silence(800));
  }
  return audio;
}

void clean_speech_begins_and_ends_at_its_packets(const SileroWeights& weights) {
  for (int lead_ms = 300; lead_ms < 460; lead_ms += kPacketMs) {
    const Recorder heard = detect(weights, three_phrases(lead_ms));
    const auto started = heard.of(Type::started);
    const auto ended = heard.of(Type::ended);
    CHECK(started.size() == 3 && ended.size() == 3 && heard.of(Type::confirmed).size() == 3);
    int64_t begin_ms = lead_ms;
    size_t i = 0;
    for (const int length_ms : {600, 1000, 340}) {
      if (i >= started.size() || i >= ended.size()) break;
      CHECK(started[i].onset_ns == begin_ms * kMs);
      CHECK(started[i].at_ns - started[i].onset_ns <= 400 * kMs);
      CHECK(ended[i].end_ns == (begin_ms + length_ms - kPacketMs) * kMs);
      CHECK(ended[i].at_ns > ended[i].end_ns);
      begin_ms += length_ms + 800;
      ++i;
    }
  }
}

void soft_noise_does_not_move_the_edges(const SileroWeights& weights) {
  Voice noise(rate_hz);
  std::vector<int16_t> audio = three_phrases(1000);
  add(audio, noise.noise(static_cast<int>(audio.size() / per_ms()), -55));
  const Recorder heard = detect(weights, audio);
  const auto started = heard.of(Type::started);
  const auto ended = heard.of(Type::ended);
  CHECK(started.size() == 3 && ended.size() == 3);
  if (ended.empty()) return;
  CHECK(started[0].onset_ns == 1000 * kMs);
  CHECK(ended[0].end_ns == 1580 * kMs);
}

/** Where the noise hides the edges, the stamps are those of the network's frames. */
void loud_noise_falls_back_to_frames(const SileroWeights& weights) {
  Voice noise(rate_hz);
  std::vector<int16_t> audio = three_phrases(2000);
  add(audio, noise.noise(static_cast<int>(audio.size() / per_ms()), -27));
  const Recorder heard = detect(weights, audio);
  const auto ended = heard.of(Type::ended);
  CHECK(!ended.empty());
  for (const SpeechEvent& each : ended) {
    CHECK(each.end_ns >= each.onset_ns);
    CHECK(each.at_ns - each.end_ns >= 60 * kMs && each.at_ns - each.end_ns <= 400 * kMs);
    CHECK(each.onset_ns >= 1900 * kMs);
  }
}

void noise_that_sets_in_when_speech_ends_is_not_speech(const SileroWeights& weights) {
  Voice voice(rate_hz);
  std::vector<int16_t> audio = silence(500);
  append(audio, voice.speak(800));
  append(audio, voice.noise(1500, -35));
  const auto ended = detect(weights, audio).of(Type::ended);
  CHECK(ended.size() == 1);
  if (ended.empty()) return;
  // The network takes the beginning of the noise for a fricative: no edge in the energy, so its frame counts.
  CHECK(ended[0].end_ns >= 1260 * kMs && ended[0].end_ns <= ended[0].at_ns - 60 * kMs);
}

void the_options_count_frames(const SileroWeights& weights) {
  const auto audio = three_phrases(400);
  const Recorder heard = detect(weights, audio, {.confirm_frames = 1});
  CHECK(heard.events.size() == 9);
  for (size_t i = 0; i + 1 < heard.events.size(); i += 3) {
    CHECK(heard.events[i].type == Type::started && heard.events[i + 1].type == Type::confirmed);
    CHECK(heard.events[i].at_ns == heard.events[i + 1].at_ns);
  }
  const auto patient = detect(weights, audio, {.end_frames = 30});
  CHECK(patient.of(Type::started).size() == 1);
  const auto never = detect(weights, audio, {.confirm_frames = 1000});
  CHECK(never.of(Type::confirmed).empty() && never.of(Type::ended).size() == 3);
  const auto deaf = detect(weights, audio, {.on_threshold = 1.1f});
  CHECK(deaf.events.empty());
  const auto with_late_end = detect(weights, audio, {.end_frames = 15}).of(Type::ended);
  const auto with_early_end = detect(weights, audio, {.end_frames = 1}).of(Type::ended);
  CHECK(with_late_end.size() == 3 && with_early_end.size() >= 3);
  if (with_late_end.size() == 3) CHECK(with_late_end[0].end_ns == 980 * kMs);
}

void packet_size_does_not_matter(const SileroWeights& weights) {
  const auto audio = three_phrases(400);
  const Recorder expected = detect(weights, audio);
  for (const size_t packet : {1u, 80u, 240u, 333u, 5000u}) {
    SpeechDetector detector(weights, {}, rate_hz);
    Recorder heard;
    for (size_t at = 0; at < audio.size(); at += packet) {
      detector.push({audio.data() + at, std::min(packet, audio.size() - at)}, static_cast<int64_t>(at / per_ms()) * kMs, heard);
    }
    CHECK(heard.events.size() == expected.events.size());
    for (size_t i = 0; i < std::min(heard.events.size(), expected.events.size()); ++i) {
      CHECK(heard.events[i].type == expected.events[i].type);
      CHECK(heard.events[i].probability == expected.events[i].probability);
    }
  }
}

/** Six callers of one thread, apart from each other, in packets of 20 and of 60 ms; the thread takes two callers a turn. */
void callers_decided_together_hear_the_same(const SileroWeights& weights) {
  constexpr size_t kCallers = 6;
  for (const size_t packet : {20 * per_ms(), 60 * per_ms()}) {
    std::vector<std::vector<int16_t>> said;
    std::vector<SpeechDetector> alone(kCallers, SpeechDetector(weights, {}, rate_hz));
    std::vector<SpeechDetector> together = alone;
    std::vector<Recorder> expected(kCallers), found(kCallers);
    FrameBatch batch;
    for (size_t i = 0; i < kCallers; ++i) said.push_back(three_phrases(60 * static_cast<int>(i)));
    for (size_t at = 0; at + packet <= said[0].size(); at += packet) {
      const auto now_ns = static_cast<int64_t>(at / per_ms()) * kMs;
      for (size_t i = 0; i < kCallers; ++i) {
        const std::span<const int16_t> samples(said[i].data() + at, packet);
        alone[i].push(samples, now_ns, expected[i]);
        together[i].push(samples, now_ns, found[i], batch);
        if (i % 2 == 1) batch.run();
      }
    }
    for (size_t i = 0; i < kCallers; ++i) {
      CHECK(found[i].events.size() == expected[i].events.size());
      for (size_t k = 0; k < std::min(found[i].events.size(), expected[i].events.size()); ++k) {
        const SpeechEvent& one = found[i].events[k];
        const SpeechEvent& other = expected[i].events[k];
        CHECK(one.type == other.type && one.at_ns == other.at_ns && one.onset_ns == other.onset_ns &&
              one.end_ns == other.end_ns);
      }
    }
    CHECK(expected[0].events.size() >= 6);
  }
}

void silence_noise_and_tones_are_not_speech(const SileroWeights& weights) {
  Voice noise(rate_hz);
  CHECK(detect(weights, silence(3000)).events.empty());
  CHECK(detect(weights, noise.noise(3000, -30)).events.empty());
  CHECK(detect(weights, {}).events.empty());
}

void reset_makes_it_new(const SileroWeights& weights) {
  const auto audio = three_phrases(400);
  SpeechDetector detector(weights, {}, rate_hz);
  Recorder first, again;
  detector.push(std::span(audio).first(625 * per_ms()), 0, first);
  CHECK(detector.speaking());
  detector.reset();
  CHECK(!detector.speaking() && detector.probability() == 0);
  const size_t packet = kPacketMs * per_ms();
  for (size_t at = 0; at < audio.size(); at += packet) {
    detector.push({audio.data() + at, std::min(packet, audio.size() - at)}, static_cast<int64_t>(at / per_ms()) * kMs, again);
  }
  const Recorder expected = detect(weights, audio);
  CHECK(again.events.size() == expected.events.size());
  for (size_t i = 0; i < std::min(again.events.size(), expected.events.size()); ++i) {
    CHECK(again.events[i].onset_ns == expected.events[i].onset_ns && again.events[i].at_ns == expected.events[i].at_ns);
  }
}

void new_options_hold_from_the_next_frame_on(const SileroWeights& weights) {
  const auto audio = three_phrases(400);
  SpeechDetector detector(weights, {.on_threshold = 1.1f}, rate_hz);
  Recorder heard;
  const size_t half = 1800 * per_ms();
  detector.push(std::span(audio).first(half), 0, heard);
  CHECK(heard.events.empty());
  detector.set_options({});
  detector.push(std::span(audio).subspan(half), 0, heard);
  CHECK(heard.of(Type::started).size() == 2 && heard.of(Type::ended).size() == 2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::string error;
  const auto weights = SileroWeights::load(read_file<uint8_t>(argv[1]), &error);
  if (weights == nullptr) {
    std::printf("%s\n", error.c_str());
    return 1;
  }
  for (const int rate : {8000, 16000}) {
    rate_hz = rate;
    clean_speech_begins_and_ends_at_its_packets(*weights);
    soft_noise_does_not_move_the_edges(*weights);
    loud_noise_falls_back_to_frames(*weights);
    noise_that_sets_in_when_speech_ends_is_not_speech(*weights);
    the_options_count_frames(*weights);
    packet_size_does_not_matter(*weights);
    callers_decided_together_hear_the_same(*weights);
    silence_noise_and_tones_are_not_speech(*weights);
    reset_makes_it_new(*weights);
    new_options_hold_from_the_next_frame_on(*weights);
  }
  return report("speech_detector");
}
