// SPDX-License-Identifier: Apache-2.0
// ArticleBook: all articles as they stood at one moment, for deciding what a rule's reply says. Immutable, so that
// the same message and the same book give the same answer.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/store/articles.h"

namespace minsheng::knowledge {

// What goes to the citizen, and where it comes from.
struct Answer {
  std::string text;
  std::string article;  // empty: the rule's own words
  std::int64_t version = 0;
};

// Why an article answers nothing.
enum class Silence { kNone, kUnknown, kDraft, kRetired, kNotYet, kExpired };
std::string_view ToWord(Silence s);  // "", "unknown", "draft", "retired", "not-yet", "expired"

class ArticleBook {
 public:
  ArticleBook(std::vector<store::ArticleRow> rows, std::int64_t stamp);  // rows by id
  static Result<std::shared_ptr<const ArticleBook>> Load(store::ArticleShelf& shelf);

  // `reply` is a text, or "article:ID". nullopt: it is empty, or the article answers nothing at `at`.
  std::optional<Answer> Resolve(std::string_view reply, Time at) const;
  Silence SilenceOf(std::string_view id, Time at) const;
  const store::ArticleRow* Find(std::string_view id) const;  // null when there is none
  const std::vector<store::ArticleRow>& rows() const { return rows_; }
  std::int64_t stamp() const { return stamp_; }  // ArticleShelf::Stamp when it was read

 private:
  std::vector<store::ArticleRow> rows_;
  std::int64_t stamp_ = 0;
};

}  // namespace minsheng::knowledge
