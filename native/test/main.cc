#include "check.h"

int main(int count, char** arguments) {
  return trunkline::test::run_all(std::span(arguments, static_cast<size_t>(count)).subspan(1));
}
