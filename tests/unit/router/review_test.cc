// SPDX-License-Identifier: Apache-2.0
#include "src/router/review.h"

#include <gtest/gtest.h>

namespace minsheng::router {
namespace {

std::shared_ptr<const rules::RuleSet> ReviewedRules() {
  return rules::RuleSet::Compile(
             {{"categories.json", R"({"categories": [{"id": "u", "name": "城", "topics": [
                 {"id": "u.a", "name": "甲"}, {"id": "u.b", "name": "乙"}]}]})"},
              {"r.json",
               "[\n {\"id\": \"x\", \"name\": \"x\", \"when\": \"树 & channel:fax,phone\", \"topic\": \"u.a\", "
               "\"weight\": 1}]"}})
      .set;
}

TEST(Review, AChannelThatDoesNotExistIsNamedAtItsPlace) {
  const auto found = ReviewChannels(*ReviewedRules(), {"email", "phone"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(
      rules::Format(found[0], "en"),
      "r.json:2:40: warning[unknown-channel] x: there is no channel 'fax', so that this part never holds (there are "
      "email phone)");
  EXPECT_TRUE(ReviewChannels(*ReviewedRules(), {"fax", "phone"}).empty());
}

TEST(Review, ATopicThatNoEntryOfTheCatalogueCoversIsAnErrorWithTheRemedy) {
  const auto found = ReviewCatalogue(*ReviewedRules(), R"([{"topic": "u.a", "lead": "x"},
                                                            {"topic": "u.b", "place": "p", "lead": "x"}])");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].code, "no-catalogue-entry");
  EXPECT_NE(rules::Format(found[0], "en").find("'u.b'"), std::string::npos);
  EXPECT_NE(found[0].zh.find(R"({"topic": "u.b", "lead": "单位编号"})"), std::string::npos);
  EXPECT_TRUE(ReviewCatalogue(*ReviewedRules(), R"([{"topic": "u", "lead": "x"}])").empty());
  EXPECT_TRUE(ReviewCatalogue(*ReviewedRules(), R"([{"topic": "*", "lead": "x"}])").empty());
}

}  // namespace
}  // namespace minsheng::router
