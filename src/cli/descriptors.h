// SPDX-License-Identifier: Apache-2.0
// Room for file descriptors: a connection takes one, and so does everything the program opens itself.
#pragma once
#include <cstdint>

namespace minsheng::cli {

// Raises the soft RLIMIT_NOFILE of this process (and of what it starts) to the hard one, as
// getrlimit(2) allows everybody. Returns the limit that holds then.
std::uint64_t RaiseDescriptorLimit();

// How many requests may be open at once: `configured`, but at most half of the descriptors, and at
// least 1. The other half is for connections that are no request yet, Redis, the store, mail.
int RequestsFor(std::uint64_t descriptors, int configured);

}  // namespace minsheng::cli
