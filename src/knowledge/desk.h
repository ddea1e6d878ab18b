// SPDX-License-Identifier: Apache-2.0
// What editors do with the knowledge base, checked before it is done; for command line and console.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/knowledge/article_book.h"
#include "src/knowledge/article_file.h"

namespace minsheng::knowledge {

// The shipped articles, into an empty store: those with blanks to fill in as drafts, the others published. False:
// there were articles already.
Result<bool> SeedArticles(store::ArticleShelf& shelf, std::string_view json);

struct Imported {
  std::string id;
  std::int64_t version = 0;
  bool fresh = true;                     // false: nothing new in it
  std::vector<ArticleProblem> problems;  // that keep it from being published
};
// Every article as a new draft. kInvalid names everything that does not fit; then nothing is written.
Result<std::vector<Imported>> ImportArticles(store::ArticleShelf& shelf,
                                             const std::vector<store::ArticleText>& articles,
                                             const Surroundings& around, const std::string& author,
                                             const std::string& note);
// Publishes the latest version, which must be `seen` (0: whichever it is). kInvalid: it is not ready.
Result<void> PublishArticle(store::ArticleShelf& shelf, const std::string& id, std::int64_t seen,
                            const Surroundings& around, const std::string& by, const std::string& note);

// Something that the unit or the editors should look at.
struct ReviewItem {
  const store::ArticleRow* article = nullptr;  // lives as long as the book
  std::string why;                             // "expired", "expiring", "unconfirmed", "draft", "blanks"
  std::string day;                             // expired, expiring: its last day
};
constexpr int kConfirmDays = 365;  // after so long without a word, its unit should say that it is still right
// Expired ones first, then by why and id. `soon`: days before the end in which it is "expiring".
std::vector<ReviewItem> ReviewArticles(const ArticleBook& book, Time now, int soon);

}  // namespace minsheng::knowledge
