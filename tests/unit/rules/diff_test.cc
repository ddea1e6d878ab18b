// SPDX-License-Identifier: Apache-2.0
#include "src/rules/diff.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace minsheng::rules {
namespace {

using Files = std::vector<SourceFile>;

constexpr const char* kRule =
    R"([{"id":"a","name":"甲","when":"树","topic":"u.t","weight":3,"tags":["x","y"],"examples":{"yes":["树倒了"]}}])";

TEST(DiffTest, ChangedFieldsOfARuleAreNamedOldToNewAndListsItemByItem) {
  const Files from{{"r.json", kRule}};
  const Files to{{"r.json",
                  R"([{"id":"a","name":"甲","when":"树 & 倒","topic":"u.t","weight":4,"tags":["y","z"],
                       "examples":{"yes":["树倒了"],"no":["树立"]}}])"}};
  EXPECT_EQ(DifferenceText(Compare(from, to), "zh"),
            "规则：新增 0，删除 0，修改 1\n"
            "  ~ a 甲\n"
            "      反例：（无） → [\"树立\"]\n"
            "      标签：- x\n"
            "      标签：+ z\n"
            "      权重：3 → 4\n"
            "      条件：树 → 树 & 倒\n");
  const auto j = nlohmann::json::parse(DifferenceJson(Compare(from, to)));
  EXPECT_EQ(j["sections"][0]["changed"][0]["fields"][3]["from"], 3);
  EXPECT_EQ(j["sections"][0]["changed"][0]["fields"][2]["added"], "z");
}

TEST(DiffTest, RulesThatCameAndWentAreNamed) {
  const Files from{{"r.json", R"([{"id":"a","name":"甲","when":"树"},{"id":"b","name":"乙","when":"灯"}])"}};
  const Files to{{"r.json", R"([{"id":"b","name":"乙","when":"灯"},{"id":"c","name":"丙","when":"水"}])"}};
  const auto d = Compare(from, to);
  ASSERT_EQ(d.sections.size(), 1U);
  EXPECT_EQ(d.sections[0].added[0].id, "c");
  EXPECT_EQ(d.sections[0].removed[0].id, "a");
  EXPECT_TRUE(d.sections[0].changed.empty());
}

TEST(DiffTest, OrderFormatAndArrangementOfFilesAreNoDifference) {
  const Files from{{"a.json", R"([{"id":"a","when":"树","weight":3,"tags":["x","y"]},{"id":"b","when":"灯"}])"}};
  const Files to{{"other/b.json", "[ {\"when\": \"灯\", \"id\": \"b\"} ]"},
                 {"a.json", R"([{"id":"a","when":"树","weight":3.0,"tags":["y","x"]}])"}};
  const auto d = Compare(from, to);
  EXPECT_TRUE(d.empty());
  EXPECT_FALSE(d.same_files);
  EXPECT_EQ(DifferenceText(d, "en"), "the same in meaning; only format or arrangement of files differ\n");
  EXPECT_TRUE(Compare(from, from).same_files);
}

TEST(DiffTest, EveryPartOfARuleSetIsCompared) {
  const Files from{
      {"categories.json", R"({"categories":[{"id":"u","name":"城","topics":[{"id":"u.t","name":"树"}]}]})"},
      {"lists.json", R"({"tree":["树","松"]})"},
      {"lexicon.json", R"({"u.t":{"树":1,"松":2}})"},
      {"places.json", R"([{"id":"p","name":"甲镇"}])"},
      {"settings.json", R"({"threshold":0.6,"calibration":{"bias":-3}})"},
      {"golden/g.json", R"([{"id":"g","text":"树","topic":"u.t"}])"}};
  const Files to{{"categories.json", R"({"categories":[{"id":"u","name":"城","topics":[{"id":"u.t","name":"绿"}]}]})"},
                 {"lists.json", R"({"tree":["树","柏"]})"},
                 {"lexicon.json", R"({"u.t":{"树":1,"松":2.5}})"},
                 {"places.json", R"([{"id":"p","name":"乙镇"}])"},
                 {"settings.json", R"({"threshold":0.6,"calibration":{"bias":-4}})"},
                 {"golden/g.json", R"([{"id":"g","text":"树","topic":"u.x"}])"}};
  const auto d = Compare(from, to);
  std::string seen;
  for (const auto& s : d.sections) {
    ASSERT_EQ(s.changed.size(), 1U) << s.section;
    seen += s.section + " " + s.changed[0].id + " " + s.changed[0].fields[0].field + ";";
  }
  EXPECT_EQ(seen,
            "lists tree ;lexicon u.t 松;topics u.t name;places p name;settings settings.json calibration.bias;"
            "golden g topic;");
}

TEST(DiffTest, FilesWithErrorsAreComparedAsFarAsTheyCanBeRead) {
  const Files from{{"r.json", kRule}};
  const auto d = Compare(from, {{"r.json", "[{"}});
  ASSERT_EQ(d.sections.size(), 2U);
  EXPECT_EQ(d.sections[0].removed[0].id, "a");
  EXPECT_EQ(d.sections[1].section, "files");
  const auto twice = Compare(from, {{"r.json", R"([{"id":"a","when":"树"},{"id":"a","when":"灯"},{"when":"x"},7])"}});
  EXPECT_EQ(twice.sections[0].added.size(), 3U);
  // Texts with quotation marks, and items that are no objects, do not disturb the words.
  EXPECT_FALSE(DifferenceText(twice, "zh").empty());
  EXPECT_TRUE(nlohmann::json::accept(DifferenceJson(twice)));
}

TEST(DiffTest, TheSameInputGivesTheSameBytes) {
  const Files to{{"b.json", R"([{"id":"z","when":"灯"},{"id":"c","when":"水"}])"}};
  EXPECT_EQ(DifferenceJson(Compare({{"r.json", kRule}}, to)), DifferenceJson(Compare({{"r.json", kRule}}, to)));
}

}  // namespace
}  // namespace minsheng::rules
