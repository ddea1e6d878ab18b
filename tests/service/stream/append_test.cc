// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "src/stream/connection.h"
#include "src/stream/keys.h"
#include "tests/service/stream/stream_fixture.h"

namespace minsheng::stream {
namespace {

TEST_F(StreamTest, AnAppendComesOutWithAllItsPartsAndIsCounted) {
  auto redis = MustOpen();
  auto item = MakeItem("m1", "zhang");
  item.raw = std::string("\0\xff raw", 6);
  ASSERT_TRUE(redis->MakeAppender()->AppendAndWait(item));
  auto reader = redis->MakeReader();
  const auto entries = MustRead(*reader, 10);
  ASSERT_EQ(entries.size(), 1U);
  const Entry& e = entries[0];
  EXPECT_EQ(e.version, 1);
  EXPECT_EQ(e.id, item.id);
  EXPECT_EQ(e.message, item.message);
  EXPECT_EQ(e.raw, item.raw);
  EXPECT_EQ(e.blob, "");
  EXPECT_EQ(e.rx_ms, item.rx_ms);
  EXPECT_EQ(e.deliveries, 1);
  EXPECT_EQ(e.partition, PartitionOf(item.partition_key, 16));
  EXPECT_EQ(redis->ReadCounts()->at("wechat|400000"), 1);
  ASSERT_TRUE(reader->Ack(entries));
  EXPECT_EQ(redis->ReadStats()->waiting, 0);
  EXPECT_EQ(redis->ReadStats()->length, 1);
}

TEST_F(StreamTest, ABlobIsNamedInsteadOfTheRawBytes) {
  auto redis = MustOpen();
  auto item = MakeItem("m1", "zhang");
  item.blob = "abc123";
  ASSERT_TRUE(redis->MakeAppender()->AppendAndWait(item));
  const auto entries = MustRead(*redis->MakeReader(), 1);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].blob, "abc123");
  EXPECT_EQ(entries[0].raw, "");
}

TEST_F(StreamTest, ARepeatedIdentityIsAnsweredLikeTheFirstAndAppendsNothing) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  const auto first = appender->AppendAndWait(MakeItem("same", "zhang", "ID-1"));
  const auto second = appender->AppendAndWait(MakeItem("same", "zhang", "ID-2"));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->duplicate);
  EXPECT_TRUE(second->duplicate);
  EXPECT_EQ(first->id, "ID-1");
  EXPECT_EQ(second->id, "ID-1");
  EXPECT_EQ(redis->ReadStats()->length, 1);
  EXPECT_EQ(redis->ReadCounts()->at("wechat|400000"), 1);
}

TEST_F(StreamTest, TheSameIdentityTwiceInOneBatchIsAppendedOnce) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  std::atomic<int> duplicates{0};
  std::latch all(200);
  for (int i = 0; i < 200; ++i)
    appender->Append(MakeItem("same", "zhang", "ID-" + std::to_string(i)), [&](Result<Appended> r) {
      if (r && r->duplicate) ++duplicates;
      EXPECT_TRUE(r && r->id == "ID-0");
      all.count_down();
    });
  all.wait();
  EXPECT_EQ(duplicates, 199);
  EXPECT_EQ(redis->ReadStats()->length, 1);
}

TEST_F(StreamTest, MessagesOfOneSenderKeepTheirOrder) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 300, "zhang");
  auto reader = redis->MakeReader();
  int next = 0;
  while (next < 300) {
    const auto entries = MustRead(*reader, 50);
    ASSERT_FALSE(entries.empty());
    ASSERT_LE(entries.size(), 50U);
    for (const auto& e : entries) EXPECT_EQ(e.id, "id-" + std::to_string(next++));
    ASSERT_TRUE(reader->Ack(entries));
  }
}

TEST_F(StreamTest, AppendsOfManyThreadsShareScriptCallsAndSoFsyncs) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  constexpr int kThreads = 32;
  constexpr int kEach = 100;
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        std::latch mine(kEach);
        for (int i = 0; i < kEach; ++i) {
          const std::string name = std::to_string(t) + "-" + std::to_string(i);
          appender->Append(MakeItem(name, "sender-" + std::to_string(t)), [&](Result<Appended> r) {
            if (r && !r->duplicate) ++good;
            mine.count_down();
          });
        }
        mine.wait();
      });
  }
  EXPECT_EQ(good, kThreads * kEach);
  EXPECT_EQ(redis->ReadStats()->length, kThreads * kEach);
  const auto calls = CommandCalls("evalsha") + CommandCalls("eval");
  EXPECT_GT(calls, 0);
  EXPECT_LT(calls, kThreads * kEach / 4) << "each append was a script call, and so an fsync, of its own";
}

TEST_F(StreamTest, AboveMaxEntriesAppendRefusesUntilEntriesAreAcknowledged) {
  auto options = DefaultOptions();
  options.max_entries = 3;
  auto redis = MustOpen(options);
  auto appender = redis->MakeAppender();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(appender->AppendAndWait(MakeItem("m" + std::to_string(i), "zhang")));
  const auto refused = appender->AppendAndWait(MakeItem("m3", "zhang"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_FALSE(appender->Ready());
  auto reader = redis->MakeReader();
  ASSERT_TRUE(reader->Ack(MustRead(*reader, 10)));
  EXPECT_TRUE(Eventually([&] { return appender->Ready(); }));
  EXPECT_TRUE(appender->AppendAndWait(MakeItem("m3", "zhang"))) << "acknowledged entries do not count";
}

TEST_F(StreamTest, WhatRedisRefusesToWriteIsUnavailableAndReadyComesBackByItself) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  ASSERT_TRUE(appender->AppendAndWait(MakeItem("before", "zhang")));
  ASSERT_TRUE(Raw({"CONFIG", "SET", "maxmemory", "1"}));
  const auto refused = appender->AppendAndWait(MakeItem("during", "zhang"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable) << refused.error().what;
  EXPECT_FALSE(appender->Ready());
  ASSERT_TRUE(Raw({"CONFIG", "SET", "maxmemory", "0"}));
  EXPECT_TRUE(Eventually([&] { return appender->Ready(); }));
  const auto again = appender->AppendAndWait(MakeItem("during", "zhang"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->duplicate);
}

TEST_F(StreamTest, OneBrokenPartitionDoesNotStopTheOthers) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  const auto good = MakeItem("good", "zhang");
  auto bad = MakeItem("bad", "li");
  for (int i = 0; PartitionOf(bad.partition_key, 16) == PartitionOf(good.partition_key, 16); ++i)
    bad.partition_key = "wechat|gh|li" + std::to_string(i);
  const auto key = StreamKey(PartitionOf(bad.partition_key, 16));
  ASSERT_TRUE(Raw({"DEL", key}));
  ASSERT_TRUE(Raw({"SET", key, "not a stream"}));
  std::latch both(2);
  appender->Append(bad, [&](Result<Appended> r) {
    EXPECT_FALSE(r);
    both.count_down();
  });
  appender->Append(good, [&](Result<Appended> r) {
    EXPECT_TRUE(r);
    both.count_down();
  });
  both.wait();
  EXPECT_TRUE(appender->Ready()) << "the other partitions take appends";
}

TEST_F(StreamTest, EveryAcknowledgedAppendSurvivesKillsOfRedisAndTheAppenderRecovers) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  std::mutex mutex;
  std::set<std::string> acked;
  std::atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        const auto r = appender->AppendAndWait(MakeItem(name, "sender-" + std::to_string(t)));
        if (!r) continue;
        const std::lock_guard lock(mutex);
        acked.insert(r->id);
      }
    });
  const auto acked_count = [&] {
    const std::lock_guard lock(mutex);
    return acked.size();
  };
  for (int kill = 1; kill <= 3; ++kill) {
    const auto before = acked_count();
    ASSERT_TRUE(Eventually([&] { return acked_count() > before + 50; })) << "no progress before kill " << kill;
    ASSERT_EQ(::kill(server_->pid(), SIGKILL), 0);
    ASSERT_TRUE(Eventually([&] { return server_->restarts() >= kill; }));
  }
  const auto before = acked_count();
  ASSERT_TRUE(Eventually([&] { return acked_count() > before + 50; }));
  stop = true;
  threads.clear();
  EXPECT_TRUE(appender->Ready());
  std::multiset<std::string> stored;
  const auto waiting = redis->ReadWaiting(1'000'000);
  ASSERT_TRUE(waiting) << waiting.error().what;
  for (const auto& w : *waiting) stored.insert(w.id);
  for (const auto& id : acked) EXPECT_EQ(stored.count(id), 1U) << id;
}

TEST_F(StreamTest, WithoutRedisAppendsFailInBoundedTimeAndNothingHangs) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  server_.reset();
  const auto refused = appender->AppendAndWait(MakeItem("m", "zhang"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().kind == ErrorKind::kUnavailable || refused.error().kind == ErrorKind::kUnknown);
  EXPECT_FALSE(appender->Ready());
}

TEST_F(StreamTest, AHangingRedisMakesTheOutcomeUnknownAndARepeatIsHarmless) {
  auto redis = MustOpen();
  auto appender = redis->MakeAppender();
  ASSERT_TRUE(appender->AppendAndWait(MakeItem("first", "zhang")));
  ASSERT_EQ(::kill(server_->pid(), SIGSTOP), 0);
  const auto unknown = appender->AppendAndWait(MakeItem("m", "zhang", "ID-1"));
  ASSERT_EQ(::kill(server_->pid(), SIGCONT), 0);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUnknown) << unknown.error().what;
  ASSERT_TRUE(Eventually([&] { return appender->Ready(); }));
  const auto again = appender->AppendAndWait(MakeItem("m", "zhang", "ID-2"));
  ASSERT_TRUE(again);
  EXPECT_EQ(redis->ReadStats()->length, 2);
}

TEST_F(StreamTest, UserAndPasswordBesideTheAddressLogInAndAWrongOneIsDenied) {
  ASSERT_TRUE(Raw({"ACL", "SETUSER", "desk", "on", ">an-invented-password", "~*", "+@all"}));
  auto options = DefaultOptions();
  options.user = "desk";
  options.password = "another one";
  const auto denied = Redis::Open(options, SystemClock());
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().kind, ErrorKind::kDenied) << denied.error().what;
  EXPECT_EQ(denied.error().what.find("another one"), std::string::npos);
  options.password = "an-invented-password";
  const auto redis = MustOpen(options);
  ASSERT_TRUE(redis);
  EXPECT_TRUE(redis->MakeAppender()->AppendAndWait(MakeItem("m", "zhang")));
}

}  // namespace
}  // namespace minsheng::stream
