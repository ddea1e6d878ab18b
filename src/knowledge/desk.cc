// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace minsheng::knowledge {
namespace {

constexpr Millis kDay{24LL * 3'600'000};
constexpr std::array<std::string_view, 5> kWhys = {"expired", "expiring", "unconfirmed", "draft", "blanks"};

std::string Lines(const std::vector<ArticleProblem>& problems) {
  std::string all;
  for (const auto& p : problems) all += fmt::format("{}{}: {} / {}", all.empty() ? "" : "\n", p.article, p.zh, p.en);
  return all;
}

std::size_t OrderOf(const ReviewItem& item) {
  return static_cast<std::size_t>(std::find(kWhys.begin(), kWhys.end(), item.why) - kWhys.begin());
}

}  // namespace

Result<bool> SeedArticles(store::ArticleShelf& shelf, std::string_view json) {
  const auto stamp = shelf.Stamp();
  if (!stamp) return Fail(stamp.error());
  if (*stamp > 0) return false;
  auto articles = ReadArticleFile(json, "config/articles.json");
  if (!articles) return Fail(articles.error());
  std::vector<store::ArticleShelf::Seedling> seedlings;
  for (auto& text : *articles) {
    const auto problems = CheckArticle(text, {});
    seedlings.push_back({std::move(text), problems.empty()});
  }
  return shelf.Seed(seedlings);
}

Result<std::vector<Imported>> ImportArticles(store::ArticleShelf& shelf,
                                             const std::vector<store::ArticleText>& articles,
                                             const Surroundings& around, const std::string& author,
                                             const std::string& note) {
  std::vector<Imported> imported;
  std::vector<ArticleProblem> blocking;
  for (const auto& text : articles) {
    imported.push_back({text.id, 0, true, CheckArticle(text, around)});
    for (const auto& p : imported.back().problems) {
      if (p.blocks_draft) blocking.push_back(p);
    }
  }
  if (!blocking.empty()) return MakeError(ErrorKind::kInvalid, Lines(blocking));
  for (std::size_t i = 0; i < articles.size(); ++i) {
    const auto saved = shelf.Save(articles[i], author, note);
    if (!saved) return Fail(saved.error());
    imported[i].version = saved->version;
    imported[i].fresh = saved->fresh;
  }
  return imported;
}

Result<void> PublishArticle(store::ArticleShelf& shelf, const std::string& id, std::int64_t seen,
                            const Surroundings& around, const std::string& by, const std::string& note) {
  const auto versions = shelf.Versions(id);
  if (!versions) return Fail(versions.error());
  const auto& latest = versions->front();
  if (const auto problems = CheckArticle(latest.text, around); !problems.empty())
    return MakeError(ErrorKind::kInvalid, Lines(problems));
  return shelf.Publish(id, seen == 0 ? latest.version : seen, by, note);
}

std::vector<ReviewItem> ReviewArticles(const ArticleBook& book, Time now, int soon) {
  const std::string today = ShanghaiText(now).substr(0, 10);
  const std::string horizon = ShanghaiText(now + soon * kDay).substr(0, 10);
  std::vector<ReviewItem> items;
  for (const auto& row : book.rows()) {
    if (row.retired) continue;
    const auto& text = row.shown.text;
    if (row.published > 0 && !text.valid_to.empty() && text.valid_to < today) {
      items.push_back({&row, "expired", text.valid_to});
    } else if (row.published > 0 && !text.valid_to.empty() && text.valid_to <= horizon) {
      items.push_back({&row, "expiring", text.valid_to});
    } else if (row.published > 0 && now - row.confirmed_at > kConfirmDays * kDay) {
      items.push_back({&row, "unconfirmed", ""});
    }
    if (row.published == 0 && HasBlanks(text)) {
      items.push_back({&row, "blanks", ""});
    } else if (row.latest > row.published) {
      items.push_back({&row, "draft", ""});
    }
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const ReviewItem& a, const ReviewItem& b) { return OrderOf(a) < OrderOf(b); });
  return items;
}

}  // namespace minsheng::knowledge
