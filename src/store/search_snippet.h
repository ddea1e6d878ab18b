// SPDX-License-Identifier: Apache-2.0
// The piece of a text to show for a search, with the words that were looked for marked. Private to src/store/; pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/model/verdict.h"
#include "src/text/tokens.h"

namespace minsheng::store {

constexpr std::uint32_t kSnippetChars = 80;  // without punctuation

// The stretch of about kSnippetChars characters with the most different things looked for, the first such one; from
// the beginning when there are none. Marks are bytes of `*snippet`, sorted, apart.
void MakeSnippet(std::string_view words, const text::SearchWords& wanted, std::string* snippet,
                 std::vector<Span>* marks);

}  // namespace minsheng::store
