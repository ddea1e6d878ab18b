// SPDX-License-Identifier: Apache-2.0
// Where commands look for the stream of the system that runs beside them, and how they log in.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/cli/app_config.h"

namespace minsheng::cli {
namespace {

Result<AppConfig> LoadText(const std::string& toml) {
  const auto path = testing::TempDir() + "minsheng-stream-" + std::to_string(getpid()) + ".toml";
  std::ofstream(path) << toml;
  auto config = LoadConfig(path, false, "", "en");
  std::filesystem::remove(path);
  return config;
}

TEST(StreamOptions, CommandsFindTheOwnRedisOfARelativeDataFolder) {
  AppConfig config;
  config.data = "./var";
  EXPECT_EQ(StreamOptions(config, "o").url,
            "unix:" + (std::filesystem::current_path() / "var/redis/redis.sock").string());
}

TEST(StreamOptions, AddressLoginAndLimitComeFromTheConfiguration) {
  setenv("MINSHENG_TEST_REDIS_PASSWORD", "an-invented-secret-123", 1);
  const auto config = LoadText(
      "[redis]\nurl = \"redis://127.0.0.1:6379\"\nuser = \"desk\"\n"
      "password = \"env:MINSHENG_TEST_REDIS_PASSWORD\"\nmax_waiting = 777\n");
  ASSERT_TRUE(config) << config.error().what;
  const auto options = StreamOptions(*config, "host:1");
  EXPECT_EQ(options.url, "redis://127.0.0.1:6379");
  EXPECT_EQ(options.user, "desk");
  EXPECT_EQ(options.password, "an-invented-secret-123");
  EXPECT_EQ(options.max_entries, 777);
  EXPECT_EQ(options.owner, "host:1");
}

TEST(StreamOptions, APasswordInTheAddressIsRefusedAndNotRepeated) {
  const auto config = LoadText("[redis]\nurl = \"redis://desk:hunter2@127.0.0.1\"\n");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().what.find("redis.password"), std::string::npos) << config.error().what;
  EXPECT_EQ(config.error().what.find("hunter2"), std::string::npos);
}

TEST(StreamOptions, AUserWithoutPasswordIsRefused) {
  const auto config = LoadText("[redis]\nurl = \"redis://127.0.0.1\"\nuser = \"desk\"\n");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().what.find("a user needs a password"), std::string::npos) << config.error().what;
}

}  // namespace
}  // namespace minsheng::cli
