#include "command_lines.h"

#include <fcntl.h>
#include <unistd.h>

namespace trunkline::bench {

CommandLines::CommandLines() { fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK); }

std::optional<std::string> CommandLines::next() {
  const size_t end = pending_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return line;
}

bool CommandLines::read_more() {
  char bytes[4096];
  const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count > 0) pending_.append(bytes, static_cast<size_t>(count));
  return count != 0;
}

}  // namespace trunkline::bench
