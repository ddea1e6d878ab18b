// SPDX-License-Identifier: Apache-2.0
// Replies that name an article of the knowledge base.
#include <gtest/gtest.h>

#include "src/router/decide.h"
#include "src/router/review.h"

namespace minsheng::router {
namespace {

using store::Bucket;

const Time kNow = FromMs(1'439'200'800'000);  // 10 August 2015

store::ArticleRow Article(const std::string& id, const std::string& valid_to = "") {
  store::ArticleRow row;
  row.id = id;
  row.latest = row.published = 2;
  row.shown.text.id = id;
  row.shown.text.answer = "条目" + id + "的答复";
  row.shown.text.valid_to = valid_to;
  return row;
}

class ArticleReply : public ::testing::Test {
 protected:
  ArticleReply() {
    const std::vector<rules::SourceFile> files{
        {"categories.json", R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.water","name":"供水"},
           {"id":"urban.out","name":"不受理","out_of_scope":true,"reply":"请走法定途径"}]}]})"},
        {"urban.json", R"([
           {"id":"bill","name":"水费查询","when":"水费","topic":"urban.water","weight":6,"reply":"article:bill",
            "examples":{"yes":["水费怎么查询"],"no":["下水道"]}},
           {"id":"bill.weak","name":"查询","when":"查询","topic":"urban.water","weight":2,"reply":"请说户号",
            "examples":{"yes":["查询一下"],"no":["下水道"]}},
           {"id":"court","name":"法院","when":"法院","topic":"urban.out","decisive":true,"reply":"article:court",
            "examples":{"yes":["法院判了"],"no":["下水道"]}}])"}};
    auto compiled = rules::RuleSet::Compile(files, 3, rules::RuleSet::Advice::kSkip);
    for (const auto& p : compiled.problems) ADD_FAILURE() << rules::Format(p, "en");
    knowledge_.rules = compiled.set;
    knowledge_.catalogue =
        *orders::Catalogue::Load(R"([{"id":"water-company","name":"自来水公司"}])",
                                 R"([{"topic":"*","lead":"water-company"}])", {"urban.water", "urban.out"});
  }

  void Shelve(std::vector<store::ArticleRow> rows) {
    knowledge_.articles = std::make_shared<const knowledge::ArticleBook>(std::move(rows), 1);
  }
  store::Decision Ask(const std::string& words) {
    Message m;
    m.id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    m.channel = "wechat";
    m.account = "main";
    m.source_id = "1";
    m.sender = "citizen";
    m.text = words;
    m.received_at = kNow;
    stream::Entry entry;
    entry.id = m.id;
    entry.message = Encode(m);
    return Decide(entry, knowledge_, scratch_, policy_);
  }
  std::string AnswerTo(const std::string& words) {
    const auto d = Ask(words);
    if (d.plan != Bucket::kAnswered) return "";
    return DecodeReply(d.outbox(Bucket::kAnswered, "req", "").at(0).payload)->text;
  }

  Knowledge knowledge_;
  rules::RuleSet::Scratch scratch_;
  Policy policy_;
};

TEST_F(ArticleReply, TheArticleInForceAnswersAndItsVersionIsNoted) {
  Shelve({Article("bill", "2015-08-10")});
  const auto d = Ask("水费多少");
  EXPECT_EQ(d.plan, Bucket::kAnswered);
  EXPECT_EQ(d.article, "bill");
  EXPECT_EQ(d.article_version, 2);
  const auto reply = DecodeReply(d.outbox(Bucket::kAnswered, "req", "").at(0).payload);
  EXPECT_EQ(reply->text, "条目bill的答复");
  EXPECT_EQ(reply->facts.at("article"), "bill");
  EXPECT_EQ(reply->facts.at("article_version"), "2");
}

TEST_F(ArticleReply, AnExpiredArticleAnswersNothingAndTheRequestGoesToPeople) {
  Shelve({Article("bill", "2015-08-09")});
  const auto d = Ask("水费多少");
  EXPECT_EQ(d.plan, Bucket::kOrder);
  EXPECT_EQ(d.lead_unit, "water-company");
  EXPECT_EQ(d.article, "");
  knowledge_.articles = nullptr;
  EXPECT_EQ(Ask("水费多少").plan, Bucket::kOrder) << "nor does one that could not be read";
}

TEST_F(ArticleReply, WithoutItTheNextRuleOrTheStandardAnswerOfTheTopicAnswers) {
  Shelve({Article("bill", "2015-08-09"), Article("court", "2015-08-09")});
  EXPECT_EQ(AnswerTo("水费查询"), "请说户号");
  EXPECT_EQ(AnswerTo("法院判了"), "请走法定途径");
  Shelve({Article("bill"), Article("court")});
  EXPECT_EQ(AnswerTo("水费查询"), "条目bill的答复");
  EXPECT_EQ(AnswerTo("法院判了"), "条目court的答复");
}

TEST_F(ArticleReply, WhatRulesNameIsCheckedAgainstTheArticlesWithItsPlace) {
  auto draft = Article("court");
  draft.published = 0;
  const knowledge::ArticleBook book({draft}, 1);
  const auto found = ReviewArticles(*knowledge_.rules, book, kNow);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(rules::Format(found[0], "en"),
            "urban.json:2:92: error[unknown-article] bill: the knowledge base has no article 'bill' (see minsheng "
            "articles list)");
  EXPECT_EQ(found[1].code, "article-silent");
  EXPECT_EQ(found[1].severity, rules::Severity::kWarning);
  EXPECT_EQ(found[1].rule, "court");
  EXPECT_TRUE(
      ReviewArticles(*knowledge_.rules, knowledge::ArticleBook({Article("bill"), Article("court")}, 1), kNow).empty());
}

}  // namespace
}  // namespace minsheng::router
