// SPDX-License-Identifier: Apache-2.0
// Postings: which documents of a batch hold a token, and how much of them it is. TEXT on both databases: three
// characters of base64 for each document, 12 bits its place in the batch and 6 bits its part (text/relevance.h), by
// rising place. Every entry has the same size, so that one can be taken out again. Private to src/store/; pure.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/text/tokens.h"

namespace minsheng::store {

constexpr std::int64_t kBatchDocs = 4096;

struct Posting {
  int place = 0;  // 0..4095
  int part = 0;   // 1..63
  bool operator==(const Posting&) const = default;
};

void AppendPosting(Posting posting, std::string* docs);
// Stops at the first character that is none of ours.
std::vector<Posting> ReadPostings(std::string_view docs);

// A token of one document and its part.
struct TokenPart {
  text::TokenKey key = 0;
  int part = 0;
};
// Each token once, by rising key.
std::vector<TokenPart> PartsOf(const text::PlainText& words);
// The largest part of a token in the range; 0 = none.
int PartIn(const std::vector<TokenPart>& parts, const text::TokenRange& range);

}  // namespace minsheng::store
