// SPDX-License-Identifier: Apache-2.0
#include "src/store/search_posting.h"

#include <algorithm>

#include "src/text/relevance.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kEntry = 3;

constexpr std::array<std::int8_t, 256> Values() {
  std::array<std::int8_t, 256> values{};
  for (auto& v : values) v = -1;
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto kValues = Values();

}  // namespace

void AppendPosting(Posting posting, std::string* docs) {
  const auto place = static_cast<std::size_t>(posting.place);
  *docs += kDigits[place >> 6 & 63];
  *docs += kDigits[place & 63];
  *docs += kDigits[static_cast<std::size_t>(posting.part) & 63];
}

std::vector<Posting> ReadPostings(std::string_view docs) {
  std::vector<Posting> postings;
  postings.reserve(docs.size() / kEntry);
  for (std::size_t i = 0; i + kEntry <= docs.size(); i += kEntry) {
    const auto value = [&](std::size_t j) -> int { return kValues[static_cast<unsigned char>(docs[i + j])]; };
    if (value(0) < 0 || value(1) < 0 || value(2) < 0) break;
    postings.push_back({value(0) << 6 | value(1), value(2)});
  }
  return postings;
}

std::vector<TokenPart> PartsOf(const text::PlainText& words) {
  const auto tokens = text::TokensOf(words);
  std::vector<text::TokenKey> keys;
  keys.reserve(tokens.size());
  for (const auto& token : tokens) keys.push_back(token.key);
  std::sort(keys.begin(), keys.end());
  std::vector<TokenPart> parts;
  for (std::size_t i = 0; i < keys.size();) {
    const std::size_t from = i;
    while (i < keys.size() && keys[i] == keys[from]) ++i;
    parts.push_back({keys[from], text::RelevancePart(static_cast<double>(i - from), keys.size())});
  }
  return parts;
}

int PartIn(const std::vector<TokenPart>& parts, const text::TokenRange& range) {
  auto it = std::lower_bound(parts.begin(), parts.end(), range.low,
                             [](const TokenPart& part, text::TokenKey key) { return part.key < key; });
  int best = 0;
  for (; it != parts.end() && it->key <= range.high; ++it) best = std::max(best, it->part);
  return best;
}

}  // namespace minsheng::store
