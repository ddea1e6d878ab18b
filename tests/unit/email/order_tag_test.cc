// SPDX-License-Identifier: Apache-2.0
#include "channels/email/order_tag.h"

#include <gtest/gtest.h>

namespace minsheng::email {
namespace {

const OrderTags kTags(Secret("key"), "12345@example.gov.cn");
const std::string kNumber = "20150810-00042";

std::string TokenIn(const std::string& subject) {
  const auto at = subject.rfind("[#");
  return subject.substr(at + 2, subject.size() - at - 3);
}

TEST(OrderTag, ASubjectCarriesTheOrderAndFindsItAgainHoweverItIsWrapped) {
  const auto subject = kTags.Mark("Re: 路灯", kNumber);
  EXPECT_TRUE(subject.starts_with("Re: 路灯 [#20150810-00042-")) << subject;
  EXPECT_EQ(kTags.OrderOf(subject, {}), kNumber);
  EXPECT_EQ(kTags.OrderOf("回复：Fwd: " + subject + " 还没修", {}), kNumber);
  const auto token = TokenIn(subject);
  EXPECT_EQ(kTags.OrderOf("【#" + token + "】", {}), kNumber) << "brackets may change on the way";
  std::string loud = token;
  for (char& c : loud) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(kTags.OrderOf("[#" + loud + "]", {}), kNumber);
  EXPECT_EQ(kTags.Mark(subject, kNumber), subject) << "one tag, not two";
}

TEST(OrderTag, AGuessedForeignOrDamagedTagIsNone) {
  const auto token = TokenIn(kTags.Mark("x", kNumber));
  const OrderTags other(Secret("other"), "12345@example.gov.cn");
  EXPECT_FALSE(other.OrderOf("[#" + token + "]", {}));
  const OrderTags elsewhere(Secret("key"), "12345@example.org");
  EXPECT_FALSE(elsewhere.OrderOf("[#" + token + "]", {}));
  EXPECT_FALSE(kTags.OrderOf("[#20150810-00043" + token.substr(14) + "]", {})) << "another order";
  EXPECT_FALSE(kTags.OrderOf("[#20150810-00042]", {}));
  EXPECT_FALSE(kTags.OrderOf("[#20150810-00042-]", {}));
  EXPECT_FALSE(kTags.OrderOf("[#" + token + "0]", {}));
  EXPECT_FALSE(kTags.OrderOf("#", {}));
  EXPECT_FALSE(kTags.OrderOf("", {}));
}

TEST(OrderTag, APlusAddressFindsTheOrderToo) {
  const auto address = kTags.ReplyTo(kNumber);
  EXPECT_TRUE(address.starts_with("12345+20150810-00042-") && address.ends_with("@example.gov.cn")) << address;
  EXPECT_EQ(kTags.OrderOf("路灯", {"a@b.cn", address}), kNumber);
  EXPECT_FALSE(kTags.OrderOf("路灯", {"12345+20150810-00042@example.gov.cn", "12345+@example.gov.cn"}));
  EXPECT_FALSE(kTags.OrderOf("路灯", {address.substr(0, address.size() - 1)}));
}

TEST(OrderTag, WithoutAKeyOrAnOrderThereIsNone) {
  const OrderTags keyless(Secret(), "12345@example.gov.cn");
  EXPECT_EQ(keyless.Mark("路灯", kNumber), "路灯");
  EXPECT_EQ(keyless.ReplyTo(kNumber), "");
  EXPECT_FALSE(keyless.OrderOf(kTags.Mark("路灯", kNumber), {}));
  EXPECT_EQ(kTags.Mark("路灯", ""), "路灯");
}

TEST(OrderTag, TheSubjectThatRulesReadHasNoTagInIt) {
  EXPECT_EQ(OrderTags::Unmarked(kTags.Mark("Re: 路灯", kNumber)), "Re: 路灯");
  EXPECT_EQ(OrderTags::Unmarked("[#20150810-00042-aaaaaaaa] 路灯 [#20150810-00042-bbbbbbbb]"), "路灯");
  EXPECT_EQ(OrderTags::Unmarked("[#1] 路灯 [#"), "[#1] 路灯 [#");
}

}  // namespace
}  // namespace minsheng::email
