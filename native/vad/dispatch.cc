#include "kernels.h"

namespace trunkline::vad {

namespace {

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() { return has_avx2() && __builtin_cpu_supports("avx512f"); }
#else
bool has_avx2() { return false; }
bool has_avx512() { return false; }
#endif

const Kernels* best_kernels() {
  if (has_avx512()) return avx512_kernels();
  if (has_avx2()) return avx2_kernels();
  return &scalar_kernels();
}

}  // namespace

const Kernels* choose_kernels(KernelSet set) {
  switch (set) {
    case KernelSet::best:
      return best_kernels();
    case KernelSet::scalar:
      return &scalar_kernels();
    case KernelSet::avx2:
      return has_avx2() ? avx2_kernels() : nullptr;
    case KernelSet::avx512:
      return has_avx512() ? avx512_kernels() : nullptr;
  }
  return nullptr;
}

}  // namespace trunkline::vad
