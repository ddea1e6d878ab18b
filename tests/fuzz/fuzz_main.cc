// SPDX-License-Identifier: Apache-2.0
// The entry that libFuzzer calls. One program per target: fuzz_<name> looks itself up by its own name.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.h"

namespace {

const minsheng::fuzz::Target* Find(std::string_view name) {
  for (const auto& target : minsheng::fuzz::Targets()) {
    if (target.name == name) return &target;
  }
  std::fprintf(stderr, "there is no fuzz target %.*s\n", static_cast<int>(name.size()), name.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const minsheng::fuzz::Target* const kTarget = Find(MINSHENG_FUZZ_TARGET);
  try {
    kTarget->run({reinterpret_cast<const char*>(data), size});
  } catch (const minsheng::fuzz::Broken& broken) {
    std::fprintf(stderr, "broken promise: %s\n", broken.what());
    std::abort();
  }
  return 0;
}
