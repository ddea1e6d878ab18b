// SPDX-License-Identifier: Apache-2.0
#include "src/store/articles.h"

#include <set>

#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class ArticlesTest : public StoreTest {
 protected:
  static ArticleText Text(const std::string& id, const std::string& answer = "请先挂失") {
    ArticleText t;
    t.id = id;
    t.title = "社保卡遗失补办";
    t.questions = {"社保卡丢了怎么办", "怎么\"挂失\""};
    t.answer = answer;
    t.topic = "social-security.contributions";
    t.unit = "human-resources";
    t.source = "窗口告知";
    t.tags = {"社保卡"};
    return t;
  }
  ArticleShelf& shelf() { return store_->Articles(); }
  void Publish(const std::string& id) {
    ASSERT_TRUE(shelf().Save(Text(id), "li", "新编"));
    ASSERT_TRUE(shelf().Publish(id, 1, "wang", "核对过"));
  }
  // A request answered at once by this article.
  Outcome Answer(const std::string& article, const std::string& source, const std::string& sender) {
    Decision d = Decide(Bucket::kAnswered, source, sender);
    d.verdict.emplace();
    d.verdict->topic = "social-security.contributions";
    d.article = article;
    d.article_version = 1;
    return CommitOne(std::move(d));
  }
};

TEST_F(ArticlesTest, AVersionIsADraftUntilAnotherPersonPublishesIt) {
  const auto saved = shelf().Save(Text("card"), "Li ", "新编");
  ASSERT_TRUE(saved) << saved.error().what;
  EXPECT_EQ(saved->version, 1);
  EXPECT_EQ(shelf().Get("card")->state(), "draft");
  EXPECT_EQ(shelf().Get("card")->shown.text, Text("card"));
  EXPECT_EQ(shelf().Publish("card", 1, "ｌｉ", "").error().kind, ErrorKind::kDenied);
  EXPECT_EQ(shelf().Publish("card", 2, "wang", "").error().kind, ErrorKind::kConflict);
  EXPECT_EQ(shelf().Publish("card", 1, " ", "").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(shelf().Publish("nothing", 1, "wang", "").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(shelf().Publish("card", 1, "wang", "核对过"));
  const auto row = shelf().Get("card");
  EXPECT_EQ(row->state(), "published");
  EXPECT_EQ(row->shown.approved_by, "wang");
  ASSERT_TRUE(shelf().Publish("card", 1, "wang", "")) << "the same again changes nothing";
  std::vector<std::string> acts;
  const auto found = shelf().Acts("card");
  for (const auto& act : *found) acts.push_back(act.act + " " + act.actor);
  EXPECT_EQ(acts, (std::vector<std::string>{"import Li ", "publish wang"}));
}

TEST_F(ArticlesTest, ANewDraftLeavesTheVersionInForceUntilItIsPublished) {
  Publish("card");
  ASSERT_EQ(shelf().Save(Text("card", "改了一"), "zhao", "")->version, 2);
  ASSERT_EQ(shelf().Save(Text("card", "改了二"), "qian", "")->version, 3);
  EXPECT_EQ(shelf().Get("card")->shown.text.answer, "请先挂失");
  EXPECT_EQ(shelf().Get("card")->latest, 3);
  // Both had a hand in what is new; li, who wrote what is old, had none.
  for (const char* writer : {"zhao", "qian"})
    EXPECT_EQ(shelf().Publish("card", 3, writer, "").error().kind, ErrorKind::kDenied) << writer;
  ASSERT_TRUE(shelf().Publish("card", 3, "li", ""));
  EXPECT_EQ(shelf().Get("card")->shown.text.answer, "改了二");
  const auto versions = shelf().Versions("card");
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_EQ(versions->back().text.answer, "请先挂失") << "versions are kept";
}

TEST_F(ArticlesTest, TheSameTextAgainIsNoNewVersion) {
  Publish("card");
  const auto again = shelf().Save(Text("card"), "zhao", "");
  EXPECT_FALSE(again->fresh);
  EXPECT_EQ(again->version, 1);
  ASSERT_TRUE(shelf().Retire("card", "wang", "过时"));
  EXPECT_EQ(shelf().Get("card")->state(), "retired");
  const auto back = shelf().Save(Text("card"), "zhao", "");
  EXPECT_TRUE(back->fresh);
  EXPECT_EQ(shelf().Get("card")->state(), "draft");
}

TEST_F(ArticlesTest, SeedlingsGoIntoAnEmptyShelfOnly) {
  EXPECT_TRUE(*shelf().Seed({{Text("a"), true}, {Text("b"), false}}));
  EXPECT_EQ(shelf().Get("a")->state(), "published");
  EXPECT_EQ(shelf().Get("b")->state(), "draft");
  EXPECT_FALSE(*shelf().Seed({{Text("c"), true}}));
  EXPECT_EQ(shelf().List({})->size(), 2U);
  EXPECT_EQ(shelf().List({"draft", "", ""})->size(), 1U);
  EXPECT_EQ(shelf().List({"", "social-security", ""})->size(), 2U);
  EXPECT_EQ(shelf().List({"", "social", ""})->size(), 0U);
  EXPECT_EQ(shelf().List({"", "", "police"})->size(), 0U);
}

TEST_F(ArticlesTest, EveryActChangesTheStamp) {
  std::set<std::int64_t> stamps{*shelf().Stamp()};
  ASSERT_TRUE(shelf().Save(Text("card"), "li", ""));
  stamps.insert(*shelf().Stamp());
  ASSERT_TRUE(shelf().Publish("card", 1, "wang", ""));
  stamps.insert(*shelf().Stamp());
  clock_.Advance(hours(1));
  ASSERT_TRUE(shelf().Confirm("card", "wang", "仍然正确"));
  EXPECT_EQ(shelf().Get("card")->confirmed_at, clock_.Now());
  stamps.insert(*shelf().Stamp());
  ASSERT_TRUE(shelf().Retire("card", "wang", ""));
  stamps.insert(*shelf().Stamp());
  EXPECT_EQ(stamps.size(), 5U);
  EXPECT_EQ(shelf().Confirm("card", "wang", "").error().kind, ErrorKind::kConflict);
}

TEST_F(ArticlesTest, DaysAreThoseOfShanghaiAndIncluded) {
  ArticleText t;
  t.valid_from = "2015-08-10";
  t.valid_to = "2015-08-11";
  const Time midnight = FromMs(1'439'136'000'000);  // 10 August 2015, 00:00 in Shanghai
  EXPECT_FALSE(t.ValidAt(midnight - Millis(1)));
  EXPECT_TRUE(t.ValidAt(midnight));
  EXPECT_TRUE(t.ValidAt(midnight + hours(48) - Millis(1)));
  EXPECT_FALSE(t.ValidAt(midnight + hours(48)));
}

TEST_F(ArticlesTest, AnAnswerByAnArticleIsRecordedWithItsVersionInTheSameTransaction) {
  Publish("card");
  const auto outcome = Answer("card", "q1", "citizen-1");
  const auto uses = shelf().UsesOf(outcome.request_id);
  ASSERT_EQ(uses->size(), 1U);
  EXPECT_EQ(uses->front().article_id, "card");
  EXPECT_EQ(uses->front().version, 1);
  EXPECT_EQ(uses->front().actor, "system");
  EXPECT_EQ(uses->front().topic, "social-security.contributions");
}

TEST_F(ArticlesTest, StatsCountUsesAndWhatWasSettledAtFirstContact) {
  Publish("card");
  Publish("unused");
  Answer("card", "q1", "one");
  clock_.Advance(hours(1));
  Answer("card", "q2", "two");
  clock_.Advance(hours(24));
  CommitOne(Decide(Bucket::kOrder, "q3", "two"));  // two came again with something that needs work
  clock_.Advance(hours(24 * 30));
  CommitOne(Decide(Bucket::kOrder, "q4", "one"));  // much later: another matter
  const auto triage = CommitOne(Decide(Bucket::kTriage, "q5", "three"));
  ASSERT_TRUE(shelf().Use("card", triage.request_id, "wang"));
  ASSERT_TRUE(shelf().Use("card", triage.request_id, "wang"));
  const auto stats = shelf().Stats(Time{}, FromMs(INT64_MAX));
  ASSERT_EQ(stats->size(), 2U);
  EXPECT_EQ(stats->at(0).article_id, "card");
  EXPECT_EQ(stats->at(0).uses, 3);
  EXPECT_EQ(stats->at(0).by_people, 1);
  EXPECT_EQ(stats->at(0).settled, 1) << "q1; q2 came again, and q5 is still with people";
  EXPECT_EQ(stats->at(1).article_id, "unused");
  EXPECT_EQ(stats->at(1).uses, 0);
  EXPECT_EQ(shelf().Stats(clock_.Now(), FromMs(INT64_MAX))->at(0).uses, 1);
  const auto topics = shelf().UsesByTopic(Time{});
  ASSERT_EQ(topics->size(), 2U);
  EXPECT_EQ(topics->at(0).topic, "social-security.contributions");
  EXPECT_EQ(topics->at(0).by_rules, 2);
  EXPECT_EQ(topics->at(1).by_people, 1);
}

TEST_F(ArticlesTest, APersonCannotAnswerWithWhatIsNotInForce) {
  ArticleText old = Text("old");
  old.valid_to = "2014-12-31";
  ASSERT_TRUE(shelf().Save(old, "li", ""));
  const auto triage = CommitOne(Decide(Bucket::kTriage, "q"));
  EXPECT_EQ(shelf().Use("old", triage.request_id, "wang").error().kind, ErrorKind::kConflict);
  ASSERT_TRUE(shelf().Publish("old", 1, "wang", ""));
  EXPECT_EQ(shelf().Use("old", triage.request_id, "wang").error().kind, ErrorKind::kConflict) << "it ran out in 2014";
  EXPECT_EQ(shelf().Use("nothing", triage.request_id, "wang").error().kind, ErrorKind::kNotFound);
  Publish("card");
  EXPECT_EQ(shelf().Use("card", "no request", "wang").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace minsheng::store
