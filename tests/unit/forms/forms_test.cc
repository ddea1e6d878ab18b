// SPDX-License-Identifier: Apache-2.0
#include "src/forms/forms.h"

#include "tests/unit/forms/forms_fixture.h"

namespace minsheng::forms {
namespace {

using ::testing::Test;

std::string Faults(std::string_view json) {
  const auto forms = Forms::Load(json, {"urban.water", "elderly-care.meals"}, {"provider-meals"});
  return forms ? "" : forms.error().what;
}

TEST(Forms, TheShippedFileIsGoodAndTheLongestPrefixWins) {
  const auto forms = ShippedForms();
  ASSERT_NE(forms, nullptr);
  EXPECT_EQ(forms->Find("urban.water")->name, "供水");
  EXPECT_EQ(forms->Find("urban.greening")->topic, "urban");
  EXPECT_EQ(forms->Find("urbanity"), nullptr);
  EXPECT_EQ(forms->Find("other.tax"), nullptr);
  const auto* const home = forms->Find("elderly-care.home-care");
  EXPECT_TRUE(home->visit);
  EXPECT_EQ(home->service->key, "service");
  EXPECT_EQ(home->providers.at("meal"), "provider-meals");
}

TEST(Forms, EveryMistakeIsShownWithItsLine) {
  const auto faults = Faults(R"({
    "fields": [
      {"key": "address", "name": "地点", "name_en": "place", "kind": "place"},
      {"key": "address", "name": "地点", "name_en": "place", "kind": "spot", "colour": 1},
      {"key": "s", "name": "服务", "name_en": "service", "kind": "choice", "choices": [{"id": "meal", "name": "餐", "name_en": "meal", "when": "送餐 |"}]},
      {"key": "w", "name": "是", "name_en": "w", "kind": "yes-no", "yes": "@elder"},
      {"key": "lost", "name": "无", "name_en": "unused", "kind": "text", "units": "人", "tense": "now"}
    ],
    "forms": [
      {"topic": "urban.gas", "name": "气", "required": ["address"]},
      {"topic": "elderly-care", "name": "养老", "required": ["s", "s", "nothing"], "optional": ["w"], "service": "w",
       "providers": {"meal": "nobody"}}
    ]})");
  for (const auto* wanted :
       {"forms.json:4: 已有同名要素 address", "forms.json:4: 没有这种类型：spot", "forms.json:4: 未知的键 colour",
        "forms.json:5:", "forms.json:6: 这里只能用词语", "forms.json:7: 只有 number 类型有单位", "forms.json:7: tense",
        "forms.json:7: 没有表单用到要素 lost", "forms.json:10: 没有这个事项或类别：urban.gas",
        "forms.json:10: 必填要素 address 缺少问句", "forms.json:11: 要素重复：s",
        "forms.json:11: 没有这个要素：nothing", "forms.json:11: service 应为"}) {
    EXPECT_NE(faults.find(wanted), std::string::npos) << wanted << "\n" << faults;
  }
}

TEST(Forms, UnknownUnitsAndServicesOfProvidersAreRefused) {
  const auto faults = Faults(R"({"fields": [{"key": "s", "name": "服务", "name_en": "s", "kind": "choice", "ask": "?",
      "choices": [{"id": "meal", "name": "餐", "name_en": "meal"}]}],
    "forms": [{"topic": "elderly-care", "name": "养老", "required": ["s"], "service": "s",
      "providers": {"meal": "nobody", "bath": "provider-meals"}}]})");
  EXPECT_NE(faults.find("没有这个单位：nobody"), std::string::npos) << faults;
  EXPECT_NE(faults.find("没有这种服务：bath"), std::string::npos) << faults;
}

struct ValueCase {
  const char* key;
  const char* value;
  const char* normal;  // null: refused
};

TEST(Forms, AValueIsKeptInOneFormOrRefusedWithTheNameOfItsField) {
  const ValueCase cases[] = {
      {"address", "  人民路\n28号 ", "人民路 28号"},
      {"address", "", nullptr},
      {"since", "昨晚", "2015-08-09 18:00/24:00"},
      {"since", "2015-08-09 18:30", "2015-08-09 18:30"},
      {"since", "很久以前", nullptr},
      {"contact-phone", "138 5123 4567", "13851234567"},
      {"contact-phone", "83512345", "83512345"},
      {"contact-phone", "123", nullptr},
      {"contact-phone", "没有", nullptr},
      {"people", "十二", "12"},
      {"people", "5人", "5"},
      {"people", "0", nullptr},
      {"people", "五六个", nullptr},
      {"paid-amount", "3.5万", "35000"},
      {"paid-amount", "12.345", nullptr},
      {"service", "meal", "meal"},
      {"service", "助餐送餐", "meal"},
      {"service", "想洗澡", "bathing"},
      {"service", "massage", nullptr},
      {"lives-alone", "是", "yes"},
      {"lives-alone", "老人独居", "yes"},
      {"lives-alone", "maybe", nullptr},
      {"elder-name", "李桂兰", "李桂兰"},
      {"elder-name", "李2", nullptr},
      {"elder-name", "李", nullptr},
      {"elder-age", "200", nullptr},
      {"completed-at", "今天下午三点", "2015-08-10 15:00"},
  };
  for (const auto& c : cases) {
    const auto& field = *ShippedForms()->FindField(c.key);
    const auto value = Normalise(field, c.value, {Evening(), field.tense, nullptr});
    if (c.normal == nullptr) {
      ASSERT_FALSE(value) << c.key << "=" << c.value;
      EXPECT_NE(value.error().what.find(field.name), std::string::npos);
      EXPECT_NE(value.error().what.find(c.key), std::string::npos);
      if (std::string_view(c.value).size() > 5) {
        EXPECT_EQ(value.error().what.find(c.value), std::string::npos) << "no personal data in errors";
      }
    } else {
      ASSERT_TRUE(value) << c.key << "=" << c.value << ": " << value.error().what;
      EXPECT_EQ(*value, c.normal);
    }
  }
}

TEST(Forms, WhatLeavesIsMasked) {
  const auto forms = ShippedForms();
  EXPECT_EQ(MaskValue(*forms->FindField("elder-name"), "李桂兰"), "李**");
  EXPECT_EQ(MaskValue(*forms->FindField("contact-phone"), "13851234567"), "138****4567");
  EXPECT_EQ(MaskValue(*forms->FindField("contact-phone"), "83512345"), "******45");
  EXPECT_EQ(MaskValue(*forms->FindField("service"), "meal"), "助餐送餐");
}

}  // namespace
}  // namespace minsheng::forms
