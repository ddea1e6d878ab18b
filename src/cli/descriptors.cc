// SPDX-License-Identifier: Apache-2.0
#include "src/cli/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace minsheng::cli {

std::uint64_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;  // the customary soft limit
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

int RequestsFor(std::uint64_t descriptors, int configured) {
  const auto wanted = static_cast<std::uint64_t>(std::max(configured, 1));
  return static_cast<int>(std::clamp<std::uint64_t>(descriptors / 2, 1, wanted));
}

}  // namespace minsheng::cli
