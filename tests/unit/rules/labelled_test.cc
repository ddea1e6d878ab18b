// SPDX-License-Identifier: Apache-2.0
#include "src/rules/labelled.h"

#include <gtest/gtest.h>

namespace minsheng::rules {
namespace {

TEST(LabelledTest, LinesAreReadWithTitleLabelAndWhatElseIsRight) {
  LabelReading reading;
  reading.label_field = "kind";
  reading.accepted_field = "also";
  ASSERT_TRUE(AddMeaning("城建=urban", &reading));
  ASSERT_TRUE(AddMeaning("学校 ~= other, rural", &reading));
  ASSERT_TRUE(AddMeaning("杂项=", &reading));
  const auto read = ReadLabelled(
      "{\"id\": \"1\", \"title\": \"题\", \"text\": \"文\", \"kind\": \"城建\", \"also\": [\"rural\", \"城建\"]}\n\n"
      "{\"text\": \"校\", \"kind\": \"学校\"}\r\n{\"text\": \"杂\", \"kind\": \"杂项\"}\n{\"text\": \"无\"}\n"
      "{\"text\": \"直\", \"kind\": \"urban.lamp\"}",
      "a.jsonl", reading);
  EXPECT_TRUE(read.problems.empty());
  EXPECT_EQ(read.skipped, 2U);
  ASSERT_EQ(read.texts.size(), 3U);
  EXPECT_EQ(read.texts[0].id, "1");
  EXPECT_EQ(read.texts[0].text, "题\n文");
  EXPECT_EQ(read.texts[0].labels, std::vector<std::string>{"urban"});
  EXPECT_EQ(read.texts[0].accepted, (std::vector<std::string>{"rural", "urban"}));
  EXPECT_EQ(read.texts[1].id, "a.jsonl:3");
  EXPECT_EQ(read.texts[1].labels, (std::vector<std::string>{"other", "rural"}));
  EXPECT_TRUE(read.texts[1].uncertain);
  EXPECT_EQ(read.texts[2].labels, std::vector<std::string>{"urban.lamp"});
}

TEST(LabelledTest, EveryBrokenLineIsNamedByItsNumber) {
  const auto read = ReadLabelled(
      "{\"text\": \"好\", \"label\": \"urban\"}\n{broken\n[1]\n{\"label\": \"urban\"}\n{\"label\": 3}\n", "in", {});
  ASSERT_EQ(read.problems.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read.problems[i].rfind("in:" + std::to_string(i + 2) + ":", 0), 0U) << read.problems[i];
  }
  EXPECT_TRUE(ReadLabelled("", "in", {}).texts.empty());
}

TEST(LabelledTest, ACertainLabelMeansOneThing) {
  LabelReading reading;
  EXPECT_FALSE(AddMeaning("学校=other,rural", &reading));
  EXPECT_FALSE(AddMeaning("学校", &reading));
  EXPECT_FALSE(AddMeaning("=urban", &reading));
}

}  // namespace
}  // namespace minsheng::rules
