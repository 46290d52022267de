// Many callers in one process, told what to do by words on standard input, one line each:
//
//   rtp_load SPEECH SEED CPU TIMER_CPU    µ-law file; processors for the load and for the timer loop, -1 = any
//
//   call PORT         another caller, to 127.0.0.1:PORT
//   measure SECONDS   begins to count
//   report            what was counted, as JSON
//   hangup            nobody sends any more
//   quit
//
// Each is answered with one line of JSON. The first line says which port the callers use.
#include <time.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../../engine/clock.h"
#include "../callers.h"
#include "../command_lines.h"
#include "../load_socket.h"
#include "../precedence.h"
#include "../speech_file.h"
#include "../timer_jitter.h"

namespace {

using trunkline::bench::Callers;
using trunkline::bench::CommandLines;
using trunkline::bench::LoadSocket;
using trunkline::bench::Percentiles;
using trunkline::bench::Report;
using trunkline::bench::TimerJitter;
using trunkline::engine::monotonic_ns;

constexpr int64_t kSlotNs = 1'000'000;
constexpr int kRealTimePriority = 5;

void print_percentiles(const char* name, const Percentiles& ms) {
  std::printf(R"("%s":{"p50":%.4f,"p99":%.4f,"p999":%.4f,"max":%.4f})", name, ms.p50, ms.p99, ms.p999, ms.max);
}

void print_report(const Report& report, uint64_t sent, const Percentiles& timer_ms) {
  std::printf(R"({"calls":%zu,"seconds":%.3f,"received":%)" PRIu64 R"(,"missing":%)" PRIu64 R"(,"duplicates":%)" PRIu64
              R"(,"sentInAll":%)" PRIu64 ",",
              report.calls, report.seconds, report.received, report.missing, report.duplicates, sent);
  print_percentiles("pacingMs", report.pacing_ms);
  std::printf(",");
  print_percentiles("timerMs", timer_ms);
  std::printf("}\n");
}

/** False when it was told to quit. */
bool obey(const std::string& line, Callers& callers, TimerJitter& timer) {
  const int64_t now_ns = monotonic_ns();
  if (line.starts_with("call ")) {
    callers.add(static_cast<uint16_t>(std::atoi(line.c_str() + 5)));
    return true;
  }
  if (line.starts_with("measure ")) {
    timer.take();
    callers.measure(std::atof(line.c_str() + 8), now_ns);
    std::printf("{}\n");
  } else if (line == "report") {
    print_report(callers.report(now_ns), callers.sent(), timer.take());
  } else if (line == "hangup") {
    callers.hang_up();
    std::printf(R"({"sentInAll":%)" PRIu64 "}\n", callers.sent());
  }
  std::fflush(stdout);
  return line != "quit";
}

void run(Callers& callers, TimerJitter& timer) {
  CommandLines lines;
  for (int64_t due_ns = monotonic_ns() + kSlotNs; lines.read_more(); due_ns += kSlotNs) {
    const timespec due{due_ns / 1'000'000'000, due_ns % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
    callers.send_next_slot();
    callers.receive(monotonic_ns());
    while (const auto line = lines.next()) {
      if (!obey(*line, callers, timer)) return;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::vector<uint8_t> speech = trunkline::bench::read_speech(argv[1]);
  auto socket = std::make_unique<LoadSocket>();
  if (speech.empty() || !socket->open()) return 1;
  TimerJitter timer(std::atoi(argv[4]));
  trunkline::bench::pin_to(std::atoi(argv[3]));
  trunkline::bench::take_precedence(kRealTimePriority);
  Callers callers(*socket, speech, static_cast<uint32_t>(std::atoi(argv[2])));
  std::printf("{\"port\":%u}\n", socket->port());
  std::fflush(stdout);
  run(callers, timer);
  return 0;
}
