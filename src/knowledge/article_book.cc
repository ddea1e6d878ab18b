// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/article_book.h"

#include <algorithm>

#include "src/model/verdict.h"

namespace minsheng::knowledge {

std::string_view ToWord(Silence s) {
  constexpr std::string_view kWords[] = {"", "unknown", "draft", "retired", "not-yet", "expired"};
  return kWords[static_cast<int>(s)];
}

ArticleBook::ArticleBook(std::vector<store::ArticleRow> rows, std::int64_t stamp)
    : rows_(std::move(rows)), stamp_(stamp) {}

Result<std::shared_ptr<const ArticleBook>> ArticleBook::Load(store::ArticleShelf& shelf) {
  // Stamp first: what changes meanwhile makes the book old, and it is read again.
  const auto stamp = shelf.Stamp();
  if (!stamp) return Fail(stamp.error());
  auto rows = shelf.List({});
  if (!rows) return Fail(rows.error());
  return std::make_shared<const ArticleBook>(std::move(*rows), *stamp);
}

const store::ArticleRow* ArticleBook::Find(std::string_view id) const {
  const auto at =
      std::lower_bound(rows_.begin(), rows_.end(), id,
                       [](const store::ArticleRow& row, std::string_view wanted) { return row.id < wanted; });
  return at == rows_.end() || at->id != id ? nullptr : &*at;
}

Silence ArticleBook::SilenceOf(std::string_view id, Time at) const {
  const store::ArticleRow* const row = Find(id);
  if (row == nullptr) return Silence::kUnknown;
  if (row->retired) return Silence::kRetired;
  if (row->published == 0) return Silence::kDraft;
  const auto& text = row->shown.text;
  if (text.ValidAt(at)) return Silence::kNone;
  return text.valid_to.empty() || ShanghaiText(at).substr(0, 10) <= text.valid_to ? Silence::kNotYet
                                                                                  : Silence::kExpired;
}

std::optional<Answer> ArticleBook::Resolve(std::string_view reply, Time at) const {
  if (reply.empty()) return std::nullopt;
  const auto id = ArticleOf(reply);
  if (id.empty()) return Answer{std::string(reply), "", 0};
  if (SilenceOf(id, at) != Silence::kNone) return std::nullopt;
  const store::ArticleRow* const row = Find(id);
  return Answer{row->shown.text.answer, row->id, row->published};
}

}  // namespace minsheng::knowledge
