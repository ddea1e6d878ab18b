// SPDX-License-Identifier: Apache-2.0
// SqlArticles: the ArticleShelf over Database. Private to src/store/; articles.cc and article_acts.cc.
#pragma once
#include <string>
#include <vector>

#include "src/store/articles.h"
#include "src/store/database.h"

namespace minsheng::store {

class SqlArticles final : public ArticleShelf {
 public:
  SqlArticles(Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Time Now() const override { return clock_.Now(); }
  Result<std::int64_t> Stamp() override;
  Result<std::vector<ArticleRow>> List(const ArticleFilter& filter) override;
  Result<ArticleRow> Get(const std::string& id) override;
  Result<std::vector<ArticleVersion>> Versions(const std::string& id) override;
  Result<std::vector<ArticleAct>> Acts(const std::string& id) override;

  Result<bool> Seed(const std::vector<Seedling>& articles) override;
  Result<SavedArticle> Save(const ArticleText& text, const std::string& author, const std::string& note) override;
  Result<void> Publish(const std::string& id, std::int64_t seen, const std::string& by,
                       const std::string& note) override;
  Result<void> Retire(const std::string& id, const std::string& by, const std::string& note) override;
  Result<void> Confirm(const std::string& id, const std::string& by, const std::string& note) override;
  Result<bool> Ask(const std::string& id, std::int64_t version, const std::string& about,
                   const OutboxDraft& ask) override;

  Result<void> Use(const std::string& article_id, const std::string& request_id, const std::string& by) override;
  Result<std::vector<ArticleUse>> UsesOf(const std::string& request_id) override;
  Result<std::vector<ArticleStats>> Stats(Time from, Time to) override;
  Result<std::vector<ArticleTopicUse>> UsesByTopic(Time from) override;

 private:
  Database& database_;
  const Clock& clock_;
};

// --- inside a transaction ------------------------------------------------------------------------

std::vector<ArticleRow> ReadArticles(Connection& c);  // all, by id
Result<ArticleRow> ReadArticle(Connection& c, const std::string& id);
void RecordUse(Connection& c, const ArticleUse& use);
struct Decision;
// The same for the article of a decision that answers at once, if there is one.
void RecordAnswer(Connection& c, const Decision& d, const std::string& request_id, Time now);

}  // namespace minsheng::store
