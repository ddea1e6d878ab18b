// SPDX-License-Identifier: Apache-2.0
#include "src/text/doubts.h"

#include <gtest/gtest.h>

#include "src/text/redact.h"

namespace minsheng::text {
namespace {

using Doubts = std::vector<std::string>;

TEST(DoubtsTest, NamesDoorsAndLongNumbersAreShown) {
  EXPECT_EQ(PersonalDoubts("我叫李四，路灯不亮"), Doubts{"我叫李四"});
  EXPECT_EQ(PersonalDoubts("联系人：王五"), Doubts{"联系人：王五"});
  EXPECT_EQ(PersonalDoubts("幸福小区12号楼3单元"), (Doubts{"12号楼", "3单元"}));
  EXPECT_EQ(PersonalDoubts("编号202400017"), Doubts{"202400017"});
}

TEST(DoubtsTest, AnEverydayRequestRaisesNoDoubt) {
  EXPECT_TRUE(PersonalDoubts("黄海路的石楠挡住了红绿灯，2015年8月就反映过，路宽12米").empty());
  EXPECT_TRUE(PersonalDoubts(Redact("请回电13812345678")).empty());
  EXPECT_TRUE(PersonalDoubts("").empty());
}

TEST(DoubtsTest, AnyBytesAreTakenAndTheListIsBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "5室\xff";
  EXPECT_EQ(PersonalDoubts(many).size(), 20U);
}

}  // namespace
}  // namespace minsheng::text
