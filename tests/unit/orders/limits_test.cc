// SPDX-License-Identifier: Apache-2.0
#include "src/orders/limits.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/orders/deadline_fixture.h"

namespace minsheng::orders {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<std::string> kMatters{"urban.water", "urban.greening", "rural.farming"};

constexpr std::string_view kStep = R"({"within": "5wd", "yellow": "1wd", "red": "due"})";

std::string Row(const std::string& id, const std::string& conditions, std::string_view answer = kStep) {
  return R"({"id": ")" + id + "\"" + (conditions.empty() ? "" : ", " + conditions) + R"(, "sign": )" +
         std::string(kStep) + R"(, "contact": )" + std::string(kStep) + R"(, "answer": )" + std::string(answer) +
         R"(, "return": )" + std::string(kStep) + "}";
}

// Rows stand on lines 2, 3, ...
std::string LimitsJson(const std::vector<std::string>& rows, const std::string& head = "") {
  std::string out = R"({"day_ends": "midnight", "working_hours": {"hours": ["08:30-12:00", "14:00-17:30"]})" + head +
                    R"(, "limits": [)";
  for (std::size_t i = 0; i < rows.size(); ++i) out += (i == 0 ? "\n" : ",\n") + rows[i];
  return out + "]}";
}

std::string LimitErrors(const std::string& json) {
  const auto loaded = Limits::Load(json, kMatters);
  if (loaded) return "";
  EXPECT_EQ(loaded.error().kind, ErrorKind::kInvalid);
  return loaded.error().what;
}

std::string RowFor(const Limits& limits, Matter matter) {
  const auto* row = limits.Find(matter);
  return row == nullptr ? "" : row->id;
}

TEST(Limits, ProfileBeatsUrgencyBeatsTopicBeatsType) {
  const auto limits = Limits::Load(
      LimitsJson({Row("any", ""), Row("help", R"("type": "help")"), Row("urban", R"("topic": "urban")"),
                  Row("water", R"("topic": ["urban.water"])"), Row("urgent", R"("urgency": ["urgent", "emergency"])"),
                  Row("storm", R"("profile": "emergency")")}),
      kMatters);
  ASSERT_TRUE(limits) << limits.error().what;
  const Limits& l = **limits;
  EXPECT_EQ(RowFor(l, {{}, "rural.farming", {}, {}}), "any");
  EXPECT_EQ(RowFor(l, {RequestType::kHelp, "rural.farming", {}, {}}), "help");
  EXPECT_EQ(RowFor(l, {RequestType::kHelp, "urban.greening", {}, {}}), "urban");
  EXPECT_EQ(RowFor(l, {RequestType::kHelp, "urban.water", {}, {}}), "water");
  EXPECT_EQ(RowFor(l, {RequestType::kHelp, "urban.water", Urgency::kUrgent, {}}), "urgent");
  EXPECT_EQ(RowFor(l, {RequestType::kHelp, "urban.water", Urgency::kUrgent, Profile::kEmergency}), "storm");
}

TEST(Limits, ACombinationThatNoRowCoversIsNamed) {
  const auto errors = LimitErrors(LimitsJson(
      {Row("urban", R"("topic": "urban")"), Row("help", R"("topic": "rural", "type": ["help", "complaint"])")}));
  EXPECT_THAT(errors, HasSubstr("类型 - / 事项 rural.farming / 紧急程度 normal / 时期 normal"));
  EXPECT_THAT(errors, HasSubstr("type consultation / topic rural.farming / urgency urgent / profile normal"));
  EXPECT_THAT(errors, Not(HasSubstr("topic urban")));
  // 5 types are not covered, in 3 urgencies and 2 profiles; ten are shown.
  EXPECT_THAT(errors, HasSubstr("20 further combinations"));
}

TEST(Limits, TwoRowsWithEqualRightAreAProblemAndSoIsARowThatNeverDecides) {
  EXPECT_THAT(LimitErrors(LimitsJson({Row("any", ""), Row("a", R"("type": ["help", "report"])"),
                                      Row("b", R"("type": ["report", "praise"])")})),
              HasSubstr("limits.json:4: b 与 a 同样适用于 类型 report"));
  EXPECT_THAT(LimitErrors(LimitsJson({Row("any", ""), Row("urban", R"("topic": "urban")"),
                                      Row("water", R"("topic": "urban.water")"),
                                      Row("green", R"("topic": "urban.greening")")})),
              HasSubstr("limits.json:3: urban 从不适用"));
}

TEST(Limits, AllProblemsAreListedWithTheirLine) {
  const auto errors = LimitErrors(LimitsJson(
      {Row("any", R"("typ": "help")", R"({"within": "5 days", "yellow": "1wd", "red": "due"})"),
       Row("any", R"("type": "wish", "urgency": "high", "topic": "sea")",
           R"({"within": "5wd", "yellow": "due", "red": "1wd", "extensions": 2})"),
       Row("c", R"("profile": "calm")", R"({"within": "5wd", "yellow": "5wd", "red": "soon"})"), R"({"id": "d"})"}));
  EXPECT_THAT(errors, HasSubstr("limits.json:2: 未知的键 typ"));
  EXPECT_THAT(errors, HasSubstr("limits.json:2: “5 days”应写作 30m、2h、4wh、3d 或 5wd"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: any 重复"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: type 没有“wish”这个值"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: urgency 没有“high”这个值"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: 没有事项 sea"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: 黄牌不能晚于红牌"));
  EXPECT_THAT(errors, HasSubstr("limits.json:3: 要先写 extension"));
  EXPECT_THAT(errors, HasSubstr("limits.json:4: profile 没有“calm”这个值"));
  EXPECT_THAT(errors, HasSubstr("limits.json:4: yellow 提前量不能等于或超过时限本身"));
  EXPECT_THAT(errors, HasSubstr("limits.json:4: “soon”应写作"));
  EXPECT_THAT(errors, HasSubstr("limits.json:5: d 缺少 answer / d has no answer"));
}

TEST(Limits, WorkingHoursAreCheckedAndMayChangeWithTheSeason) {
  EXPECT_THAT(LimitErrors(R"({"day_ends": "noon", "working_hours": {"hours": ["12:00-08:30"]}, "limits": []})"),
              HasSubstr("“12:00-08:30”应写作 08:30-12:00"));
  EXPECT_THAT(LimitErrors(R"({"day_ends": "noon", "working_hours": {"hours": ["08:30-12:00", "11:00-17:30"]}})"),
              HasSubstr("应为 midnight 或 closing"));
  const auto limits = Limits::Load(
      R"({"day_ends": "closing", "working_hours": {"hours": ["08:30-12:00", "14:00-17:30"],
          "seasons": [{"from": "06-01", "to": "09-30", "hours": ["08:00-12:00", "15:00-18:00"]},
                      {"from": "12-15", "to": "01-31", "hours": ["09:00-16:00"]}]}, "limits": [)" +
          Row("any", "") + "]}",
      kMatters);
  ASSERT_TRUE(limits) << limits.error().what;
  const DayRules& rules = (*limits)->day_rules();
  EXPECT_EQ(rules.EndOf(D("2015-05-31")), std::chrono::minutes{17 * 60 + 30});
  EXPECT_EQ(rules.EndOf(D("2015-06-01")), std::chrono::hours{18});
  EXPECT_EQ(rules.EndOf(D("2015-09-30")), std::chrono::hours{18});
  EXPECT_EQ(rules.EndOf(D("2015-12-31")), std::chrono::hours{16});  // a season may pass New Year
  EXPECT_EQ(rules.EndOf(D("2016-01-31")), std::chrono::hours{16});
  EXPECT_EQ(rules.HoursOf(D("2016-02-01")).size(), 2U);
}

TEST(Limits, TheShippedFileCoversEveryTopicOfTheShippedRules) {
  std::vector<std::string> topics;
  const auto categories = nlohmann::json::parse(EmbeddedContent("rules/categories.json"));
  for (const auto& category : categories["categories"]) {
    for (const auto& topic : category["topics"]) topics.push_back(topic["id"]);
  }
  ASSERT_GT(topics.size(), 50U);
  const auto limits = Limits::Load(EmbeddedContent("config/limits.json"), topics);
  ASSERT_TRUE(limits) << limits.error().what;
  const Limits& l = **limits;
  const auto answer = [&](Matter m) { return ToText(l.Find(m)->Of(Step::kAnswer).within); };
  EXPECT_EQ(answer({RequestType::kConsultation, "social-security.pensions", {}, {}}), "3wd");
  EXPECT_EQ(answer({RequestType::kHelp, "urban.greening", {}, {}}), "5wd");
  EXPECT_EQ(answer({RequestType::kComplaint, "urban.noise", {}, {}}), "7wd");
  EXPECT_EQ(answer({RequestType::kHelp, "urban.water", {}, {}}), "24h");
  EXPECT_EQ(answer({RequestType::kHelp, "urban.power", Urgency::kEmergency, {}}), "2h");
  EXPECT_EQ(answer({{}, "other.general", Urgency::kUrgent, {}}), "24h");
  EXPECT_EQ(answer({RequestType::kComplaint, "urban.noise", {}, Profile::kEmergency}), "10wd");
}

TEST(Limits, EveryPrefixAndManyChangesOfTheFileAreReadOrRefusedWithAPlace) {
  const std::string good = LimitsJson({Row("any", ""), Row("help", R"("type": ["help"], "topic": "urban")")},
                                      R"(, "days_off_move_the_end": true)");
  ASSERT_TRUE(Limits::Load(good, kMatters));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Limits::Load(good.substr(0, size), kMatters)) << size;
  }
  std::mt19937 random{42};
  for (int i = 0; i < 3000; ++i) {
    std::string changed = good;
    for (int k = 0; k < 3; ++k) changed[random() % changed.size()] = "0123456789-/\"[]{},:wdh\xE6"[random() % 24];
    const auto loaded = Limits::Load(changed, kMatters);
    EXPECT_TRUE(loaded || loaded.error().what.find("limits.json:") != std::string::npos) << changed;
  }
}

TEST(Limits, PeriodsAreReadAndWrittenAlike) {
  for (const char* text : {"30m", "2h", "4wh", "3d", "5wd", "1000wd", "0h"}) {
    const auto period = ParsePeriod(text);
    ASSERT_TRUE(period) << text;
    EXPECT_EQ(ToText(*period), text);
  }
  for (const char* bad : {"", "5", "wd", "-1d", "5w", "5 wd", "1001h", "99999999999h", "5WD"}) {
    EXPECT_FALSE(ParsePeriod(bad)) << bad;
  }
  EXPECT_EQ(Name(Period{5, PeriodUnit::kWorkingDays}, false), "5个工作日");
  EXPECT_EQ(Name(Period{1, PeriodUnit::kWorkingHours}, true), "1 working hour");
}

}  // namespace
}  // namespace minsheng::orders
