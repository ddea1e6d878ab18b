// SPDX-License-Identifier: Apache-2.0
#include "src/router/article_asker.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/mail/mime.h"
#include "src/router/unit_mail.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::router {
namespace {

class KeepsMails : public mail::Sender {
 public:
  explicit KeepsMails(std::vector<mail::ComposedMail>* sent) : sent_(*sent) {}
  Result<void> Send(const mail::ComposedMail& composed) override {
    sent_.push_back(composed);
    return {};
  }

 private:
  std::vector<mail::ComposedMail>& sent_;
};

class ArticleAskerTest : public store::StoreTest {
 protected:
  ArticleAskerTest() {
    knowledge_.catalogue =
        *orders::Catalogue::Load(R"([{"id":"human-resources","name":"人社局","mail":"hr@dafeng.example"},
                                     {"id":"silent","name":"没有地址的单位"}])",
                                 "[]", {});
  }
  void Publish(const std::string& id, const std::string& valid_to, const std::string& unit = "human-resources") {
    store::ArticleText t;
    t.id = id;
    t.title = "题" + id;
    t.answer = "答" + id;
    t.unit = unit;
    t.valid_to = valid_to;
    ASSERT_TRUE(store_->Articles().Save(t, "li", ""));
    ASSERT_TRUE(store_->Articles().Publish(id, store_->Articles().Get(id)->latest, "wang", ""));
  }
  int Step(ArticleAsker& asker) {
    knowledge_.articles = *knowledge::ArticleBook::Load(store_->Articles());
    const auto asked = asker.Step(knowledge_, clock_.Now());
    EXPECT_TRUE(asked) << asked.error().what;
    return asked ? *asked : -1;
  }
  std::vector<std::string> Questions() {
    const auto rows = store_->ListOutbox("", 1000);
    std::vector<std::string> all;
    for (const auto& row : *rows) {
      const auto payload = nlohmann::json::parse(row.draft.payload);
      EXPECT_EQ(row.draft.kind, "dispatch-mail");
      EXPECT_EQ(payload["type"], "article.review");
      all.push_back(payload["data"]["id"].get<std::string>() + " " + payload["data"]["why"].get<std::string>());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  using Asked = std::vector<std::string>;
  Knowledge knowledge_;
};

// The clock stands at 10 August 2015.
TEST_F(ArticleAskerTest, AUnitIsAskedOnceBeforeTheEndAndOnceAfterIt) {
  Publish("far", "2015-12-31");
  Publish("soon", "2015-08-20");
  Publish("nobody", "2015-08-20", "silent");
  ArticleAsker asker(*store_);
  EXPECT_EQ(Step(asker), 1);
  EXPECT_EQ(Questions(), Asked{"soon expiring"});
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(std::chrono::hours(24));
    EXPECT_EQ(Step(asker), 0) << "asked for already";
  }
  ArticleAsker other(*store_);
  EXPECT_EQ(Step(other), 0) << "also by another process";
  clock_.Advance(std::chrono::hours(24 * 10));
  EXPECT_EQ(Step(asker), 1);
  EXPECT_EQ(Questions(), (Asked{"soon expired", "soon expiring"}));
  Publish("soon", "2016-12-31");
  EXPECT_EQ(Step(asker), 0);
}

TEST_F(ArticleAskerTest, AYearWithoutAWordIsAskedForAgainAfterEveryConfirmation) {
  Publish("card", "");
  ArticleAsker asker(*store_);
  EXPECT_EQ(Step(asker), 0);
  clock_.Advance(std::chrono::hours(24 * 366));
  EXPECT_EQ(Step(asker), 1);
  EXPECT_EQ(Step(asker), 0);
  ASSERT_TRUE(store_->Articles().Confirm("card", "wang", ""));
  EXPECT_EQ(Step(asker), 0);
  clock_.Advance(std::chrono::hours(24 * 366));
  EXPECT_EQ(Step(asker), 1);
  EXPECT_EQ(Questions(), (Asked{"card unconfirmed", "card unconfirmed"}));
}

TEST_F(ArticleAskerTest, ManyAreAskedForInSeveralSteps) {
  for (int i = 0; i < ArticleAsker::kMostAtOnce + 3; ++i) Publish("a" + std::to_string(100 + i), "2015-08-09");
  ArticleAsker asker(*store_);
  EXPECT_EQ(Step(asker), ArticleAsker::kMostAtOnce);
  EXPECT_EQ(Step(asker), 3);
  EXPECT_EQ(Step(asker), 0);
}

TEST_F(ArticleAskerTest, TheMailSaysWhichArticleAndWhy) {
  Publish("card", "2015-08-09");
  ArticleAsker asker(*store_);
  ASSERT_EQ(Step(asker), 1);
  std::vector<mail::ComposedMail> sent;
  const UnitMail mail(std::make_unique<KeepsMails>(&sent), "12345@dafeng.example", knowledge_.catalogue, clock_);
  const auto rows = store_->TakeDue(clock_.Now(), clock_.Now() + std::chrono::minutes(1), 10);
  ASSERT_EQ(rows->size(), 1U);
  const auto done = mail.Send(rows->front());
  ASSERT_TRUE(done) << done.error().what;
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].envelope_to, "hr@dafeng.example");
  const auto read = mail::ParseMail(sent[0].bytes);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->subject, "[知识库复核] 题card");
  for (const char* words : {"已过有效期（最后一天 2015-08-09）", "card", "答card"})
    EXPECT_NE(read->text.find(words), std::string::npos) << words << "\n" << read->text;
}

}  // namespace
}  // namespace minsheng::router
