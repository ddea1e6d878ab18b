// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/article_file.h"

#include <gtest/gtest.h>

#include <set>

#include "src/base/embedded.h"
#include "src/rules/rule_set.h"

namespace minsheng::knowledge {
namespace {

using store::ArticleText;

ArticleText Good() {
  ArticleText t;
  t.id = "urban.lamps";
  t.title = "路灯";
  t.questions = {"路灯不亮怎么办"};
  t.answer = "请告诉我们位置";
  t.details = "转管护单位";
  t.topic = "urban.street-lights";
  t.unit = "urban-management";
  t.owner = "张";
  t.valid_from = "2026-01-01";
  t.valid_to = "2026-12-31";
  t.source = "照明管理规定";
  t.tags = {"路灯"};
  return t;
}

std::vector<std::string> ProblemsOf(const ArticleText& text) {
  std::vector<std::string> all;
  for (const auto& p : CheckArticle(text, {})) all.push_back(p.en);
  return all;
}

TEST(ArticleFile, WhatIsWrittenIsReadAgain) {
  ArticleText bare;
  bare.id = "b";
  bare.title = "题";
  bare.answer = "答";
  bare.topic = "urban";
  bare.unit = "hotline";
  const std::vector<ArticleText> articles = {Good(), bare};
  const auto again = ReadArticleFile(WriteArticleFile(articles), "x.json");
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(*again, articles);
}

TEST(ArticleFile, EveryProblemIsListedWithTheArticleItIsIn) {
  const auto read = ReadArticleFile(
      R"([{"id": "A b", "title": "t", "answer": "a", "topic": "x", "unit": "u", "colour": 1, "tags": "no"},
          7,
          {"id": "x", "title": "t", "answer": "a", "topic": "x", "unit": "u", "valid_to": "2026-02-30"},
          {"id": "x", "title": "t", "answer": "a", "topic": "x", "unit": "u"}])",
      "mine.json");
  ASSERT_FALSE(read);
  for (const char* wanted :
       {"mine.json: 1 A b: ", "no key 'colour'", "'tags' must be a list", "lower-case letters",
        "mine.json: 2 : ", "is no object", "mine.json: 3 x: ", "2026-02-30", "mine.json: 4 x: ", "used twice"}) {
    EXPECT_NE(read.error().what.find(wanted), std::string::npos) << wanted << "\n" << read.error().what;
  }
  EXPECT_FALSE(ReadArticleFile("{", "x"));
  EXPECT_FALSE(ReadArticleFile("{}", "x"));
}

TEST(ArticleFile, AnArticleMustFitIntoAChatMessageAndNameWhoAnswersForIt) {
  EXPECT_TRUE(ProblemsOf(Good()).empty());
  auto t = Good();
  for (std::size_t i = 0; i <= kMaxAnswer; ++i) t.answer += "长";
  EXPECT_EQ(ProblemsOf(t).size(), 1U);
  t = Good();
  t.unit = "";
  EXPECT_EQ(ProblemsOf(t).size(), 1U);
  t = Good();
  t.valid_to = "2025-12-31";
  EXPECT_EQ(ProblemsOf(t).size(), 1U) << "ends before it begins";
  t = Good();
  const Surroundings around{[](std::string_view topic) { return topic == "rural"; },
                            [](std::string_view unit) { return unit == "hotline"; }};
  EXPECT_EQ(CheckArticle(t, around).size(), 2U);
}

TEST(ArticleFile, BlanksToFillInAndAMissingSourceKeepItFromBeingPublishedOnly) {
  auto t = Good();
  t.answer = "电话：【请填写：窗口电话】";
  t.source = "";
  const auto problems = CheckArticle(t, {});
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_FALSE(problems[0].blocks_draft);
  EXPECT_FALSE(problems[1].blocks_draft);
  EXPECT_TRUE(HasBlanks(t));
}

TEST(ShippedArticles, AreWellFormedAndMostCanBePublishedAsTheyAre) {
  const auto articles = ReadArticleFile(EmbeddedContent("config/articles.json"), "config/articles.json");
  ASSERT_TRUE(articles) << articles.error().what;
  EXPECT_GE(articles->size(), 40U);
  std::vector<rules::SourceFile> files;
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with("rules/")) files.push_back({std::string(file.path.substr(6)), std::string(file.content)});
  }
  const auto compiled = rules::RuleSet::Compile(files, 1, rules::RuleSet::Advice::kSkip);
  ASSERT_TRUE(compiled.set);
  const std::string units(EmbeddedContent("config/units.json"));
  const Surroundings around{
      [&](std::string_view topic) { return compiled.set->FindTopic(topic) != nullptr; },
      [&](std::string_view unit) { return units.find("\"id\": \"" + std::string(unit) + "\"") != std::string::npos; }};
  std::size_t ready = 0;
  for (const auto& article : *articles) {
    const auto problems = CheckArticle(article, around);
    for (const auto& p : problems) EXPECT_FALSE(p.blocks_draft) << p.article << ": " << p.en;
    EXPECT_EQ(problems.empty(), !HasBlanks(article)) << article.id << " is a draft for its blanks alone";
    EXPECT_GE(article.questions.size(), 3U) << article.id;
    ready += problems.empty() ? 1 : 0;
  }
  EXPECT_GE(ready * 10, articles->size() * 8);
  EXPECT_LT(ready, articles->size()) << "some need what only the district knows";
}

// What the shipped rules answer with is there and published.
TEST(ShippedArticles, EveryArticleThatAShippedRuleNamesIsReady) {
  std::vector<rules::SourceFile> files;
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with("rules/")) files.push_back({std::string(file.path.substr(6)), std::string(file.content)});
  }
  const auto compiled = rules::RuleSet::Compile(files, 1, rules::RuleSet::Advice::kSkip);
  std::set<std::string> ready;
  const auto articles = ReadArticleFile(EmbeddedContent("config/articles.json"), "x");
  for (const auto& article : *articles) {
    if (CheckArticle(article, {}).empty()) ready.insert(article.id);
  }
  int named = 0;
  for (const auto& mention : compiled.set->mentions()) {
    if (mention.field != "article") continue;
    ++named;
    EXPECT_TRUE(ready.contains(mention.value)) << mention.rule << " names " << mention.value;
  }
  EXPECT_GT(named, 0);
}

}  // namespace
}  // namespace minsheng::knowledge
