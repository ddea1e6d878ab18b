// SPDX-License-Identifier: Apache-2.0
#include "src/cli/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace minsheng::cli {
namespace {

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(RaiseDescriptorLimit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST(Descriptors, OpenRequestsTakeAtMostHalfOfThem) {
  EXPECT_EQ(RequestsFor(1'048'576, 10'000), 10'000);
  EXPECT_EQ(RequestsFor(1'024, 10'000), 512);
  EXPECT_EQ(RequestsFor(~0ULL, 1'000'000), 1'000'000);
  EXPECT_EQ(RequestsFor(1, 10'000), 1);
}

}  // namespace
}  // namespace minsheng::cli
