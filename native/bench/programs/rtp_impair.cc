// Callers behind bad networks, told what to do by words on standard input, one line each:
//
//   rtp_impair SPEECH FOLDER
//
//   line SEED LOSS BURST_BEGINS BURST_ENDS JITTER_MS REORDER DUPLICATE SKEW_PPM    another caller; its ports
//   engine LINE PORT    where the line's caller sends to, by the number of its `line` from 0
//   run MS              all speak from their first word on, for so long; then FOLDER/LINE.packets is what was heard
//
// Each is answered with one line of JSON.
#include <time.h>

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "../../engine/clock.h"
#include "../command_lines.h"
#include "../impaired_line.h"
#include "../precedence.h"
#include "../speech_file.h"

namespace {

using trunkline::bench::CommandLines;
using trunkline::bench::ImpairedLine;
using trunkline::bench::LineOptions;
using trunkline::engine::monotonic_ns;

using Lines = std::vector<std::unique_ptr<ImpairedLine>>;

constexpr int64_t kStepNs = 1'000'000;
constexpr int64_t kHeadStartNs = 200'000'000;
constexpr int kRealTimePriority = 5;

void sleep_until(int64_t at_ns) {
  const timespec at{at_ns / 1'000'000'000, at_ns % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

void add_line(const std::string& words, std::span<const uint8_t> speech, Lines& lines) {
  LineOptions options;
  auto& [seed, loss, begins, ends, jitter_ms, reorder, duplicate] = options.impairment;
  std::sscanf(words.c_str(), "line %u %lf %lf %lf %lf %lf %lf %lf", &seed, &loss, &begins, &ends, &jitter_ms, &reorder,
              &duplicate, &options.skew_ppm);
  auto line = std::make_unique<ImpairedLine>(options, speech);
  if (!line->open()) return;
  std::printf("{\"relayPort\":%u,\"listenerPort\":%u}\n", line->relay_port(), line->listener_port());
  lines.push_back(std::move(line));
}

/** They begin a little apart, as calls do. */
void run(Lines& lines, int64_t duration_ns) {
  const int64_t begin_ns = monotonic_ns() + kHeadStartNs;
  for (size_t i = 0; i < lines.size(); ++i) lines[i]->start(begin_ns + static_cast<int64_t>(i) * 1'300'000);
  for (int64_t due_ns = begin_ns; due_ns < begin_ns + duration_ns; due_ns += kStepNs) {
    sleep_until(due_ns);
    for (const auto& line : lines) line->run(monotonic_ns());
  }
}

void report(const Lines& lines, const std::string& folder) {
  std::printf("{\"lines\":[");
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i]->save(folder + "/" + std::to_string(i) + ".packets");
    const ImpairedLine::Counts& counts = lines[i]->counts();
    std::printf(R"(%s{"begunAtMs":%.4f,"sent":%)" PRIu64 R"(,"duplicated":%)" PRIu64 R"(,"lost":[)", i == 0 ? "" : ",",
                static_cast<double>(lines[i]->begin_ns()) / 1e6, counts.sent, counts.duplicated);
    for (size_t k = 0; k < counts.lost.size(); ++k) std::printf("%s%" PRIu64, k == 0 ? "" : ",", counts.lost[k]);
    std::printf("]}");
  }
  std::printf("]}\n");
}

void obey(const std::string& words, std::span<const uint8_t> speech, const std::string& folder, Lines& lines) {
  size_t index = 0;
  unsigned port = 0;
  double ms = 0;
  if (words.starts_with("line ")) {
    add_line(words, speech, lines);
  } else if (std::sscanf(words.c_str(), "engine %zu %u", &index, &port) == 2 && index < lines.size()) {
    lines[index]->set_engine_port(static_cast<uint16_t>(port));
    std::printf("{}\n");
  } else if (std::sscanf(words.c_str(), "run %lf", &ms) == 1) {
    run(lines, static_cast<int64_t>(ms * 1e6));
    report(lines, folder);
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::vector<uint8_t> speech = trunkline::bench::read_speech(argv[1]);
  if (speech.empty()) return 1;
  trunkline::bench::take_precedence(kRealTimePriority);
  Lines lines;
  CommandLines commands;
  while (commands.read_more()) {
    while (const auto words = commands.next()) obey(*words, speech, argv[2], lines);
    sleep_until(monotonic_ns() + kStepNs);
  }
  return 0;
}
