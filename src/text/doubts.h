// SPDX-License-Identifier: Apache-2.0
// What may still tell who somebody is after Redact: names, house numbers, long numbers. Only a hint
// for a person who looks at the text; it finds too much rather than too little. Pure, thread-safe.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

// The suspicious pieces of an already masked text, in its order, at most 20, each at most 40 characters.
std::vector<std::string> PersonalDoubts(std::string_view masked);

}  // namespace minsheng::text
