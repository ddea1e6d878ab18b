// SPDX-License-Identifier: Apache-2.0
// "Did you mean ...?"
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::rules {

// The word of `known` that is nearest to `word` by edit distance, or empty when none is near
// (more than a third of its letters, at least 2, would have to change).
std::string NearestWord(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace minsheng::rules
