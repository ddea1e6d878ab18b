// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/article_book.h"

#include <gtest/gtest.h>

#include "src/knowledge/desk.h"

namespace minsheng::knowledge {
namespace {

const Time kNow = FromMs(1'439'200'800'000);  // 10 August 2015 in Shanghai
constexpr Millis kDay{24LL * 3'600'000};

store::ArticleRow Row(const std::string& id, const std::string& from = "", const std::string& to = "") {
  store::ArticleRow row;
  row.id = id;
  row.latest = row.published = 3;
  row.confirmed_at = kNow;
  row.shown.version = 3;
  row.shown.text.id = id;
  row.shown.text.answer = "答复 " + id;
  row.shown.text.valid_from = from;
  row.shown.text.valid_to = to;
  return row;
}

ArticleBook Book() {
  auto draft = Row("draft");
  draft.published = 0;
  auto retired = Row("retired");
  retired.published = 0;
  retired.retired = true;
  return ArticleBook({draft, Row("expired", "", "2015-08-09"), Row("good", "2015-08-10", "2015-08-10"),
                      Row("not-yet", "2015-08-11"), retired},
                     1);
}

TEST(ArticleBook, AReplyIsItsTextOrTheArticleInForce) {
  const auto book = Book();
  EXPECT_EQ(book.Resolve("您好", kNow)->text, "您好");
  EXPECT_EQ(book.Resolve("您好", kNow)->article, "");
  const auto answer = book.Resolve("article:good", kNow);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, "答复 good");
  EXPECT_EQ(answer->article, "good");
  EXPECT_EQ(answer->version, 3);
  EXPECT_FALSE(book.Resolve("", kNow));
}

TEST(ArticleBook, WhatIsNotInForceAnswersNothingAndSaysWhy) {
  const auto book = Book();
  const std::pair<const char*, Silence> cases[] = {{"good", Silence::kNone},      {"nobody", Silence::kUnknown},
                                                   {"draft", Silence::kDraft},    {"retired", Silence::kRetired},
                                                   {"not-yet", Silence::kNotYet}, {"expired", Silence::kExpired}};
  for (const auto& [id, silence] : cases) {
    EXPECT_EQ(book.SilenceOf(id, kNow), silence) << id;
    EXPECT_EQ(book.Resolve(std::string("article:") + id, kNow).has_value(), silence == Silence::kNone) << id;
  }
  EXPECT_TRUE(book.Resolve("article:not-yet", kNow + kDay)) << "it depends on the day of the message";
  EXPECT_FALSE(book.Resolve("article:good", kNow + kDay));
}

TEST(ArticleReview, ListsWhatExpiredWillSoonIsUnconfirmedOrWaits) {
  auto waiting = Row("waiting");
  waiting.latest = 4;
  auto old = Row("old");
  old.confirmed_at = kNow - (kConfirmDays + 1) * kDay;
  auto blank = Row("blank");
  blank.published = 0;
  blank.shown.text.answer = "【请填写：电话】";
  const ArticleBook book({blank, Row("expired", "", "2015-08-09"), Row("far", "", "2015-09-10"),
                          Row("last-day", "", "2015-08-10"), old, Row("soon", "", "2015-09-09"), waiting},
                         1);
  std::vector<std::string> found;
  for (const auto& item : ReviewArticles(book, kNow, 30)) found.push_back(item.article->id + " " + item.why);
  EXPECT_EQ(found, (std::vector<std::string>{"expired expired", "last-day expiring", "soon expiring", "old unconfirmed",
                                             "waiting draft", "blank blanks"}));
}

}  // namespace
}  // namespace minsheng::knowledge
