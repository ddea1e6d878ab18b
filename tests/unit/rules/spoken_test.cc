// SPDX-License-Identifier: Apache-2.0
// Heard texts: fillers, spoken numbers and stammering do not hide what was said, and spans lie where it was said.
#include "src/rules/spoken.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "src/rules/naive.h"
#include "src/rules/rule_set.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SpokenSettings SpeechOfTests() {
  return {true, {"嗯", "呃", "啊", "那个", "就是说"}, {"一直", "统一", "星期一", "百姓", "千万别"}};
}

// What is left of a heard text beside these terms.
std::string Heard(std::string_view text, const std::vector<std::string>& terms = {}) {
  Sources sources;
  sources.settings.spoken = SpeechOfTests();
  sources.lists["known"].terms = terms;
  text::Folded folded;
  text::Fold(text, &folded);
  Spoken(sources).Clean(&folded);
  return text::ToUtf8(folded.units);
}

// The words of each rule that matches, as they stand in the original text.
std::vector<std::string> HeardMatches(const std::vector<std::string>& conditions, std::string_view text,
                                      std::string_view channel = "phone") {
  nlohmann::json rules = nlohmann::json::array();
  for (const std::string& when : conditions) {
    rules.push_back({{"id", "r" + std::to_string(rules.size())}, {"name", "r"}, {"when", when}, {"tags", {"t"}}});
  }
  const nlohmann::json settings = {
      {"spoken", {{"fillers", SpeechOfTests().fillers}, {"words", SpeechOfTests().words}}}};
  const Compiled compiled = RuleSet::Compile({{"r.json", rules.dump()}, {"settings.json", settings.dump()}});
  for (const Problem& p : compiled.problems) EXPECT_NE(p.severity, Severity::kError) << Format(p, "en");
  if (!compiled.set) return {"does not compile"};
  RuleSet::Scratch scratch;
  Input input;
  input.text = text;
  input.channel = channel;
  input.spoken = IsSpokenChannel(channel);
  std::vector<std::string> out;
  for (const Reason& r : compiled.set->Classify(input, scratch).reasons) {
    std::string words;
    for (const Span& s : r.spans)
      words += (words.empty() ? "" : "/") + std::string(text.substr(s.begin, s.end - s.begin));
    out.push_back(words);
  }
  return out;
}

TEST(SpokenTest, FillersBreakNeitherTermsNorDistances) {
  EXPECT_THAT(HeardMatches({"路灯 ~2 不亮"}, "路灯，嗯，不亮"), ElementsAre("路灯/不亮"));
  EXPECT_THAT(HeardMatches({"路灯"}, "我们这里的路嗯灯坏了"), ElementsAre("路嗯灯"));
  EXPECT_THAT(HeardMatches({"路灯 ~2 不亮"}, "路灯那个就是说，啊，嗯，那个不亮"), ElementsAre("路灯/不亮"));
  EXPECT_THAT(HeardMatches({"/路灯.{0,2}不亮/"}, "路灯，呃，不亮"), ElementsAre("路灯，呃，不亮"));
}

TEST(SpokenTest, WrittenTextsAreReadAsTheyAreWritten) {
  EXPECT_THAT(HeardMatches({"路灯"}, "路嗯灯", "wechat"), IsEmpty());
  EXPECT_THAT(HeardMatches({"12345"}, "打一二三四五", "wechat"), IsEmpty());
  EXPECT_THAT(HeardMatches({"我 ~2 路灯"}, "我我我，我我的路灯", "wechat"), ElementsAre("我/路灯"));
}

TEST(SpokenTest, OneOfThePauseMarksAroundAFillerStays) {
  EXPECT_EQ(Heard("路灯，嗯，不亮"), "路灯,不亮");
  EXPECT_EQ(Heard("嗯，路灯不亮。啊。"), "路灯不亮。");
  EXPECT_EQ(Heard("坏了。嗯，呃，路灯"), "坏了。路灯");
  EXPECT_EQ(Heard("路灯，不亮"), "路灯,不亮");
}

TEST(SpokenTest, AFillerInsideAKnownTermOrAnOrdinaryWordStays) {
  EXPECT_EQ(Heard("那个人，那个，救命啊", {"那个人", "救命啊"}), "那个人,救命啊");
  EXPECT_THAT(HeardMatches({"救命啊"}, "救命啊"), ElementsAre("救命啊"));
  EXPECT_THAT(HeardMatches({"!那个 & 路灯"}, "那个路灯"), IsEmpty()) << "a rule that asks for the filler sees it";
}

TEST(SpokenTest, SpokenDigitsAndNumbersBecomeDigits) {
  EXPECT_EQ(Heard("打幺二三四五"), "打12345");
  EXPECT_EQ(Heard("打一二三四五"), "打12345");
  EXPECT_EQ(Heard("幺幺零和一一零"), "110和110");
  EXPECT_EQ(Heard("十二号楼二〇一室"), "12号楼201室");
  EXPECT_EQ(Heard("收了两百三十块"), "收了230块");
  EXPECT_EQ(Heard("两千三，两百三，一百零五，一千零五十，十五，一百一十，一百十五"), "2300,230,105,1050,15,110,115");
  EXPECT_EQ(Heard("一万，三万五千二，一亿三千万，十万，一万零五百"), "10000,35200,130000000,100000,10500");
  EXPECT_EQ(Heard("幺二嗯三四五"), "12345");
}

TEST(SpokenTest, NumeralsOfOrdinaryWordsStay) {
  for (const std::string_view text : {"一直没人管", "统一处理", "星期一来的", "第一次", "一二楼", "两三百",  "二三十",
                                      "几百户",     "十分不满", "老百姓",     "百万",   "千万别", "幺妹",    "一百零",
                                      "零一百",     "两两",     "十百",       "一十百", "万一",   "十字路口"}) {
    EXPECT_EQ(Heard(text), text);
  }
  EXPECT_EQ(Heard("一二三四五一直占线"), "12345一直占线");
  EXPECT_EQ(Heard("统一一二三四五"), "统一12345");
  EXPECT_EQ(Heard("星期一一二三四五百姓热线"), "星期一12345百姓热线");
}

TEST(SpokenTest, ANumberThatARuleWritesInChineseStays) {
  EXPECT_EQ(Heard("八十岁，八十二岁，九十三岁", {"八十"}), "八十岁,八十二岁,93岁");
  EXPECT_EQ(Heard("住八一二路，幺零二楼", {"八一二路", "二楼"}), "住八一二路,102楼");
  EXPECT_THAT(HeardMatches({"五险一金"}, "五险一金没交"), ElementsAre("五险一金"));
}

TEST(SpokenTest, LettersAndDigitsAreNeverJoined) {
  EXPECT_EQ(Heard("wifi嗯ok"), "wifi ok");
  EXPECT_EQ(Heard("5嗯6"), "5 6");
  EXPECT_EQ(Heard("12一二三45"), "12 123 45");
  EXPECT_EQ(Heard("a一二三b"), "a123b");
  EXPECT_THAT(HeardMatches({"wifi & 123"}, "wifi嗯ok一二三4"), ElementsAre("wifi/一二三"));
}

TEST(SpokenTest, StammeringCountsOnce) {
  EXPECT_EQ(Heard("我我我想问"), "我想问");
  EXPECT_EQ(Heard("我，我，嗯，我我想问"), "我想问");
  EXPECT_EQ(Heard("天天、慢慢，妈妈的"), "天天、慢慢,妈妈的") << "two are a word";
  EXPECT_EQ(Heard("哈哈哈", {"哈哈哈"}), "哈哈哈");
  EXPECT_THAT(HeardMatches({"我 ~1 路灯"}, "我我我我我的路灯"), ElementsAre("我/路灯"));
}

TEST(SpokenTest, SpansLieWhereTheWordsWereSaid) {
  EXPECT_THAT(HeardMatches({"12345"}, "我打幺二三嗯四五，没人接"), ElementsAre("幺二三嗯四五"));
  EXPECT_THAT(HeardMatches({"230 ~3 块"}, "收两百三十，呃，块钱"), ElementsAre("两百三十/块"));
  EXPECT_THAT(HeardMatches({"10000"}, "罚一万元"), ElementsAre("一万"));
  EXPECT_THAT(HeardMatches({"/栋201室/"}, "三栋二零一室漏水"), ElementsAre("栋二零一室"));
}

TEST(SpokenTest, ARuleSetWithoutTheSettingReadsHeardTextsAsWritten) {
  const Compiled compiled = RuleSet::Compile(
      {{"r.json", R"([{"id": "r", "name": "r", "when": "路灯", "tags": ["t"], "examples": {"no": [{"text": "路嗯灯",
        "channel": "phone"}]}}])"}});
  EXPECT_NE(compiled.set, nullptr);
}

TEST(SpokenTest, ExamplesOfThePhoneChannelAreHeard) {
  const Compiled compiled = RuleSet::Compile({{"r.json", R"([{"id": "r", "name": "r", "when": "路灯", "tags": ["t"],
         "examples": {"yes": [{"text": "路嗯灯", "channel": "phone"}], "no": ["路嗯灯"]}}])"},
                                              {"settings.json", R"({"spoken": {"fillers": ["嗯"]}})"}});
  EXPECT_NE(compiled.set, nullptr);
}

TEST(SpokenTest, ACallAndAVoiceMessageAreHeardAndAMailIsNot) {
  Message m;
  m.channel = "wechat";
  EXPECT_FALSE(InputOf(m).spoken);
  m.kind = Kind::kVoice;
  EXPECT_TRUE(InputOf(m).spoken);
  m.kind = Kind::kCall;
  m.channel = "phone";
  EXPECT_TRUE(InputOf(m).spoken);
  m.kind = Kind::kMail;
  m.channel = "email";
  EXPECT_FALSE(InputOf(m).spoken);
}

// Every text of the above, and random ones, must read the same to the slow twin.
TEST(SpokenTest, TheSlowTwinLeavesTheSame) {
  const std::vector<std::string> pieces = {"嗯", "那个", "啊", "，", "。",   "我",     "我",    "一", "二",
                                           "幺", "零",   "十", "百", "两",   "万",     "路",    "灯", "一直",
                                           "5",  "a",    " ",  "😀",  "八十", "那个人", "哈哈哈"};
  const std::vector<std::string> terms = {"八十", "那个人", "哈哈哈", "一零", "路啊灯", "灯"};
  NaiveWorld world;
  world.spoken = SpeechOfTests();
  world.terms = terms;
  std::uint64_t state = 12345;
  int changed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int n = 0; n < 14; ++n) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      text += pieces[(state >> 33) % pieces.size()];
    }
    std::string slow;
    for (const char32_t c : NaiveHeard(NaiveText(text), world)) text::AppendUtf8(c, &slow);
    const std::string fast = Heard(text, terms);
    ASSERT_EQ(fast, slow) << text;
    changed += fast != text::FoldToUtf8(text) ? 1 : 0;
  }
  EXPECT_GT(changed, 15'000);
}

}  // namespace
}  // namespace minsheng::rules
