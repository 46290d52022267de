#include "../engine/recording.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "../engine/clock.h"
#include "../engine/recording_writer.h"
#include "check.h"
#include "playout_line.h"

using namespace trunkline;
using engine::EndedRecording;
using engine::Recording;
using engine::RecordingEnd;
using engine::RecordingWriter;
using engine::WavFile;

namespace {

constexpr size_t kSlot = 160;

/** A folder of its own, gone with everything in it afterwards. */
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/trunkline-recording-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() {
    DIR* folder = opendir(path_.c_str());
    while (const dirent* entry = readdir(folder)) unlink((path_ + "/" + entry->d_name).c_str());
    closedir(folder);
    rmdir(path_.c_str());
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::vector<uint8_t> read_file(const std::string& path) {
  std::vector<uint8_t> bytes;
  const int fd = open(path.c_str(), O_RDONLY);
  uint8_t buffer[65536];
  for (ssize_t count = read(fd, buffer, sizeof buffer); count > 0; count = read(fd, buffer, sizeof buffer)) {
    bytes.insert(bytes.end(), buffer, buffer + count);
  }
  close(fd);
  return bytes;
}

struct Wav {
  uint32_t rate = 0;
  std::vector<int16_t> left;
  std::vector<int16_t> right;
};

uint32_t u32_at(const std::vector<uint8_t>& bytes, size_t at) {
  uint32_t value = 0;
  std::memcpy(&value, &bytes[at], sizeof value);
  return value;
}

/** As strict as a player that believes the header. */
std::optional<Wav> parse(const std::vector<uint8_t>& bytes) {
  if (bytes.size() < WavFile::kHeaderBytes) return std::nullopt;
  if (std::memcmp(&bytes[0], "RIFF", 4) != 0 || std::memcmp(&bytes[8], "WAVEfmt ", 8) != 0) return std::nullopt;
  const uint32_t data = u32_at(bytes, 40);
  if (std::memcmp(&bytes[36], "data", 4) != 0 || u32_at(bytes, 4) != data + 36) return std::nullopt;
  if (data % 4 != 0 || bytes.size() < WavFile::kHeaderBytes + data) return std::nullopt;
  Wav wav{.rate = u32_at(bytes, 24), .left = {}, .right = {}};
  for (size_t at = WavFile::kHeaderBytes; at < WavFile::kHeaderBytes + data; at += 4) {
    int16_t frame[2];
    std::memcpy(frame, &bytes[at], sizeof frame);
    wav.left.push_back(frame[0]);
    wav.right.push_back(frame[1]);
  }
  return wav;
}

std::optional<Wav> parse_file(const std::string& path) { return parse(read_file(path)); }

/** What the direction says in slot `number`: never silence. */
std::vector<int16_t> tone(uint64_t number, int sign, size_t samples = kSlot) {
  return std::vector<int16_t>(samples, static_cast<int16_t>(sign * static_cast<int>(1 + number % 30'000)));
}

bool push_slot(Recording& recording, uint64_t number) {
  const size_t samples = recording.slot_samples();
  return recording.push(tone(number, 1, samples), tone(number, -1, samples));
}

bool is_slot(const Wav& wav, uint64_t number, int16_t left, int16_t right) {
  const auto same = [&](const std::vector<int16_t>& samples, int16_t value) {
    if (samples.size() < (number + 1) * kSlot) return false;
    const auto from = samples.begin() + static_cast<ptrdiff_t>(number * kSlot);
    return std::all_of(from, from + kSlot, [value](int16_t sample) { return sample == value; });
  };
  return same(wav.left, left) && same(wav.right, right);
}

bool is_said(const Wav& wav, uint64_t number) {
  const auto value = static_cast<int16_t>(1 + number % 30'000);
  return is_slot(wav, number, value, static_cast<int16_t>(-value));
}

/** Rung by the writer; waits for the next ended recording. */
class Ended final : public engine::WakeUp {
 public:
  void wake() override { bell_.ring(); }
  EndedRecording next(RecordingWriter& writer) {
    while (taken_.empty()) {
      bell_.wait(100);
      for (EndedRecording* ended = writer.take_ended(); ended != nullptr;) {
        taken_.push_back(*ended);
        delete std::exchange(ended, ended->next);
      }
    }
    const EndedRecording first = taken_.front();
    taken_.erase(taken_.begin());
    return first;
  }

 private:
  engine::Doorbell bell_;
  std::vector<EndedRecording> taken_;
};

/** Runs `child` in a process of its own. */
template <typename Child>
pid_t in_child(Child child) {
  const pid_t pid = fork();
  if (pid == 0) {
    child();
    _exit(0);
  }
  return pid;
}

}  // namespace

TEST("a recording has the caller left and what was sent right, sample by sample") {
  for (const int rate : {8000, 16000}) {
    const Folder folder;
    Ended ended;
    RecordingWriter writer(&ended);
    Recording* recording =
        writer.start({.id = 7, .session_id = 3, .path = folder.file("a.wav"), .sample_rate_hz = rate});
    const size_t samples = static_cast<size_t>(rate) / 50;
    CHECK(recording->slot_samples() == samples);
    std::vector<int16_t> left;
    std::vector<int16_t> right;
    for (int i = 0; i < 120; ++i) {
      for (size_t j = 0; j < samples; ++j) {
        left.push_back(static_cast<int16_t>(left.size() * 7919));
        right.push_back(static_cast<int16_t>(right.size() * 104'729 + 1));
      }
      CHECK(recording->push(std::span(left).last(samples), std::span(right).last(samples)));
    }
    recording->finish();
    const EndedRecording end = ended.next(writer);
    CHECK(end.id == 7 && end.session_id == 3 && end.how == RecordingEnd::stopped);
    CHECK(end.length_ms == 2400 && end.lost_ms == 0);
    const auto wav = parse_file(folder.file("a.wav"));
    CHECK(wav && wav->rate == static_cast<uint32_t>(rate) && wav->left == left && wav->right == right);
  }
}

TEST("a recording is its owner's alone") {
  const Folder folder;
  WavFile file;
  CHECK(file.create(folder.file("a.wav"), 8000) == 0);
  struct stat status {};
  stat(folder.file("a.wav").c_str(), &status);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST("a file that is there, or a folder that is not, ends the recording and touches nothing") {
  const Folder folder;
  Ended ended;
  RecordingWriter writer(&ended);
  {
    WavFile first;
    CHECK(first.create(folder.file("a.wav"), 8000) == 0);
  }
  Recording* recording = writer.start({.id = 1, .path = folder.file("a.wav")});
  EndedRecording end = ended.next(writer);
  CHECK(end.how == RecordingEnd::not_opened && end.error == EEXIST);
  CHECK(!push_slot(*recording, 0));
  recording->finish();
  recording = writer.start({.id = 2, .path = folder.file("none/a.wav")});
  end = ended.next(writer);
  CHECK(end.id == 2 && end.how == RecordingEnd::not_opened && end.error == ENOENT);
  recording->finish();
  writer.stop();
  CHECK(writer.take_ended() == nullptr);
  CHECK(parse_file(folder.file("a.wav"))->left.empty());
}

TEST("while the disk is behind, what does not fit is counted and silent, and the rest stays where it was said") {
  const Folder folder;
  const engine::Doorbell bell;
  Recording recording({.path = "", .ring_slots = 10}, bell);
  WavFile file;
  CHECK(file.create(folder.file("a.wav"), 8000) == 0);
  for (uint64_t i = 0; i < 25; ++i) push_slot(recording, i);
  CHECK(recording.drain_to(file) == 0);
  for (uint64_t i = 25; i < 33; ++i) push_slot(recording, i);
  CHECK(recording.drain_to(file) == 0);
  CHECK(file.extend_to(recording.frames()) == 0);
  CHECK(recording.lost_frames() == 15 * kSlot);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->left.size() == 33 * kSlot);
  for (uint64_t i = 0; i < 33; ++i) CHECK(i < 10 || i >= 25 ? is_said(*wav, i) : is_slot(*wav, i, 0, 0));
}

TEST("a pause is silence of its length, to the end too") {
  const Folder folder;
  Ended ended;
  RecordingWriter writer(&ended);
  Recording* recording = writer.start({.path = folder.file("a.wav")});
  for (uint64_t i = 0; i < 60; ++i) {
    recording->set_paused((i >= 20 && i < 40) || i >= 50);
    push_slot(*recording, i);
  }
  recording->finish();
  const EndedRecording end = ended.next(writer);
  CHECK(end.length_ms == 1200 && end.lost_ms == 0);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->left.size() == 60 * kSlot);
  for (uint64_t i = 0; i < 60; ++i) {
    CHECK((i >= 20 && i < 40) || i >= 50 ? is_slot(*wav, i, 0, 0) : is_said(*wav, i));
  }
}

TEST("a direction that is not there is silence") {
  const Folder folder;
  const engine::Doorbell bell;
  Recording recording({.path = ""}, bell);
  WavFile file;
  CHECK(file.create(folder.file("a.wav"), 8000) == 0);
  recording.push({}, tone(4, 1));
  recording.push(std::vector<int16_t>(kSlot, 9), {});
  CHECK(recording.drain_to(file) == 0 && file.extend_to(recording.frames()) == 0);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && is_slot(*wav, 0, 0, 5) && is_slot(*wav, 1, 9, 0));
}

TEST("the header is true after every write") {
  const Folder folder;
  WavFile file;
  CHECK(file.create(folder.file("a.wav"), 16000) == 0);
  CHECK(parse_file(folder.file("a.wav"))->left.empty());
  const std::vector<int16_t> frames(2 * 100, 5);
  CHECK(file.write(50, frames) == 0 && file.extend_to(100) == 0);
  CHECK(parse_file(folder.file("a.wav"))->left.size() == 150);
  CHECK(file.extend_to(170) == 0);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->rate == 16000 && wav->left.size() == 170);
  CHECK(wav->left[49] == 0 && wav->left[50] == 5 && wav->left[149] == 5 && wav->left[150] == 0);
}

TEST("a recording that has no more room in its file ends, and says so") {
  const Folder folder;
  Ended ended;
  RecordingWriter writer(&ended);
  Recording* recording = writer.start({.path = folder.file("a.wav"), .ring_slots = 20, .most_frames = 100 * kSlot});
  uint64_t pushed = 0;
  while (push_slot(*recording, pushed)) {
    if (++pushed % 10 == 0) std::this_thread::yield();
  }
  recording->finish();
  const EndedRecording end = ended.next(writer);
  CHECK(end.how == RecordingEnd::too_long && end.length_ms <= 2000);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->left.size() * 1000.0 / 8000 == end.length_ms);
}

TEST("a write that fails ends the recording; what was written can be read") {
  const Folder folder;
  const pid_t child = in_child([&] {
    const rlimit limit{40'000, 40'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    Ended ended;
    RecordingWriter writer(&ended);
    Recording* recording = writer.start({.path = folder.file("a.wav")});
    uint64_t pushed = 0;
    while (push_slot(*recording, pushed)) ++pushed;
    recording->finish();
    const EndedRecording end = ended.next(writer);
    if (end.how != RecordingEnd::write_failed || end.error != EFBIG) _exit(1);
  });
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(parse_file(folder.file("a.wav")).has_value());
}

TEST("a process that is killed leaves a recording that lacks less than its last second") {
  const Folder folder;
  int slots[2];
  CHECK(pipe(slots) == 0);
  const pid_t child = in_child([&] {
    RecordingWriter writer;
    Recording* recording = writer.start({.path = folder.file("a.wav")});
    int64_t next_ns = engine::monotonic_ns();
    for (uint64_t i = 0;; ++i) {
      next_ns += 20 * engine::kNsPerMs;
      const timespec until{next_ns / 1'000'000'000, next_ns % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      push_slot(*recording, i);
      if (write(slots[1], "", 1) != 1) _exit(1);
    }
  });
  close(slots[1]);
  size_t pushed = 0;
  char bytes[64];
  for (ssize_t count = read(slots[0], bytes, sizeof bytes); count > 0; count = read(slots[0], bytes, sizeof bytes)) {
    pushed += static_cast<size_t>(count);
    if (pushed >= 80) kill(child, SIGKILL);
  }
  close(slots[0]);
  waitpid(child, nullptr, 0);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->left.size() <= (pushed + 1) * kSlot && wav->left.size() + 8000 >= pushed * kSlot);
  for (uint64_t i = 0; i < wav->left.size() / kSlot; ++i) CHECK(is_said(*wav, i));
}

TEST("many recordings at once: each has its own, and stopping writes the rest of all") {
  constexpr int kRecordings = 40;
  const Folder folder;
  RecordingWriter writer;
  std::vector<Recording*> recordings;
  for (int i = 0; i < kRecordings; ++i) {
    recordings.push_back(writer.start({.id = static_cast<uint32_t>(i), .path = folder.file(std::to_string(i))}));
  }
  std::thread media([&] {
    for (uint64_t slot = 0; slot < 150; ++slot) {
      for (int i = 0; i < kRecordings; ++i) push_slot(*recordings[i], slot * 100 + static_cast<uint64_t>(i));
    }
    for (int i = 0; i < kRecordings; i += 2) recordings[i]->finish();
  });
  media.join();
  writer.stop();
  int ended = 0;
  for (EndedRecording* each = writer.take_ended(); each != nullptr; ++ended) {
    CHECK(each->how == RecordingEnd::stopped && each->length_ms == 3000 && each->lost_ms == 0);
    delete std::exchange(each, each->next);
  }
  CHECK(ended == kRecordings);
  for (int i = 0; i < kRecordings; ++i) {
    const auto wav = parse_file(folder.file(std::to_string(i)));
    CHECK(wav && wav->left.size() == 150 * kSlot);
    CHECK(wav->left[149 * kSlot] == 1 + (149 * 100 + i) % 30'000);
  }
  CHECK(writer.start({.path = folder.file("late")}) == nullptr);
  EndedRecording* refused = writer.take_ended();
  CHECK(refused != nullptr && refused->how == RecordingEnd::not_opened && refused->error == EAGAIN);
  delete refused;
}

TEST("between two threads every slot that is not lost is where it was said") {
  const Folder folder;
  const engine::Doorbell bell;
  Recording recording({.path = "", .ring_slots = 16}, bell);
  WavFile file;
  CHECK(file.create(folder.file("a.wav"), 8000) == 0);
  constexpr uint64_t kSlots = 5'000;
  std::thread media([&] {
    for (uint64_t i = 0; i < kSlots; ++i) push_slot(recording, i);
    recording.finish();
  });
  for (bool finished = false; !finished;) {
    finished = recording.finished();
    CHECK(recording.drain_to(file) == 0);
  }
  media.join();
  CHECK(file.extend_to(recording.frames()) == 0);
  const auto wav = parse_file(folder.file("a.wav"));
  CHECK(wav && wav->left.size() == kSlots * kSlot);
  uint64_t silent = 0;
  for (uint64_t i = 0; i < kSlots; ++i) {
    if (is_slot(*wav, i, 0, 0)) {
      ++silent;
    } else {
      CHECK(is_said(*wav, i));
    }
  }
  CHECK(silent * kSlot == recording.lost_frames());
}

TEST("marks of both directions keep their places to the sample, behind a jitter buffer, a slow disk and a pause") {
  for (const double jitter_ms : {0.0, 60.0}) {
    const Folder folder;
    const engine::Doorbell bell;
    Recording recording({.path = "", .ring_slots = 30}, bell);
    WavFile file;
    CHECK(file.create(folder.file("a.wav"), 8000) == 0);
    test::PlayoutLine line(8000, {.loss = jitter_ms > 0 ? 0.05 : 0, .jitter_ms = jitter_ms});
    const std::vector<int16_t> heard = line.say(test::needles(8000, 10'000));
    std::vector<int16_t> sent(heard.size());
    for (size_t at = 1'234; at < sent.size(); at += 1'999) sent[at] = 20'000;
    const size_t slots = heard.size() / kSlot;
    const auto paused = [](size_t slot) { return slot >= 100 && slot < 150; };
    for (size_t slot = 0; slot < slots; ++slot) {
      recording.set_paused(paused(slot));
      recording.push(std::span(heard).subspan(slot * kSlot, kSlot), std::span(sent).subspan(slot * kSlot, kSlot));
      // Twice the disk is behind for longer than the ring holds.
      const bool slow = (slot > 200 && slot < 260) || (slot > 300 && slot < 350);
      if (slot % 12 == 0 && !slow) CHECK(recording.drain_to(file) == 0);
    }
    CHECK(recording.drain_to(file) == 0 && file.extend_to(recording.frames()) == 0);
    CHECK(recording.lost_frames() > 0);
    const auto wav = parse_file(folder.file("a.wav"));
    CHECK(wav && wav->left.size() == slots * kSlot);
    uint64_t silent_slots = 0;
    int marks = 0;
    for (size_t slot = 0; slot < slots; ++slot) {
      const auto same = [&](const std::vector<int16_t>& kept, const std::vector<int16_t>& said) {
        const auto from = static_cast<ptrdiff_t>(slot * kSlot);
        return std::equal(kept.begin() + from, kept.begin() + from + kSlot, said.begin() + from);
      };
      if (!paused(slot) && same(wav->left, heard) && same(wav->right, sent)) {
        for (size_t at = slot * kSlot; at < (slot + 1) * kSlot; ++at)
          marks += wav->left[at] > 12'000 || wav->right[at] > 12'000;
        continue;
      }
      CHECK(is_slot(*wav, slot, 0, 0));
      ++silent_slots;
    }
    CHECK(silent_slots == 50 + recording.lost_frames() / kSlot);
    CHECK(marks > 40);
  }
}
