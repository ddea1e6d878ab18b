// SPDX-License-Identifier: Apache-2.0
// Where commands look for the stream of the system that runs beside them.
#include <gtest/gtest.h>

#include <filesystem>

#include "src/cli/app_config.h"

namespace minsheng::cli {
namespace {

TEST(RedisUrl, CommandsFindTheOwnRedisOfARelativeDataFolder) {
  AppConfig config;
  config.data = "./var";
  EXPECT_EQ(RedisUrl(config), "unix:" + (std::filesystem::current_path() / "var/redis/redis.sock").string());
}

TEST(RedisUrl, AConfiguredAddressIsTakenAsItIs) {
  AppConfig config;
  config.redis_url = "redis://127.0.0.1:6379";
  EXPECT_EQ(RedisUrl(config), "redis://127.0.0.1:6379");
}

}  // namespace
}  // namespace minsheng::cli
