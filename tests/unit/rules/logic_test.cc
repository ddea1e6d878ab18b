// SPDX-License-Identifier: Apache-2.0
// What Logic says of conditions against all texts (brute force) and random texts (the slow twin).
#include "src/rules/logic.h"

#include <gtest/gtest.h>

#include <set>

#include "src/rules/naive.h"
#include "tests/unit/rules/random_condition.h"

namespace minsheng::rules {
namespace {

const std::vector<std::string> kLogicLists[] = {{"路灯", "水"}, {"树", "坏", "ab", "樹路", "1", "灯灯", "12", "水坏"}};

Sources LogicSources() {
  Sources s;
  s.lists["small"].terms = kLogicLists[0];
  s.lists["big"].terms = kLogicLists[1];
  for (const auto& [id, name] : {std::pair{"p", "大区"}, {"p.town", "水镇"}, {"p.other", "树镇"}}) {
    PlaceSource& place = s.places[id];
    place.id = id;
    place.name = name;
    place.parent = place.id == "p" ? "" : "p";
  }
  return s;
}

Condition Parse(const std::string& source) {
  std::vector<SyntaxProblem> problems;
  Condition c = ParseCondition(source, &problems);
  EXPECT_TRUE(problems.empty()) << source;
  return c;
}

bool HoldsFor(const Condition& c, const Input& input) {
  const NaiveWorld world{[](const std::string& list) { return kLogicLists[list == "small" ? 0 : 1]; },
                         [&](const std::string& id) {
                           const std::string_view place = input.place_hint == "大区"   ? "p"
                                                          : input.place_hint == "水镇" ? "p.town"
                                                          : input.place_hint == "树镇" ? "p.other"
                                                                                       : "";
                           return place == id || (id == "p" && !place.empty());
                         }};
  return NaiveHolds(c, input, world);
}

struct Logical {
  Sources sources = LogicSources();
  Logic logic{sources};

  Answer Can(const std::string& source) {
    const Formula f = logic.Prepare(Parse(source));
    return logic.CanHold({{&f, true}}).answer;
  }
  Answer CanFail(const std::string& source) {
    const Formula f = logic.Prepare(Parse(source));
    return logic.CanHold({{&f, false}}).answer;
  }
  bool Implies(const std::string& a, const std::string& b) {
    const Formula fa = logic.Prepare(Parse(a));
    const Formula fb = logic.Prepare(Parse(b));
    return logic.Implies(fa, fb);
  }
};

TEST(LogicTest, ATermBringsAlongTheTermsItContains) {
  Logical l;
  EXPECT_EQ(l.Can("路灯不亮 & !路灯"), Answer::kNo);
  EXPECT_EQ(l.Can("路灯 & !路灯不亮"), Answer::kYes);
  EXPECT_EQ(l.Can("路燈 & !路灯"), Answer::kNo);
  EXPECT_TRUE(l.Implies("路灯不亮", "路灯"));
  EXPECT_FALSE(l.Implies("路灯", "路灯不亮"));
  EXPECT_EQ(l.Can("etcd & !etc"), Answer::kYes) << "etc is a word of its own";
  EXPECT_EQ(l.Can("etc卡 & !etc"), Answer::kNo);
}

TEST(LogicTest, ContradictionsAndTautologiesAreDecidedExactly) {
  Logical l;
  EXPECT_EQ(l.Can("(甲 | 乙) & !甲 & !乙"), Answer::kNo);
  EXPECT_EQ(l.Can("(甲 | 乙) & !(甲 & 乙)"), Answer::kYes);
  EXPECT_EQ(l.CanFail("甲 | !甲"), Answer::kNo);
  EXPECT_EQ(l.CanFail("甲乙 | !甲"), Answer::kYes);
  EXPECT_EQ(l.CanFail("甲 | !甲乙"), Answer::kNo) << "what holds no 甲 holds no 甲乙";
  EXPECT_EQ(l.Can("!(甲 | 乙) & (甲乙 | 丙甲)"), Answer::kNo);
}

TEST(LogicTest, LongListsCountAsOneAtom) {
  Logical l;
  std::vector<std::string> many;
  for (char32_t c = 0x4E10; c < 0x4E10 + 300; ++c) {
    std::string term;
    for (const auto part : {static_cast<unsigned>(c), static_cast<unsigned>(c) + 1}) {
      term += {static_cast<char>(0xE0 | part >> 12), static_cast<char>(0x80 | (part >> 6 & 0x3F)),
               static_cast<char>(0x80 | (part & 0x3F))};
    }
    many.push_back(term);
  }
  l.sources.lists["many"].terms = many;
  EXPECT_EQ(l.Can("@many & 树 & !(路 | 灯)"), Answer::kYes);
  EXPECT_EQ(l.Can("@many & !@many"), Answer::kNo);
  EXPECT_TRUE(l.Implies("@many & 树", "@many | 路"));
  EXPECT_TRUE(l.Implies(many[7], "@many"));
}

TEST(LogicTest, FieldsOfOneNameKnowWhichValuesTheyShare) {
  Logical l;
  EXPECT_EQ(l.Can("树 & channel:phone & channel:wechat"), Answer::kNo);
  EXPECT_EQ(l.Can("树 & channel:phone,weibo & channel:weibo,wechat"), Answer::kYes);
  EXPECT_TRUE(l.Implies("hour:22-2", "hour:20-6"));
  EXPECT_EQ(l.CanFail("hour:6-17 | hour:18-5"), Answer::kNo);
  EXPECT_EQ(l.CanFail("type:help | !type:help,report | type:report"), Answer::kNo);
  EXPECT_EQ(l.Can("place:p.town & place:p.other"), Answer::kNo) << "a message has one place";
  EXPECT_TRUE(l.Implies("place:p.town", "place:p"));
  EXPECT_TRUE(l.Implies("length<5", "length<9"));
  EXPECT_EQ(l.Can("length<4 & 路灯不亮"), Answer::kNo);
}

TEST(LogicTest, NearConditionsAndRegexesHaveTheConsequencesThatAreCertain) {
  Logical l;
  EXPECT_TRUE(l.Implies("树 ~5 挡", "树 & 挡"));
  EXPECT_TRUE(l.Implies("树 ~5 挡", "挡 ~9 (树 | 枝)"));
  EXPECT_FALSE(l.Implies("树 ~9 挡", "树 ~5 挡"));
  EXPECT_TRUE(l.Implies("甲 ~5 乙 ~8 丙", "丙 ~8 乙"));
  EXPECT_TRUE(l.Implies("路灯不亮", "路灯 ~2 不亮"));
  EXPECT_FALSE(l.Implies("路灯 & 不亮", "路灯 ~2 不亮"));
  EXPECT_EQ(l.Can("(树 ~5 挡) & !挡"), Answer::kNo);
  EXPECT_EQ(l.Can("/路宽[0-9]+米/ & !路宽"), Answer::kNo);
  EXPECT_EQ(l.Can("/路宽[0-9]+米/ & !路"), Answer::kNo);
  EXPECT_EQ(l.Can("(树 ~5 挡) & 水"), Answer::kUnknown);
}

TEST(LogicTest, TooManyAtomsAreUnknownNotGuessed) {
  Logical l;
  std::string source = "!甲";
  for (const char* const c :
       {"子", "丑", "寅", "卯", "辰", "巳", "午", "未", "申", "酉", "戌", "亥", "东", "西", "南", "北"}) {
    source += std::string(" & (") + c + " | " + c + "边 ~3 甲)";
  }
  const Formula f = l.logic.Prepare(Parse(source));
  const Finding finding = l.logic.CanHold({{&f, true}});
  EXPECT_EQ(finding.answer, Answer::kUnknown);
  EXPECT_TRUE(finding.too_large);
}

void CollectTerms(const Condition& c, std::set<std::string>* out) {
  if (c.op == Op::kTerm) out->insert(c.text);
  if (c.op == Op::kList)
    out->insert(kLogicLists[c.text == "small" ? 0 : 1].begin(), kLogicLists[c.text == "small" ? 0 : 1].end());
  for (const Condition& child : c.children) CollectTerms(child, out);
}

// Every set of the terms in one text, for every value of the fields that the generator uses.
bool HoldsForSomeText(const Condition& a, const Condition& b) {
  std::set<std::string> set;
  CollectTerms(a, &set), CollectTerms(b, &set);
  const std::vector<std::string> terms(set.begin(), set.end());
  for (unsigned chosen = 0; chosen < 1U << terms.size(); ++chosen) {
    std::string text;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if ((chosen >> i & 1U) != 0) text += terms[i] + "。";
    }
    for (const std::string channel : {"", "wechat", "phone", "email"}) {
      for (const std::string line : {"", "12345"}) {
        for (const int hour : {3, 8, 11, 15}) {
          for (const auto type : {RequestType::kHelp, RequestType::kReport, RequestType::kPraise}) {
            const Input input{text, channel, line, "", type, hour};
            if (HoldsFor(a, input) && !HoldsFor(b, input)) return true;
          }
        }
      }
    }
  }
  return false;
}

bool OnlyExact(const Condition& c) {
  if (c.op == Op::kNear || c.op == Op::kRegex) return false;
  if (c.op == Op::kField && (c.text == "place" || c.text == "length")) return false;
  return std::all_of(c.children.begin(), c.children.end(), OnlyExact);
}

TEST(LogicTest, VerdictsOnRandomConditionsOfTermsAndFieldsAgreeWithAllTexts) {
  RandomCondition random(20151001);
  int no = 0;
  int yes = 0;
  while (no + yes < 2000) {
    const Condition a = random.Tree(3);
    const Condition b = random.Tree(2);
    std::set<std::string> terms;
    CollectTerms(a, &terms), CollectTerms(b, &terms);
    if (!OnlyExact(a) || !OnlyExact(b) || terms.size() > 7) continue;
    Logical l;
    const Formula fa = l.logic.Prepare(a);
    const Formula fb = l.logic.Prepare(b);
    const Finding finding = l.logic.CanHold({{&fa, true}, {&fb, false}}, true);
    ASSERT_NE(finding.answer, Answer::kUnknown);
    const std::string shown = PrintCondition(a) + "   and not   " + PrintCondition(b);
    ASSERT_EQ(finding.answer == Answer::kYes, HoldsForSomeText(a, b)) << shown;
    (finding.answer == Answer::kYes ? yes : no) += 1;
    if (finding.answer == Answer::kNo) continue;
    ASSERT_TRUE(finding.witness.has_value());
    EXPECT_TRUE(HoldsFor(a, finding.witness->AsInput())) << shown << "\n" << finding.witness->text;
    EXPECT_FALSE(HoldsFor(b, finding.witness->AsInput())) << shown << "\n" << finding.witness->text;
  }
  EXPECT_GT(no, 80);
  EXPECT_GT(yes, 1000);
}

TEST(LogicTest, WhatCannotHoldHoldsForNoRandomTextAndMostWitnessesHold) {
  RandomCondition random(4);
  int no = 0;
  int witnesses = 0;
  int good = 0;
  for (int round = 0; round < 4000; ++round) {
    const Condition a = random.Tree(2);
    const Condition b = random.Tree(2);
    Logical l;
    const Formula fa = l.logic.Prepare(a);
    const Formula fb = l.logic.Prepare(b);
    const Finding finding = l.logic.CanHold({{&fa, true}, {&fb, false}}, true);
    if (finding.answer == Answer::kNo) {
      ++no;
      for (int i = 0; i < 60; ++i) {
        const std::string text = random.Text();
        static const std::vector<std::string> kPlaces = {"", "水镇", "大区", "树镇"};
        const Input input{text,
                          i % 3 == 0 ? "wechat" : "phone",
                          i % 2 == 0 ? "12345" : "",
                          kPlaces[static_cast<std::size_t>(random.Below(4))],
                          static_cast<RequestType>(random.Below(6)),
                          random.Below(24)};
        ASSERT_FALSE(HoldsFor(a, input) && !HoldsFor(b, input))
            << PrintCondition(a) << "   and not   " << PrintCondition(b) << "\n"
            << text;
      }
    } else if (finding.witness) {
      ++witnesses;
      const Input input = finding.witness->AsInput();
      good += HoldsFor(a, input) && !HoldsFor(b, input) ? 1 : 0;
    }
  }
  EXPECT_GT(no, 100);
  EXPECT_GT(good * 10, witnesses * 8) << good << " of " << witnesses;
}

}  // namespace
}  // namespace minsheng::rules
