#include "random.h"

#include <sys/random.h>

#include "clock.h"

namespace trunkline::engine {

uint32_t random_u32() {
  uint32_t value = 0;
  if (getrandom(&value, sizeof value, 0) == sizeof value) return value;
  return static_cast<uint32_t>(monotonic_ns());
}

}  // namespace trunkline::engine
