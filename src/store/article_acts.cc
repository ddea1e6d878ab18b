// SPDX-License-Identifier: Apache-2.0
// What editors do with articles. Each act leaves one line in article_act.
#include <fmt/format.h>

#include <set>

#include "src/store/articles.h"
#include "src/store/sql_articles.h"
#include "src/store/sql_store.h"
#include "src/text/fold.h"

namespace minsheng::store {
namespace {

// "Li ", "li" and "ｌｉ" are one person.
std::string EditorKey(const std::string& name) { return text::FoldToUtf8(name); }

Result<void> NeedEditor(const std::string& by) {
  if (!EditorKey(by).empty()) return {};
  return MakeError(ErrorKind::kInvalid, "须用 --as 写明操作人 / it must be said who acts (--as)");
}

void KeepArticleAct(Connection& c, const ArticleAct& act, Time now) {
  c.Prepared(
       "INSERT INTO article_act (seq, article_id, version, act, actor, note, at) "
       "SELECT COALESCE(MAX(seq), 0) + 1, :i, :v, :a, :w, :n, :t FROM article_act")
      .Run(act.article_id, act.version, act.act, act.actor, act.note, ToMs(now));
}

void InsertArticle(Connection& c, const std::string& id) {
  c.Prepared(
       "INSERT INTO article (id, number, latest) SELECT :i, COALESCE(MAX(number), 0) + 1, 0 FROM article "
       "WHERE number > 0")
      .Run(id);
}

void InsertVersion(Connection& c, const ArticleVersion& v, Time now) {
  const ArticleText& t = v.text;
  c.Prepared(
       "INSERT INTO article_version (article_id, version, title, questions, answer, details, topic, unit, owner, "
       "valid_from, valid_to, source, tags, author, note, created_at) "
       "VALUES (:i, :v, :t, :q, :a, :d, :p, :u, :o, :f, :e, :s, :g, :w, :n, :c)")
      .Run(t.id, v.version, t.title, JsonList(t.questions), t.answer, t.details, t.topic, t.unit, t.owner, t.valid_from,
           t.valid_to, t.source, JsonList(t.tags), v.author, v.note, ToMs(now));
  c.Prepared("UPDATE article SET latest = :v, retired = 0 WHERE id = :i").Run(v.version, t.id);
}

void PutInForce(Connection& c, const std::string& id, std::int64_t version, const std::string& by, Time now) {
  c.Prepared("UPDATE article_version SET approved_by = :b, approved_at = :t WHERE article_id = :i AND version = :v")
      .Run(by, ToMs(now), id, version);
  c.Prepared("UPDATE article SET published = :v, retired = 0, confirmed_at = :t WHERE id = :i")
      .Run(version, ToMs(now), id);
}

ArticleText LatestText(Connection& c, const ArticleRow& row) {
  if (row.shown.version == row.latest) return row.shown.text;
  ArticleText text = row.shown.text;
  Query& q = c.Prepared(
      "SELECT title, questions, answer, details, topic, unit, owner, valid_from, valid_to, source, tags "
      "FROM article_version WHERE article_id = :i AND version = :v",
      "ttttttttttt");
  if (!q.First(row.id, row.latest)) return text;
  return {
      row.id,    q.Text(0), FromJsonList(q.Text(1)), q.Text(2), q.Text(3), q.Text(4), q.Text(5), q.Text(6), q.Text(7),
      q.Text(8), q.Text(9), FromJsonList(q.Text(10))};
}

// Whoever had a hand in what would come into force now.
std::set<std::string> AuthorsSince(Connection& c, const ArticleRow& row) {
  std::set<std::string> authors;
  Query& q = c.Prepared("SELECT author FROM article_version WHERE article_id = :i AND version > :v", "t");
  for (bool more = q.First(row.id, row.published); more; more = q.Next()) authors.insert(EditorKey(q.Text(0)));
  return authors;
}

Result<ArticleRow> PublishedArticle(Connection& c, const std::string& id) {
  auto row = ReadArticle(c, id);
  if (row && row->published == 0) {
    return MakeError(ErrorKind::kConflict,
                     fmt::format("条目 {} 没有发布中的版本 / article {} has no published version", id, id));
  }
  return row;
}

}  // namespace

Result<bool> SqlArticles::Seed(const std::vector<Seedling>& articles) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<bool> {
    if (c.Prepared("SELECT number FROM article LIMIT 1", "i").First()) return false;
    for (const auto& [text, publish] : articles) {
      InsertArticle(c, text.id);
      InsertVersion(c, {text, 1, "system", "shipped", {}, "", {}}, now);
      if (publish) PutInForce(c, text.id, 1, "system", now);
      KeepArticleAct(c, {0, text.id, 1, "seed", "system", "", {}}, now);
    }
    return true;
  });
}

Result<SavedArticle> SqlArticles::Save(const ArticleText& text, const std::string& author, const std::string& note) {
  if (auto ok = NeedEditor(author); !ok) return Fail(ok.error());
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<SavedArticle> {
    SavedArticle saved;
    const auto row = ReadArticle(c, text.id);
    if (!row && row.error().kind != ErrorKind::kNotFound) return Fail(row.error());
    if (row && !row->retired && LatestText(c, *row) == text) return SavedArticle{row->latest, false};
    if (!row) InsertArticle(c, text.id);
    saved.version = row ? row->latest + 1 : 1;
    InsertVersion(c, {text, saved.version, author, note, {}, "", {}}, now);
    KeepArticleAct(c, {0, text.id, saved.version, "import", author, note, {}}, now);
    return saved;
  });
}

Result<void> SqlArticles::Publish(const std::string& id, std::int64_t seen, const std::string& by,
                                  const std::string& note) {
  if (auto ok = NeedEditor(by); !ok) return ok;
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto row = ReadArticle(c, id);
    if (!row) return Fail(row.error());
    if (row->latest != seen) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("条目 {} 的最新版本是第 {} 版，不是您看到的第 {} 版 / the latest version of article {} "
                      "is {}, not {} as you saw",
                      id, row->latest, seen, id, row->latest, seen));
    }
    if (row->published == seen && !row->retired) return {};
    if (AuthorsSince(c, *row).contains(EditorKey(by))) {
      return MakeError(ErrorKind::kDenied,
                       fmt::format("{} 参与编写了条目 {}，须由另一人发布 / {} wrote article {}: somebody else must "
                                   "publish it",
                                   by, id, by, id));
    }
    PutInForce(c, id, seen, by, now);
    KeepArticleAct(c, {0, id, seen, "publish", by, note, {}}, now);
    return {};
  });
}

Result<void> SqlArticles::Retire(const std::string& id, const std::string& by, const std::string& note) {
  if (auto ok = NeedEditor(by); !ok) return ok;
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto row = ReadArticle(c, id);
    if (!row) return Fail(row.error());
    if (row->retired) return {};
    c.Prepared("UPDATE article SET published = 0, retired = 1 WHERE id = :i").Run(id);
    KeepArticleAct(c, {0, id, row->published, "retire", by, note, {}}, now);
    return {};
  });
}

Result<void> SqlArticles::Confirm(const std::string& id, const std::string& by, const std::string& note) {
  if (auto ok = NeedEditor(by); !ok) return ok;
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto row = PublishedArticle(c, id);
    if (!row) return Fail(row.error());
    c.Prepared("UPDATE article SET confirmed_at = :t WHERE id = :i").Run(ToMs(now), id);
    KeepArticleAct(c, {0, id, row->published, "confirm", by, note, {}}, now);
    return {};
  });
}

Result<bool> SqlArticles::Ask(const std::string& id, std::int64_t version, const std::string& about,
                              const OutboxDraft& ask) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<bool> {
    const auto row = ReadArticle(c, id);
    if (!row) return Fail(row.error());
    if (row->published != version || row->retired) return false;
    Query& before = c.Prepared(
        "SELECT seq FROM article_act WHERE article_id = :i AND version = :v AND act = 'ask' AND note = :n", "i");
    if (before.First(id, version, about)) return false;
    AddOutbox(c, {ask}, "", "", "", "", now);
    KeepArticleAct(c, {0, id, version, "ask", "system", about, {}}, now);
    return true;
  });
}

}  // namespace minsheng::store
