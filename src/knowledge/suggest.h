// SPDX-License-Identifier: Apache-2.0
// Suggester: which articles may answer a request. Pure, built once from a book; thread-safe.
//
//   score = words + topic + used, about 0 to 1.5
//   words  = the words that the request shares with the article, by text/relevance.h: the sum over the request's tokens
//            of rarity * part, divided by what an article would get that holds all of them in full. A token counts
//            3 times in the title and each question, twice in tags, once in the answer. Tokens that no article has
//            count with 0.4 of their rarity in the divisor only: a request about something else is like no article.
//   topic  = 0.25 for the same topic, 0.1 for one of the same category
//   used   = 0.15 * n / (n + 3), n = how often people chose it for requests of this topic (of rules: a third)
//
// Only what is published and valid then is suggested, and nothing with words < 0.08: a topic alone is no reason.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/knowledge/article_book.h"
#include "src/text/tokens.h"

namespace minsheng::knowledge {

struct Suggestion {
  const store::ArticleRow* article = nullptr;  // lives as long as the book
  double score = 0;
  double words = 0;
  double topic = 0;
  double used = 0;
  std::int64_t times = 0;            // chosen by people for this topic
  std::vector<std::string> matched;  // pieces of the request, folded, the strongest first; at most 6
};

class Suggester {
 public:
  Suggester(std::shared_ptr<const ArticleBook> book, const std::vector<store::ArticleTopicUse>& uses);

  // The best first, equal ones by id; at most `limit`. `topic` may be empty.
  std::vector<Suggestion> Suggest(std::string_view request, std::string_view topic, Time at, int limit) const;

 private:
  struct Weighed {
    text::TokenKey key = 0;
    int part = 0;
  };
  struct Entry {
    const store::ArticleRow* row = nullptr;
    std::vector<Weighed> tokens;  // by key
  };
  void Add(const store::ArticleRow& row);
  std::int64_t HoldersOf(text::TokenKey key) const;

  std::shared_ptr<const ArticleBook> book_;
  std::vector<store::ArticleTopicUse> uses_;
  std::vector<Entry> entries_;
  std::vector<std::pair<text::TokenKey, std::int64_t>> holders_;  // by key: how many articles have it
};

}  // namespace minsheng::knowledge
