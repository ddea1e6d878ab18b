// SPDX-License-Identifier: Apache-2.0
// Articles: what there is, and which requests they answered.
#include "src/store/articles.h"

#include <algorithm>
#include <map>

#include "src/store/sql_articles.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kArticleVersionRow =
    "v.article_id, v.version, v.title, v.questions, v.answer, v.details, v.topic, v.unit, v.owner, v.valid_from, "
    "v.valid_to, v.source, v.tags, v.author, v.note, v.created_at, v.approved_by, v.approved_at";
constexpr std::string_view kArticleVersionColumns = "titttttttttttttiti";

ArticleVersion ArticleVersionOf(const Query& q) {
  ArticleVersion v;
  v.text.id = q.Text(0);
  v.version = q.Int(1);
  v.text.title = q.Text(2);
  v.text.questions = FromJsonList(q.Text(3));
  v.text.answer = q.Text(4);
  v.text.details = q.Text(5);
  v.text.topic = q.Text(6);
  v.text.unit = q.Text(7);
  v.text.owner = q.Text(8);
  v.text.valid_from = q.Text(9);
  v.text.valid_to = q.Text(10);
  v.text.source = q.Text(11);
  v.text.tags = FromJsonList(q.Text(12));
  v.author = q.Text(13);
  v.note = q.Text(14);
  v.created_at = FromMs(q.Int(15));
  v.approved_by = q.Text(16);
  v.approved_at = FromMs(q.Int(17));
  return v;
}

std::vector<ArticleRow> ArticlesWhere(Connection& c, const std::string& id) {
  Query& q = c.Prepared(
      std::string("SELECT ") + std::string(kArticleVersionRow) +
          ", a.number, a.latest, a.published, a.retired, a.confirmed_at FROM article a JOIN article_version v "
          "ON v.article_id = a.id AND v.version = CASE WHEN a.published > 0 THEN a.published ELSE a.latest END " +
          (id.empty() ? "WHERE :i = '' ORDER BY a.id" : "WHERE a.id = :i"),
      std::string(kArticleVersionColumns) + "iiiii");
  std::vector<ArticleRow> rows;
  for (bool row = q.First(id); row; row = q.Next()) {
    ArticleRow article;
    article.shown = ArticleVersionOf(q);
    article.id = article.shown.text.id;
    article.number = q.Int(18);
    article.latest = q.Int(19);
    article.published = q.Int(20);
    article.retired = q.Int(21) != 0;
    article.confirmed_at = FromMs(q.Int(22));
    rows.push_back(std::move(article));
  }
  // The order of TEXT is the database's own; ours is by bytes.
  std::sort(rows.begin(), rows.end(), [](const ArticleRow& a, const ArticleRow& b) { return a.id < b.id; });
  return rows;
}

bool BelowTopic(std::string_view topic, std::string_view wanted) {
  return topic == wanted || (topic.starts_with(wanted) && topic.substr(wanted.size()).starts_with('.'));
}

}  // namespace

bool ArticleText::ValidAt(Time at) const {
  const std::string day = ShanghaiText(at).substr(0, 10);
  return (valid_from.empty() || valid_from <= day) && (valid_to.empty() || day <= valid_to);
}

std::vector<ArticleRow> ReadArticles(Connection& c) { return ArticlesWhere(c, ""); }

Result<ArticleRow> ReadArticle(Connection& c, const std::string& id) {
  auto rows = id.empty() ? std::vector<ArticleRow>() : ArticlesWhere(c, id);
  if (rows.empty()) return MakeError(ErrorKind::kNotFound, "没有条目 " + id + " / there is no article " + id);
  return std::move(rows.front());
}

Result<std::int64_t> SqlArticles::Stamp() {
  return database_.Read([](Connection& c) -> Result<std::int64_t> {
    Query& q = c.Prepared("SELECT COALESCE(MAX(seq), 0) FROM article_act", "i");
    return q.First() ? q.Int(0) : 0;
  });
}

Result<std::vector<ArticleRow>> SqlArticles::List(const ArticleFilter& filter) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleRow>> {
    auto rows = ReadArticles(c);
    std::erase_if(rows, [&](const ArticleRow& row) {
      return (!filter.state.empty() && row.state() != filter.state) ||
             (!filter.topic.empty() && !BelowTopic(row.shown.text.topic, filter.topic)) ||
             (!filter.unit.empty() && row.shown.text.unit != filter.unit);
    });
    return rows;
  });
}

Result<ArticleRow> SqlArticles::Get(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<ArticleRow> { return ReadArticle(c, id); });
}

Result<std::vector<ArticleVersion>> SqlArticles::Versions(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleVersion>> {
    Query& q = c.Prepared(std::string("SELECT ") + std::string(kArticleVersionRow) +
                              " FROM article_version v WHERE v.article_id = :i ORDER BY v.version DESC",
                          kArticleVersionColumns);
    std::vector<ArticleVersion> versions;
    for (bool row = q.First(id); row; row = q.Next()) versions.push_back(ArticleVersionOf(q));
    if (versions.empty()) return Fail(ReadArticle(c, id).error());
    return versions;
  });
}

Result<std::vector<ArticleAct>> SqlArticles::Acts(const std::string& id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleAct>> {
    Query& q = c.Prepared(
        "SELECT seq, article_id, version, act, actor, note, at FROM article_act WHERE article_id = :i ORDER BY seq",
        "itittti");
    std::vector<ArticleAct> acts;
    for (bool row = q.First(id); row; row = q.Next()) {
      acts.push_back({q.Int(0), q.Text(1), q.Int(2), q.Text(3), q.Text(4), q.Text(5), FromMs(q.Int(6))});
    }
    return acts;
  });
}

void RecordAnswer(Connection& c, const Decision& d, const std::string& request_id, Time now) {
  if (d.article.empty()) return;
  RecordUse(c, {request_id, d.article, d.article_version, d.verdict ? d.verdict->topic : "", "system", now});
}

void RecordUse(Connection& c, const ArticleUse& use) {
  c.Prepared(
       "INSERT INTO article_use (request_id, article_id, version, topic, actor, at) VALUES (:r, :a, :v, :t, :w, :x) "
       "ON CONFLICT (request_id, article_id) DO NOTHING")
      .Run(use.request_id, use.article_id, use.version, use.topic, use.actor, ToMs(use.at));
}

Result<void> SqlArticles::Use(const std::string& article_id, const std::string& request_id, const std::string& by) {
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<void> {
    const auto article = ReadArticle(c, article_id);
    if (!article) return Fail(article.error());
    if (article->published == 0 || !article->shown.text.ValidAt(now)) {
      return MakeError(ErrorKind::kConflict, "条目 " + article_id + " 未发布或已过有效期，不能用来答复 / article " +
                                                 article_id +
                                                 " is not published or not valid today: it cannot answer anything");
    }
    Query& topic = c.Prepared("SELECT topic FROM request WHERE id = :i", "t");
    if (!topic.First(request_id)) return Fail(ReadRequest(c, request_id).error());
    RecordUse(c, {request_id, article_id, article->published, topic.Text(0), by, now});
    return {};
  });
}

Result<std::vector<ArticleUse>> SqlArticles::UsesOf(const std::string& request_id) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleUse>> {
    Query& q = c.Prepared(
        "SELECT request_id, article_id, version, topic, actor, at FROM article_use WHERE request_id = :r ORDER BY at",
        "ttitti");
    std::vector<ArticleUse> uses;
    for (bool row = q.First(request_id); row; row = q.Next()) {
      uses.push_back({q.Text(0), q.Text(1), q.Int(2), q.Text(3), q.Text(4), FromMs(q.Int(5))});
    }
    return uses;
  });
}

Result<std::vector<ArticleStats>> SqlArticles::Stats(Time from, Time to) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleStats>> {
    std::map<std::string, ArticleStats> found;
    for (const ArticleRow& row : ReadArticles(c)) {
      if (row.published > 0) found[row.id].article_id = row.id;
    }
    Query& q = c.Prepared(
        "SELECT u.article_id, COUNT(*), SUM(CASE WHEN u.actor = 'system' THEN 0 ELSE 1 END), MAX(u.at), "
        "SUM(CASE WHEN r.state <> 'answered' OR EXISTS (SELECT 1 FROM request n WHERE "
        "n.conversation_id = r.conversation_id AND n.created_at > r.created_at AND n.created_at <= r.created_at + :d "
        "AND n.state IN ('order', 'triage', 'closed')) THEN 0 ELSE 1 END) "
        "FROM article_use u JOIN request r ON r.id = u.request_id WHERE u.at >= :f AND u.at < :t GROUP BY u.article_id",
        "tiiii");
    for (bool row = q.First(kFirstContact.count(), ToMs(from), ToMs(to)); row; row = q.Next()) {
      found[q.Text(0)] = {q.Text(0), q.Int(1), q.Int(2), q.Int(4), FromMs(q.Int(3))};
    }
    std::vector<ArticleStats> stats;
    for (auto& [id, row] : found) stats.push_back(std::move(row));
    std::stable_sort(stats.begin(), stats.end(),
                     [](const ArticleStats& a, const ArticleStats& b) { return a.uses > b.uses; });
    return stats;
  });
}

Result<std::vector<ArticleTopicUse>> SqlArticles::UsesByTopic(Time from) {
  return database_.Read([&](Connection& c) -> Result<std::vector<ArticleTopicUse>> {
    Query& q = c.Prepared(
        "SELECT article_id, topic, SUM(CASE WHEN actor = 'system' THEN 0 ELSE 1 END), "
        "SUM(CASE WHEN actor = 'system' THEN 1 ELSE 0 END) FROM article_use WHERE at >= :f GROUP BY article_id, topic",
        "ttii");
    std::vector<ArticleTopicUse> uses;
    for (bool row = q.First(ToMs(from)); row; row = q.Next()) {
      uses.push_back({q.Text(0), q.Text(1), q.Int(2), q.Int(3)});
    }
    std::sort(uses.begin(), uses.end(), [](const ArticleTopicUse& a, const ArticleTopicUse& b) {
      return std::tie(a.article_id, a.topic) < std::tie(b.article_id, b.topic);
    });
    return uses;
  });
}

}  // namespace minsheng::store
