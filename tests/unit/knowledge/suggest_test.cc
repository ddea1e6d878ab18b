// SPDX-License-Identifier: Apache-2.0
// Suggestions over the shipped articles, on questions of our own that none of them contains.
#include "src/knowledge/suggest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "src/base/embedded.h"
#include "src/knowledge/article_file.h"
#include "src/rules/rule_set.h"

namespace minsheng::knowledge {
namespace {

const Time kThen = FromMs(1'439'200'800'000);

struct Labelled {
  const char* asked;
  const char* article;
};
constexpr Labelled kLabelled[] = {
    {"我妈的社保卡不知道掉哪里了，想重新弄一张", "social-security.card"},
    {"刚拿到的社保卡刷不了，说没有开通", "social-security.card"},
    {"想知道单位这几年到底有没有帮我缴社保，上哪查", "social-security.records"},
    {"我从苏州回来上班了，以前在那边缴的社保怎么弄过来", "social-security.transfer"},
    {"明年就到退休年纪了，要提前准备哪些材料", "social-security.retirement"},
    {"社保只缴了十二年，到年龄了能退吗", "social-security.retirement"},
    {"老父亲的退休金这个月没有发，说是没认证", "social-security.pension-check"},
    {"老人腿脚不便，养老资格认证能不能上门做", "social-security.pension-check"},
    {"公司把我裁了，听说可以领失业金，要什么条件", "social-security.unemployment"},
    {"在工地干了半年，包工头一分工钱没给", "social-security.wages"},
    {"厂里拖了三个月工资，催了也不发", "social-security.wages"},
    {"上班两个月了老板还不跟我签合同", "social-security.contract"},
    {"在车间被机器压了手，单位不肯报工伤", "social-security.work-injury"},
    {"下班骑车被撞了，算不算工伤", "social-security.work-injury"},
    {"爸妈在上海带孙子，看病能不能用家里的医保", "social-security.medical-elsewhere"},
    {"在外地住院花了两万多，回来怎么报销", "social-security.medical-elsewhere"},
    {"今年的城乡居民医保在手机上怎么交", "social-security.medical-pay"},
    {"刚出生的宝宝要不要交医保", "social-security.medical-pay"},
    {"家里就一个人挣钱还得了重病，能申请低保吗", "social-security.low-income"},
    {"邻居孤寡老人没有收入，政府有救助吗", "social-security.low-income"},
    {"想给弟弟办残疾证，在哪里评残", "social-security.disability"},
    {"当过兵的优待证还能不能办", "social-security.veterans"},
    {"四十多岁下岗了，有没有免费的技能培训", "social-security.employment-help"},
    {"身份证快过期了，在外地能换吗", "other.household-documents"},
    {"小孩刚满月，上户口要带哪些东西", "other.household-documents"},
    {"租房子住的，怎么办居住证", "other.household-documents"},
    {"准备出国旅游，护照在哪办", "other.exit-documents"},
    {"我们打算领证结婚，要带户口本吗", "other.marriage"},
    {"离婚要等一个月冷静期吗", "other.marriage"},
    {"奶奶昨晚在家里过世了，死亡证明找谁开", "other.funeral"},
    {"怀孕了要去哪里登记，出生证怎么领", "other.birth"},
    {"孩子今年六岁，小学怎么报名，看学区吗", "other.school-enrolment"},
    {"我是外来打工的，小孩能在这里读小学吗", "other.school-enrolment"},
    {"小孩想转到城里的学校读，手续怎么走", "other.school-transfer"},
    {"英语培训班关门了，学费还剩一半不退", "other.training-refund"},
    {"人民医院的专家号在手机上怎么挂", "other.hospital-booking"},
    {"在超市买的面包已经过期了，吃了拉肚子", "other.food-report"},
    {"买的洗衣机用两天坏了，店家不给退", "other.consumer"},
    {"健身房办的卡，现在关门不退款", "other.consumer"},
    {"吃完饭要发票，店里说没有", "other.invoice"},
    {"有人拉我妈买理财，说年利息百分之二十", "other.fund-raising"},
    {"快递员把包裹丢在驿站，连个电话都没打", "other.express"},
    {"寄的东西弄丢了，快递公司不赔", "other.express"},
    {"想打官司没钱请律师", "other.legal-aid"},
    {"想找领导反映问题，接访是哪一天", "other.petition"},
    {"家里换下来的旧沙发旧柜子没地方扔", "urban.bulky-waste"},
    {"楼下天天晚上跳广场舞吵得睡不着", "urban.noise"},
    {"楼上半夜装修吵死人", "urban.noise"},
    {"对面工地凌晨一点还在打桩浇混凝土", "urban.construction-noise"},
    {"小区物业什么都不管，还催缴物业费", "urban.property-fee"},
    {"顶楼漏雨了，想用维修基金修，怎么申请", "urban.repair-fund"},
    {"小区电梯三天两头坏，昨天还关了人", "urban.elevator"},
    {"辞职回老家了，公积金能取出来吗", "urban.housing-fund"},
    {"租房子可以提公积金吗", "urban.housing-fund"},
    {"买的二手房怎么过户，要交什么材料", "urban.housing-deeds"},
    {"住了五年开发商还没给办房产证", "urban.housing-deeds"},
    {"刚毕业没房子，可以申请公租房吗", "urban.housing-security"},
    {"整个小区突然没电了，什么时候能来", "urban.power-outage"},
    {"早上起来水龙头流出来的是黄水", "urban.water-outage"},
    {"厨房里有一股煤气味道", "urban.gas"},
    {"门口路灯坏了好几天，晚上黑漆漆的", "urban.street-light"},
    {"马路中间井盖没了，很危险", "urban.street-light"},
    {"我的车位被别人停了，联系不上车主", "urban.parking"},
    {"老年人坐公交免费的卡去哪办", "urban.bus-card"},
    {"今年种粮的补贴款怎么还没打到卡上", "rural.land-contract"},
    {"想把家里的老房子推倒重盖，村里要办什么手续", "rural.house-plot"},
    {"养的鸡一晚上死了几十只", "rural.animal-disease"},
    {"我爷爷九十岁了，高龄补贴找谁办", "elderly-care.allowance"},
    {"想找人上门给老母亲洗澡做饭", "elderly-care.home-care"},
    {"父亲瘫痪了，想送养老院，公办的有没有床位", "elderly-care.institutions"},
    {"带七十岁的老人去公园玩门票有没有优惠", "tourism.tickets"},
    {"跟团旅游导游逼着买玉，不买就骂人", "tourism.complaint"},
};

class Suggestions : public ::testing::Test {
 protected:
  // The shipped articles, all of them as if published.
  static std::shared_ptr<const ArticleBook> Book() {
    const auto texts = ReadArticleFile(EmbeddedContent("config/articles.json"), "x");
    std::vector<store::ArticleRow> rows;
    for (const auto& text : *texts) {
      store::ArticleRow row;
      row.id = text.id;
      row.latest = row.published = 1;
      row.shown.text = text;
      rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return std::make_shared<const ArticleBook>(std::move(rows), 1);
  }
  static std::shared_ptr<const rules::RuleSet> Rules() {
    std::vector<rules::SourceFile> files;
    for (const auto& file : EmbeddedFiles()) {
      if (file.path.starts_with("rules/"))
        files.push_back({std::string(file.path.substr(6)), std::string(file.content)});
    }
    return rules::RuleSet::Compile(files, 1, rules::RuleSet::Advice::kSkip).set;
  }
  struct Found {
    int first = 0;
    int third = 0;
    std::string missed;
  };
  template <class TopicOf>
  static Found Measure(const Suggester& suggester, TopicOf topic_of) {
    Found found;
    for (const auto& [asked, article] : kLabelled) {
      const auto suggested = suggester.Suggest(asked, topic_of(asked), kThen, 3);
      bool in = false;
      for (const auto& s : suggested) in = in || s.article->id == article;
      found.third += in ? 1 : 0;
      if (!suggested.empty() && suggested.front().article->id == article) {
        ++found.first;
      } else {
        found.missed += std::string("\n") + asked + " -> " +
                        (suggested.empty() ? "nothing" : suggested.front().article->id) +
                        (in ? "" : " (not among three)");
      }
    }
    return found;
  }
};

TEST_F(Suggestions, OfQuestionsNotInTheArticlesTheRightOneComesFirstInNineOfTen) {
  const Suggester suggester(Book(), {});
  const int all = static_cast<int>(std::size(kLabelled));
  const auto rules = Rules();
  rules::RuleSet::Scratch scratch;
  const auto judged = Measure(suggester, [&](const char* asked) {
    rules::Input input;
    input.text = asked;
    return rules->Classify(input, scratch).topic;
  });
  const auto bare = Measure(suggester, [](const char*) { return std::string(); });
  RecordProperty("first", judged.first);
  RecordProperty("third", judged.third);
  RecordProperty("first_without_topic", bare.first);
  RecordProperty("third_without_topic", bare.third);
  std::printf("of %d: first %d, among three %d; without topic %d, %d\n", all, judged.first, judged.third, bare.first,
              bare.third);
  EXPECT_GE(judged.first * 10, all * 9) << judged.missed;
  EXPECT_GE(judged.third * 100, all * 97) << judged.missed;
  EXPECT_GE(bare.first * 10, all * 8) << bare.missed;
}

TEST_F(Suggestions, WordsAboutSomethingElseSuggestNothing) {
  const Suggester suggester(Book(), {});
  for (const char* asked : {"今天天气真好", "谢谢你们", "树挡住了红绿灯", "hello world", "", "。。。"}) {
    const auto found = suggester.Suggest(asked, "", kThen, 3);
    EXPECT_TRUE(found.empty()) << asked << " -> " << found.front().article->id << " " << found.front().score;
  }
}

TEST_F(Suggestions, TheScoreIsTheSumOfItsPartsAndSaysWhichWords) {
  const Suggester suggester(Book(), {{"social-security.card", "social-security.contributions", 6, 0}});
  const auto found = suggester.Suggest("社保卡丢了", "social-security.contributions", kThen, 1);
  ASSERT_EQ(found.size(), 1U);
  const auto& s = found.front();
  EXPECT_EQ(s.article->id, "social-security.card");
  EXPECT_DOUBLE_EQ(s.score, s.words + s.topic + s.used);
  EXPECT_DOUBLE_EQ(s.topic, 0.25);
  EXPECT_DOUBLE_EQ(s.used, 0.15 * 6 / 9);
  EXPECT_EQ(s.times, 6);
  ASSERT_FALSE(s.matched.empty());
  EXPECT_EQ(s.matched.front(), "社保卡丢了");
}

TEST_F(Suggestions, OnlyWhatIsInForceThenIsSuggested) {
  auto rows = Book()->rows();
  for (auto& row : rows) {
    if (row.id == "social-security.card") row.shown.text.valid_to = "2015-08-09";
  }
  const Suggester suggester(std::make_shared<const ArticleBook>(rows, 1), {});
  for (const auto& s : suggester.Suggest("社保卡丢了在哪里补办", "", kThen, 50))
    EXPECT_NE(s.article->id, "social-security.card");
}

TEST_F(Suggestions, WhatPeopleChoseBeforeForTheTopicMovesUp) {
  const auto book = Book();
  const std::string asked = "钱没有拿到";
  const auto before = Suggester(book, {}).Suggest(asked, "other.consumer", kThen, 10);
  ASSERT_GE(before.size(), 2U);
  const std::string second = before[1].article->id;
  const auto after = Suggester(book, {{second, "other.consumer", 1000, 0}}).Suggest(asked, "other.consumer", kThen, 10);
  double was = 0, is = 0;
  for (const auto& s : before) was = s.article->id == second ? s.score : was;
  for (const auto& s : after) is = s.article->id == second ? s.score : is;
  EXPECT_NEAR(is - was, 0.15, 0.001);
}

}  // namespace
}  // namespace minsheng::knowledge
