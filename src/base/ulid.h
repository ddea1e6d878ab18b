// SPDX-License-Identifier: Apache-2.0
// ULID: 26 characters (Crockford base 32), 48 bits of milliseconds and 80 random bits.
// Time-ordered, so that a big table keyed by it stays fast. https://github.com/ulid/spec
#pragma once
#include <string>
#include <string_view>

#include "src/base/clock.h"

namespace minsheng {

// A new id; ids made in one process in the same millisecond increase too. Thread-safe.
std::string NewUlid(Time now);
// The smallest id that can have been made at `at`: where a range of times begins among ids.
std::string UlidFloor(Time at);
// True for 26 characters of the alphabet, first one 0..7.
bool IsUlid(std::string_view text);

}  // namespace minsheng
