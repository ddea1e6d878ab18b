// SPDX-License-Identifier: Apache-2.0
#include "src/router/article_asker.h"

#include <nlohmann/json.hpp>

#include "src/knowledge/desk.h"

namespace minsheng::router {
namespace {

// What a question is about: the same is not asked twice.
std::string AboutOf(const knowledge::ReviewItem& item) {
  const auto since = item.why == "unconfirmed" ? std::to_string(ToMs(item.article->confirmed_at)) : item.day;
  return item.why + ":" + since;
}

store::OutboxDraft QuestionOf(const knowledge::ReviewItem& item, const orders::Unit& unit, Time now) {
  const auto& text = item.article->shown.text;
  const nlohmann::ordered_json article{{"id", text.id},       {"version", item.article->published},
                                       {"title", text.title}, {"answer", text.answer},
                                       {"owner", text.owner}, {"source", text.source},
                                       {"why", item.why},     {"last_day", text.valid_to}};
  store::OutboxDraft draft;
  draft.kind = unit.webhook_url.empty() ? "dispatch-mail" : "dispatch-webhook";
  draft.target = unit.id;
  draft.payload =
      nlohmann::ordered_json{{"type", "article.review"}, {"timestamp", IsoUtc(now)}, {"data", article}}.dump(
          -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  draft.not_before = now;
  return draft;
}

}  // namespace

Result<int> ArticleAsker::Step(const Knowledge& knowledge, Time now) {
  if (!knowledge.articles || !knowledge.catalogue) return 0;
  const auto& book = *knowledge.articles;
  const std::string day = ShanghaiDate(now);
  if (book.stamp() == stamp_ && day == day_) return 0;
  int asked = 0;
  for (const auto& item : knowledge::ReviewArticles(book, now, kSoonDays)) {
    if (item.why != "expired" && item.why != "expiring" && item.why != "unconfirmed") continue;
    const auto* const unit = knowledge.catalogue->FindUnit(item.article->shown.text.unit);
    if (unit == nullptr || (unit->webhook_url.empty() && unit->mail.empty())) continue;
    const auto fresh =
        store_.Articles().Ask(item.article->id, item.article->published, AboutOf(item), QuestionOf(item, *unit, now));
    if (!fresh) return Fail(fresh.error());
    if (*fresh && ++asked == kMostAtOnce) return asked;
  }
  stamp_ = book.stamp();
  day_ = day;
  return asked;
}

}  // namespace minsheng::router
