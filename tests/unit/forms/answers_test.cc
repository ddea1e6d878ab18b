// SPDX-License-Identifier: Apache-2.0
#include "src/forms/answers.h"

#include <map>

#include "tests/unit/forms/forms_fixture.h"

namespace minsheng::forms {
namespace {

std::vector<const Field*> Asked(std::initializer_list<std::string_view> keys) {
  std::vector<const Field*> fields;
  for (const auto key : keys) fields.push_back(ShippedForms()->FindField(key));
  return fields;
}

std::map<std::string, std::string> Answer(const std::string& topic, std::initializer_list<std::string_view> asked,
                                          const std::string& words, bool* unknown = nullptr) {
  const auto reading = ReadAnswer(*ShippedForms()->Find(topic), Asked(asked), Words(words), {});
  if (unknown != nullptr) *unknown = reading.unknown;
  std::map<std::string, std::string> values;
  for (const auto& f : reading.facts) {
    EXPECT_EQ(f.source, "answer");
    values[f.key] = f.value;
  }
  return values;
}

using Values = std::map<std::string, std::string>;

TEST(FormsAnswers, QuestionsAreNumberedAndAtMostThree) {
  EXPECT_EQ(Questions(Asked({"people"})), "请问一行几个人？");
  const auto text = Questions(Asked({"address", "since", "extent", "firm"}));
  EXPECT_EQ(text.substr(0, 3), "1. ");
  EXPECT_NE(text.find("\n3. "), std::string::npos);
  EXPECT_EQ(text.find("\n4. "), std::string::npos);
}

TEST(FormsAnswers, NumberedPartsGoToTheirQuestions) {
  EXPECT_EQ(Answer("urban.water", {"address", "since", "extent"}, "1. 朝阳景都3号楼 2. 昨晚八点 3. 整栋楼"),
            (Values{{"address", "朝阳景都3号楼"}, {"since", "2015-08-09 20:00"}, {"extent", "building"}}));
  EXPECT_EQ(Answer("urban.water", {"address", "since", "extent"}, "2、昨晚"),
            (Values{{"since", "2015-08-09 18:00/24:00"}}));
  EXPECT_EQ(Answer("tourism.agency", {"spot", "travel-date"}, "①海之梦②8月2日"),
            (Values{{"spot", "海之梦"}, {"travel-date", "2015-08-02"}}));
}

TEST(FormsAnswers, AsManyLinesAsQuestionsAreTakenInOrder) {
  EXPECT_EQ(Answer("tourism.agency", {"spot", "travel-date"}, "海之梦\n前天"),
            (Values{{"spot", "海之梦"}, {"travel-date", "2015-08-08"}}));
}

TEST(FormsAnswers, TheAnswerToOneQuestionIsItsValue) {
  EXPECT_EQ(Answer("urban.greening", {"address"}, "朝阳景都北门那里"), (Values{{"address", "朝阳景都北门那里"}}));
  EXPECT_EQ(Answer("urban.greening", {"address"}, "在健康路16号门口"), (Values{{"address", "健康路16号门口"}}));
  EXPECT_EQ(Answer("urban.greening", {"address"}, "是幸福里北门那里"), (Values{{"address", "幸福里北门那里"}}));
  EXPECT_EQ(Answer("elderly-care.home-care", {"elder-name"}, "李桂兰"), (Values{{"elder-name", "李桂兰"}}));
}

TEST(FormsAnswers, WithoutNumbersOnlyWhatCanBeRecognisedIsTaken) {
  EXPECT_EQ(Answer("tourism.agency", {"spot", "travel-date"}, "上周五去的，名字忘记问了，好像什么海"),
            (Values{{"travel-date", "2015-08-07"}}));
}

TEST(FormsAnswers, WhoDoesNotKnowIsNotAskedAgain) {
  for (const auto* words : {"不知道", "不清楚啊", "忘了", "这个说不清楚"}) {
    bool unknown = false;
    EXPECT_EQ(Answer("urban.greening", {"address"}, words, &unknown), Values{}) << words;
    EXPECT_TRUE(unknown) << words;
  }
  bool unknown = true;
  Answer("urban.greening", {"address"}, "在朝阳景都北门，具体哪一栋我不清楚，反正进门就能看见那棵树", &unknown);
  EXPECT_FALSE(unknown);
}

}  // namespace
}  // namespace minsheng::forms
