// SPDX-License-Identifier: Apache-2.0
#include "src/stream/url.h"

#include <gtest/gtest.h>

#include <set>

#include "src/stream/keys.h"
#include "src/stream/leases.h"

namespace minsheng::stream {
namespace {

TEST(RedisUrl, AUnixSocketIsAnAbsolutePathOfAtMost107Bytes) {
  const auto address = ParseUrl("unix:/var/lib/minsheng/redis.sock");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->socket, "/var/lib/minsheng/redis.sock");
  EXPECT_EQ(ParseUrl("unix:///run/redis.sock")->socket, "/run/redis.sock");
  EXPECT_FALSE(ParseUrl("unix:redis.sock"));
  EXPECT_TRUE(ParseUrl("unix:/" + std::string(106, 'a')));
  EXPECT_FALSE(ParseUrl("unix:/" + std::string(107, 'a')));
}

TEST(RedisUrl, HostPortLoginAndDatabaseAreRead) {
  const auto plain = ParseUrl("redis://10.0.0.7");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "10.0.0.7");
  EXPECT_EQ(plain->port, 6379);
  const auto full = ParseUrl("redis://desk:p%40ss:word@redis.local:7001/3");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->user, "desk");
  EXPECT_EQ(full->password, "p@ss:word");
  EXPECT_EQ(full->host, "redis.local");
  EXPECT_EQ(full->port, 7001);
  EXPECT_EQ(full->database, 3);
  EXPECT_EQ(ParseUrl("redis://:secret@h")->user, "");
  EXPECT_EQ(ParseUrl("redis://[::1]:6380")->host, "::1");
  EXPECT_EQ(ParseUrl("redis://[::1]:6380")->port, 6380);
}

TEST(RedisUrl, ABadUrlNamesTheRemedyAndNeverThePassword) {
  for (const char* url :
       {"", "http://h", "redis://", "redis://h:0", "redis://h:65536", "redis://h:port", "redis://h/one",
        "redis://hunter2@h", "redis://u:hunter2%4@h", "redis://u:hunter2@h:x", "redis://[::1"}) {
    const auto address = ParseUrl(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(address.error().what.find("redis://[user:password@]host"), std::string::npos) << url;
    EXPECT_EQ(address.error().what.find("hunter2"), std::string::npos) << url;
  }
  EXPECT_NE(ParseUrl("rediss://h").error().what.find("stunnel"), std::string::npos);
}

TEST(Partition, EqualKeysShareOneAndManyKeysUseAll) {
  std::set<int> used;
  for (int i = 0; i < 500; ++i) {
    const std::string key = "wechat|gh_1|sender-" + std::to_string(i);
    const int p = PartitionOf(key, 16);
    EXPECT_EQ(p, PartitionOf(key, 16));
    used.insert(p);
  }
  EXPECT_EQ(used.size(), 16U);
  EXPECT_EQ(*used.begin(), 0);
  EXPECT_EQ(*used.rbegin(), 15);
  // Fixed for ever: CRC-32 of "123456789" is 0xCBF43926 (its published check value).
  EXPECT_EQ(PartitionOf("123456789", 16), 6);
}

TEST(ReaderToken, OnlyAProcessThatIsCertainlyGoneCountsAsDead) {
  const std::string mine = MakeReaderToken("host:1;odd");
  EXPECT_FALSE(IsDeadHere(mine));
  EXPECT_NE(mine, MakeReaderToken("host:1;odd"));
  std::string other_start = mine;  // the same process id, used again
  const auto last = other_start.rfind(';');
  other_start.insert(last, "9");
  EXPECT_TRUE(IsDeadHere(other_start));
  EXPECT_FALSE(IsDeadHere("host;another-machine;999999;1;1")) << "ids of other machines say nothing";
  EXPECT_FALSE(IsDeadHere("set by hand"));
}

TEST(RedisError, WhatRedisDidNotTakeMayBeTriedAgain) {
  for (const char* e : {"MISCONF Errors writing to the AOF file", "OOM command not allowed", "LOADING Redis is loading",
                        "READONLY You can't write", "NOREPLICAS Not enough good replicas"})
    EXPECT_EQ(ErrorOf(e).kind, ErrorKind::kUnavailable) << e;
  EXPECT_EQ(ErrorOf("NOPERM no").kind, ErrorKind::kDenied);
  EXPECT_EQ(ErrorOf("WRONGTYPE Operation").kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace minsheng::stream
