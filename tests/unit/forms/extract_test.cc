// SPDX-License-Identifier: Apache-2.0
#include "src/forms/extract.h"

#include <map>
#include <random>

#include "src/rules/rule_set.h"
#include "tests/unit/forms/forms_fixture.h"

namespace minsheng::forms {
namespace {

using Values = std::map<std::string, std::string>;

Values ValuesOf(const std::vector<Fact>& facts) {
  Values values;
  for (const auto& f : facts) values[f.key] = f.value;
  return values;
}

Values ValuesOf(const std::string& topic, const Message& m) {
  const auto calendar = ShippedCalendar();
  return ValuesOf(Extract(*ShippedForms()->Find(topic), m, {calendar.get(), {}}));
}

struct FactCase {
  const char* topic;
  const char* words;
  Values facts;
};

TEST(FormsExtract, FactsThatAreInTheTextAlreadyAreFilledIn) {
  const FactCase cases[] = {
      {"urban.greening",
       "黄海东路朝阳景都小区北大门有一棵树挡住视线，昨天早上差点撞车",
       {{"address", "黄海东路朝阳景都小区北大门"}, {"since", "2015-08-09 06:00/09:00"}}},
      {"urban.street-lights",
       "我家住在幸福新村12号楼3单元502室，楼下路灯三天前就不亮了",
       {{"address", "幸福新村12号楼3单元502室"}, {"since", "2015-08-07"}}},
      {"urban.water",
       "人民南路28号整栋楼昨晚八点停水，到现在没来",
       {{"address", "人民南路28号"}, {"since", "2015-08-09 20:00"}, {"extent", "building"}}},
      {"urban.water", "停水了怎么办", {}},
      {"urban.taxi", "今天下午三点坐出租车苏J·T1234，司机绕路", {{"plate", "苏JT1234"}, {"since", "2015-08-10 15:00"}}},
      {"urban.parking",
       "苏J88888堵在健康路12号门口，麻烦挪车，我的另一个电话13912345678",
       {{"plate", "苏J88888"}, {"address", "健康路12号门口"}, {"contact-phone", "13912345678"}}},
      {"rural.roads", "草庙镇东灶村三组的路坏了一个多月", {{"address", "草庙镇东灶村三组"}}},
      {"social-security.pay-arrears",
       "宏达建筑有限公司拖欠我们12个工人工资，一共三万五千元，从去年12月到现在",
       {{"firm", "宏达建筑有限公司"}, {"people-affected", "12"}, {"owed-amount", "35000"}, {"since", "2014-12"}}},
      {"tourism.agency",
       "8月2日跟海之梦旅行社去荷兰花海，一行5个人，每人交了380元，导游强迫购物，订单号：HL20150802-17",
       {{"spot", "海之梦旅行社"},
        {"travel-date", "2015-08-02"},
        {"people", "5"},
        {"paid-amount", "380"},
        {"booking", "HL20150802-17"},
        {"tourism-kind", "forced-shopping"},
        {"booked-through", "agency"}}},
      {"tourism.consultation",
       "请问国庆期间荷兰花海开不开，我们两个大人",
       {{"spot", "荷兰花海"},
        {"planned-date", "2015-10-01/2015-10-07"},
        {"people", "2"},
        {"tourism-kind", "consultation"}}},
      {"elderly-care.home-care",
       "我母亲叫李桂兰，82岁，一个人住在大中街道新村路6号，腿脚不便，想请人上门洗澡，明天上午九点最好，电话0515-"
       "83512345",
       {{"service", "bathing"},
        {"elder-name", "李桂兰"},
        {"elder-age", "82"},
        {"lives-alone", "yes"},
        {"ability", "partly"},
        {"consent", "yes"},
        {"elder-address", "大中街道新村路6号"},
        {"visit-time", "2015-08-11 09:00"},
        {"elder-phone", "051583512345"}}},
      {"other.consumer", "在大润超市买到过期牛奶，花了45.5元", {{"firm", "大润超市"}, {"owed-amount", "45.50"}}},
  };
  for (const auto& c : cases) EXPECT_EQ(ValuesOf(c.topic, Words(c.words)), c.facts) << c.words;
}

TEST(FormsExtract, VagueWordsLeaveAFieldOpen) {
  EXPECT_EQ(ValuesOf("urban.noise", Words("前几天晚上小区附近很吵，几十个人在跳舞")), Values{});
  EXPECT_EQ(ValuesOf("tourism.agency", Words("去年跟团，交了几百元，第3名")).count("paid-amount"), 0U);
  EXPECT_EQ(ValuesOf("social-security.pay-arrears", Words("拖欠工资两三万元")).count("owed-amount"), 0U);
}

TEST(FormsExtract, EachFactNamesTheWordsThatTellIt) {
  const auto m = Words("您好，　人民南路２８号昨晚停水");
  const auto facts = Extract(*ShippedForms()->Find("urban.water"), m, {});
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(m.text.substr(facts[0].span.begin, facts[0].span.end - facts[0].span.begin), "人民南路２８号");
  EXPECT_EQ(m.text.substr(facts[1].span.begin, facts[1].span.end - facts[1].span.begin), "昨晚");
  EXPECT_EQ(facts[0].source, "text");
}

TEST(FormsExtract, TheNumberTheyCalledFromIsNoOtherNumber) {
  auto m = Words("人民路3号停水，电话13851234567");
  m.channel = "phone";
  m.sender = m.contact = "13851234567";
  EXPECT_EQ(ValuesOf("urban.water", m).count("contact-phone"), 0U);
  m.sender = m.contact = "+8613800000000";
  EXPECT_EQ(ValuesOf("urban.water", m)["contact-phone"], "13851234567");
}

TEST(FormsExtract, OfACallOnlyWhatTheCitizenSaidCounts) {
  Message m = Words("您是在人民路28号吗\n不是，我在健康路16号\n");
  m.kind = Kind::kCall;
  const auto end = static_cast<std::uint32_t>(std::string("您是在人民路28号吗\n").size());
  m.turns = {{Role::kAgent, 0, 1, 0, end, {}},
             {Role::kCitizen, 1, 2, end, static_cast<std::uint32_t>(m.text.size()), {}}};
  EXPECT_EQ(ValuesOf("urban.water", m)["address"], "健康路16号");
}

TEST(FormsExtract, APlaceOfTheGazetteerCountsFromTownOnAndIsFollowedToTheHouse) {
  auto m = Words("朝阳景都5号楼的电梯坏了");
  const auto end = static_cast<std::uint32_t>(std::string("朝阳景都").size());
  const auto& form = *ShippedForms()->Find("urban.elevator");
  EXPECT_EQ(ValuesOf(Extract(form, m, {nullptr, KnownPlace{{"x", "朝阳景都", {0, end}}, 4}}))["address"],
            "朝阳景都5号楼");
  m.text = "大丰的电梯坏了";
  EXPECT_EQ(ValuesOf(Extract(form, m, {nullptr, KnownPlace{{"dafeng", "大丰区", {0, 6}}, 2}})).count("address"), 0U);
  m.place_hint = "幸福路与人民路交叉口";
  EXPECT_EQ(Extract(form, m, {}).front().source, "hint");
}

TEST(FormsExtract, AnyBytesAreReadWithoutHarmAndSpansLieInTheText) {
  std::mt19937 random(7);
  const std::string pieces[] = {"昨天", "12", "号楼", "路", "13851234567", "元",     "三", "万",   "叫李",
                                "苏J",  "号", "：",   "\n", "月",          "日",     "前", "国庆", "节",
                                "十",   "点", "半",   "年", "2015-",       "。",     "𠀀", "é",    "周",
                                "五",   "天", "了",   "在", "村",          "旅行社", ";",  "0.5",  "个"};
  const auto calendar = ShippedCalendar();
  for (int round = 0; round < 3000; ++round) {
    std::string words;
    for (int n = static_cast<int>(random() % 14); n >= 0; --n) words += pieces[random() % std::size(pieces)];
    const auto m = Words(words);
    for (const auto& form : ShippedForms()->forms()) {
      for (const auto& f : Extract(form, m, {calendar.get(), KnownPlace{{"x", "y", {0, 3}}, 4}})) {
        ASSERT_LE(f.span.begin, f.span.end);
        ASSERT_LE(f.span.end, words.size()) << words;
        const auto again = Normalise(*ShippedForms()->FindField(f.key), f.value, {Evening(), Tense::kPast, nullptr});
        ASSERT_TRUE(again) << words << ": " << f.key << "=" << f.value;
        ASSERT_EQ(*again, f.value) << words;
      }
    }
    (void)MaskPeople(words);
  }
  std::string bytes(300, '\0');
  for (int round = 0; round < 300; ++round) {
    for (auto& b : bytes) b = static_cast<char>(random());
    EXPECT_TRUE(Extract(*ShippedForms()->Find("urban"), Words(bytes), {}).size() < 10);
  }
}

TEST(FormsExtract, NamesByWhichPeopleCallThemselvesAreMasked) {
  EXPECT_EQ(MaskPeople("我叫王建国，电话13851234567，路灯不亮"), "我叫王**，电话138****4567，路灯不亮");
  EXPECT_EQ(MaskPeople("姓名：欧阳晓明，反映问题"), "姓名：欧***，反映问题");
  EXPECT_EQ(MaskPeople("我叫了救护车"), "我叫了救护车");
  EXPECT_EQ(MaskPeople("我叫王建国，王建国本人来电"), "我叫王**，王**本人来电");
  EXPECT_EQ(MaskPeople("请回复周文华", {"周文华"}), "请回复周**");
}

}  // namespace
}  // namespace minsheng::forms
