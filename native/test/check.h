#pragma once

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

namespace trunkline::test {

struct Test {
  std::string_view file;
  const char* rule;
  void (*run)();
};

inline std::vector<Test> tests;
inline int failures = 0;

struct Registration {
  Registration(const char* file, const char* rule, void (*run)()) { tests.push_back({file, rule, run}); }
};

/** Every test of the program, or of the files named (without `.cc`); the exit status is 0 when all passed. */
inline int run_all(std::span<char*> files) {
  size_t count = 0;
  for (const Test& test : tests) {
    const auto names_it = [&test](const char* file) { return test.file.find(file) != std::string_view::npos; };
    if (!files.empty() && std::ranges::none_of(files, names_it)) continue;
    const int before = failures;
    test.run();
    ++count;
    if (failures > before) std::printf("  in: %s\n", test.rule);
  }
  std::printf("%zu tests, %d failures\n", count, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace trunkline::test

#define TEST_JOIN_EXPANDED(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN_EXPANDED(a, b)
/** TEST("rule that holds") { ... } */
#define TEST(rule)                                                                                              \
  static void TEST_JOIN(test_at_, __LINE__)();                                                                  \
  static const trunkline::test::Registration TEST_JOIN(registration_, __LINE__)(__FILE__, rule,                 \
                                                                                TEST_JOIN(test_at_, __LINE__)); \
  static void TEST_JOIN(test_at_, __LINE__)()

/** Goes on after a failure, so that one run shows all. */
#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      std::printf("%s:%d: CHECK(%s) failed\n", __FILE__, __LINE__, #condition); \
      ++trunkline::test::failures;                                              \
    }                                                                           \
  } while (false)
