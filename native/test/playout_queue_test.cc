#include "../engine/playout_queue.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "check.h"

using namespace trunkline;
using engine::PlayoutNote;

namespace {

/** Steady sound below the steps that are smoothed: what comes out is what went in. */
constexpr int16_t kSteady = 300;

/** Frees what it still holds. */
struct SpentChunks : engine::HandoffList<engine::PlayoutChunk> {
  ~SpentChunks() { free(); }
  int free() {
    int count = 0;
    for (auto* chunk = take_all(); chunk != nullptr; ++count) delete std::exchange(chunk, chunk->next);
    return count;
  }
};

class Player {
 public:
  void write(uint32_t playout, size_t samples, int16_t value = kSteady) {
    queue.write(new engine::PlayoutChunk{.playout_id = playout, .samples = std::vector<int16_t>(samples, value)});
  }

  /** The next packet's notes, as text. */
  std::string fill() {
    queue.fill(packet);
    spent.free();
    std::string text;
    for (const PlayoutNote& note : queue.notes()) text += describe(note) + " ";
    return text;
  }

  /** Samples of the packet that are not zero. */
  int sounding() const {
    int count = 0;
    for (const int16_t sample : packet) count += sample != 0 ? 1 : 0;
    return count;
  }

  SpentChunks spent;
  engine::PlayoutQueue queue{spent, 0.25f, 8000};
  std::array<int16_t, 160> packet{};

 private:
  static std::string describe(const PlayoutNote& note) {
    const std::string id = std::to_string(note.playout_id);
    const std::string played = std::to_string(note.played_samples);
    switch (note.type) {
      case PlayoutNote::Type::started:
        return "started" + id;
      case PlayoutNote::Type::mark_reached:
        return "mark" + id + "/" + std::to_string(note.mark_id);
      case PlayoutNote::Type::completed:
        return "completed" + id + "=" + played;
      case PlayoutNote::Type::flushed:
        return "flushed" + id + "=" + played;
      case PlayoutNote::Type::underrun:
        return "underrun" + id;
      case PlayoutNote::Type::ducked:
        return "ducked";
      case PlayoutNote::Type::silenced:
        return "silenced";
    }
    return "?";
  }
};

}  // namespace

TEST("an empty queue is silence without notes") {
  Player player;
  player.packet.fill(5);
  CHECK(player.fill().empty() && player.sounding() == 0);
}

TEST("samples come out in order, once, across chunks and packets") {
  Player player;
  for (int16_t i = 1; i <= 5; ++i) player.write(1, 70, i);
  player.queue.finish(1);
  std::vector<int16_t> heard;
  for (int i = 0; i < 3; ++i) {
    player.fill();
    heard.insert(heard.end(), player.packet.begin(), player.packet.end());
  }
  for (size_t i = 0; i < 480; ++i) CHECK(heard[i] == (i < 350 ? static_cast<int16_t>(i / 70 + 1) : 0));
}

TEST("a playout starts with its first packet and completes with its last sample") {
  Player player;
  player.write(1, 320);
  player.queue.finish(1);
  CHECK(player.fill() == "started1 ");
  CHECK(player.fill() == "completed1=320 ");
  CHECK(player.fill().empty());
}

TEST("a mark is reached in the packet that carries the last sample before it") {
  Player player;
  player.queue.mark(1, 10);
  player.write(1, 160);
  player.queue.mark(1, 11);
  player.write(1, 1);
  player.queue.mark(1, 12);
  player.queue.mark(1, 13);
  CHECK(player.fill() == "mark1/10 started1 mark1/11 ");
  CHECK(player.fill() == "mark1/12 mark1/13 underrun1 ");
}

TEST("playouts follow each other within a packet, in the order they were begun") {
  Player player;
  player.write(3, 100, 3);
  player.write(7, 100, 7);
  player.queue.finish(7);
  player.queue.finish(3);
  CHECK(player.fill() == "started3 completed3=100 started7 ");
  CHECK(player.packet[99] == 3 && player.packet[100] == 7);
  CHECK(player.fill() == "completed7=100 ");
}

TEST("a dry spell is one underrun, and the stream goes on with the next sample") {
  Player player;
  player.write(1, 200, 1);
  player.fill();
  CHECK(player.fill() == "underrun1 ");
  CHECK(player.fill().empty());
  player.write(1, 160, 2);
  CHECK(player.fill().empty());
  CHECK(player.packet[0] == 2 && player.sounding() == 160);
  CHECK(player.fill() == "underrun1 ");
  player.queue.finish(1);
  CHECK(player.fill() == "completed1=360 ");
}

TEST("a playout that has not begun to sound has no underrun") {
  Player player;
  player.queue.mark(1, 1);
  CHECK(player.fill() == "mark1/1 ");
  CHECK(player.fill().empty());
}

TEST("audio written in bursts of a second plays without a gap") {
  Player player;
  std::string notes;
  for (int packet = 0; packet < 600; ++packet) {
    if (packet % 50 == 0) player.write(1, 8000);
    notes += player.fill();
    CHECK(player.sounding() == 160);
  }
  CHECK(notes == "started1 ");
}

TEST("flush fades for 20 ms, which count as played, and drops every playout") {
  Player player;
  player.write(1, 8000);
  player.write(2, 8000);
  player.queue.mark(1, 9);
  player.fill();
  player.queue.flush();
  CHECK(player.fill() == "flushed1=320 flushed2=0 ");
  CHECK(player.packet[0] > 297 && player.packet[80] < 160 && player.packet[159] == 0);
  CHECK(player.fill() == "silenced ");
  CHECK(player.fill().empty());
}

TEST("what was flushed stays flushed: late audio, marks and ends for it are dropped") {
  Player player;
  player.write(1, 8000);
  player.fill();
  player.queue.flush();
  player.write(1, 160);
  player.fill();
  player.write(1, 160);
  player.queue.mark(1, 1);
  player.queue.finish(1);
  CHECK(player.fill() == "silenced ");
  CHECK(player.sounding() == 0);
  player.write(2, 160);
  CHECK(player.fill() == "started2 ");
  CHECK(player.packet[0] == kSteady);
}

TEST("a playout begun right after the flush follows the fade at full level") {
  Player player;
  player.write(1, 8000);
  player.fill();
  player.queue.flush();
  player.write(2, 400, 200);
  CHECK(player.fill() == "flushed1=320 ");
  CHECK(player.packet[159] == 0);
  CHECK(player.fill() == "started2 ");
  CHECK(player.packet[0] == 200 && player.packet[159] == 200);
}

TEST("flush of what is short or dry ends it with what it has") {
  Player player;
  player.write(1, 200);
  player.fill();
  player.queue.flush();
  CHECK(player.fill() == "flushed1=200 ");
  player.write(2, 160);
  player.fill();
  player.fill();
  player.queue.flush();
  CHECK(player.fill() == "flushed2=160 silenced ");
}

TEST("flush of silence still reports silence") {
  Player player;
  player.queue.flush();
  CHECK(player.fill() == "silenced ");
  CHECK(player.fill().empty());
}

TEST("pause fades, keeps the queue, and resume goes on with the next sample") {
  Player player;
  std::vector<int16_t> ramp(1600);
  for (size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<int16_t>(i / 5 + 1);
  player.queue.write(new engine::PlayoutChunk{.playout_id = 1, .samples = ramp});
  player.queue.finish(1);
  player.fill();
  player.queue.pause();
  CHECK(player.fill().empty());
  CHECK(player.packet[0] == 33 && player.packet[159] == 0);
  CHECK(player.fill() == "silenced ");
  CHECK(player.fill().empty());
  player.queue.resume();
  CHECK(player.fill().empty());
  CHECK(player.packet[0] == 0 && player.packet[159] == 96);
  CHECK(player.fill().empty());
  CHECK(player.packet[0] == 97 && player.packet[159] == 128);
  std::string notes;
  for (int i = 0; i < 10; ++i) notes += player.fill();
  CHECK(notes == "completed1=1600 ");
}

TEST("paused before anything sounded: not a sample leaves") {
  Player player;
  player.write(1, 1600);
  player.queue.pause();
  CHECK(player.fill() == "silenced ");
  CHECK(player.sounding() == 0);
  player.queue.resume();
  CHECK(player.fill() == "started1 ");
}

TEST("flush leaves pause") {
  Player player;
  player.write(1, 1600);
  player.fill();
  player.queue.pause();
  player.fill();
  player.queue.flush();
  CHECK(player.fill() == "flushed1=320 silenced ");
  player.write(2, 160);
  CHECK(player.fill() == "started2 ");
  CHECK(player.packet[0] == kSteady);
}

TEST("pause right after flush holds what comes next") {
  Player player;
  player.write(1, 1600);
  player.fill();
  player.queue.flush();
  player.queue.pause();
  player.fill();
  player.write(2, 160);
  CHECK(player.fill() == "silenced ");
  player.queue.resume();
  CHECK(player.fill() == "started2 ");
}

TEST("duck attenuates what is heard over 20 ms, once, until release") {
  Player player;
  player.write(1, 8000);
  player.fill();
  player.queue.duck();
  player.queue.duck();
  CHECK(player.fill() == "ducked ");
  CHECK(player.packet[0] > 297 && player.packet[159] == kSteady / 4);
  CHECK(player.fill().empty());
  CHECK(player.packet[0] == kSteady / 4);
  player.queue.release();
  CHECK(player.fill().empty());
  CHECK(player.packet[159] == kSteady);
}

TEST("duck does nothing while nothing is heard") {
  Player player;
  player.queue.duck();
  player.write(1, 8000);
  player.queue.duck();
  CHECK(player.fill() == "started1 ");
  CHECK(player.packet[100] == kSteady);
  player.queue.pause();
  player.queue.duck();
  player.fill();
  player.queue.resume();
  CHECK(player.fill().empty());
  CHECK(player.packet[159] == kSteady);
}

TEST("ducked, paused, resumed: back at full level") {
  Player player;
  player.write(1, 8000);
  player.fill();
  player.queue.duck();
  player.fill();
  player.queue.pause();
  player.fill();
  player.queue.resume();
  player.fill();
  CHECK(player.packet[0] < 3 && player.packet[159] == kSteady);
}

TEST("a duck ends with the last playout") {
  Player player;
  player.write(1, 400);
  player.queue.finish(1);
  player.fill();
  player.queue.duck();
  player.fill();
  CHECK(player.fill() == "completed1=400 ");
  player.write(2, 160);
  player.fill();
  CHECK(player.packet[0] == kSteady);
}

TEST("chunks that were never heard come back when the queue goes") {
  SpentChunks spent;
  {
    engine::PlayoutQueue queue(spent, 1, 8000);
    queue.write(new engine::PlayoutChunk{.playout_id = 1, .samples = std::vector<int16_t>(10)});
    queue.write(new engine::PlayoutChunk{.playout_id = 2, .samples = std::vector<int16_t>(10)});
  }
  CHECK(spent.free() == 2);
}
