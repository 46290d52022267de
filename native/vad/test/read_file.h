#pragma once

#include <cstdio>
#include <cstdlib>
#include <vector>

/** Reads a whole file of raw values; ends the program when it cannot. */
template <typename Value>
std::vector<Value> read_file(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    std::perror(path);
    std::exit(2);
  }
  std::vector<Value> values;
  Value buffer[4096];
  while (const size_t count = std::fread(buffer, sizeof(Value), 4096, file)) values.insert(values.end(), buffer, buffer + count);
  std::fclose(file);
  return values;
}
