#pragma once

#include <optional>
#include <string>

namespace trunkline::bench {

/** Lines of standard input as they come, without waiting. */
class CommandLines {
 public:
  CommandLines();

  std::optional<std::string> next();
  /** False at the end of the input. */
  bool read_more();

 private:
  std::string pending_;
};

}  // namespace trunkline::bench
