// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <map>
#include <set>

#include "src/stream/keys.h"
#include "tests/service/stream/stream_fixture.h"

namespace minsheng::stream {
namespace {

std::vector<std::string> IdsOf(const std::vector<Entry>& entries) {
  std::vector<std::string> ids;
  for (const auto& e : entries) ids.push_back(e.id);
  return ids;
}

// Reads until an entry comes, also over take-overs and reconnections.
std::vector<Entry> ReadEventually(Reader& reader, int max) {
  std::vector<Entry> entries;
  Eventually([&] {
    auto read = reader.Read(max, Millis{100});
    if (read) entries = std::move(*read);
    return !entries.empty();
  });
  return entries;
}

// A process that reads up to `max` entries once and dies without a word.
void ReadAndDie(const Options& options, int max, std::size_t expected) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto redis = Redis::Open(options, SystemClock());
    if (!redis) ::_exit(2);
    auto reader = (*redis)->MakeReader();
    const auto entries = reader->Read(max, Millis{5'000});
    ::_exit(entries && entries->size() == expected ? 0 : 3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
}

class StreamReadTest : public StreamTest {
 protected:
  Options ShortLease(const std::string& owner) const {
    auto options = DefaultOptions(owner);
    options.lease = Millis{300};
    return options;
  }
};

TEST_F(StreamReadTest, WhenAReaderDiesItsEntriesComeAgainAtOnceCountedTwiceAndAlone) {
  auto redis = MustOpen(DefaultOptions("b"));
  AppendMany(*redis, 0, 3, "zhang");
  AppendMany(*redis, 10, 12, "li");
  auto options = DefaultOptions("a");
  options.lease = Millis{3'600'000};  // only a certain death makes the partition free so soon
  ASSERT_NO_FATAL_FAILURE(ReadAndDie(options, 500, 5));
  AppendMany(*redis, 3, 5, "zhang");
  auto reader = redis->MakeReader();
  std::map<std::string, int> deliveries;
  std::vector<std::string> zhang;
  for (int i = 0; i < 5; ++i) {
    const auto entries = MustRead(*reader, 500);
    ASSERT_EQ(entries.size(), 1U) << "an entry that was delivered before comes alone";
    deliveries[entries[0].id] = entries[0].deliveries;
    if (entries[0].id < "id-10" || entries[0].id > "id-19") zhang.push_back(entries[0].id);
    ASSERT_TRUE(reader->Ack(entries));
  }
  for (const char* id : {"id-0", "id-1", "id-2", "id-10", "id-11"}) EXPECT_EQ(deliveries[id], 2) << id;
  EXPECT_EQ(zhang, (std::vector<std::string>{"id-0", "id-1", "id-2"}));
  const auto fresh = MustRead(*reader, 500);
  EXPECT_EQ(IdsOf(fresh), (std::vector<std::string>{"id-3", "id-4"}));
  EXPECT_EQ(fresh.at(0).deliveries, 1);
}

TEST_F(StreamReadTest, AnEntryThatKillsItsReaderReachesFiveDeliveriesAndItsNeighboursDoNot) {
  auto redis = MustOpen(DefaultOptions("b"));
  AppendMany(*redis, 0, 3, "zhang");  // id-0 is the poison
  AppendMany(*redis, 10, 20, "li");
  const auto options = DefaultOptions("a");
  ASSERT_NO_FATAL_FAILURE(ReadAndDie(options, 500, 13));
  for (int delivery = 2; delivery <= 4; ++delivery) {
    // Each new process gets what is pending one at a time; those that are not poisonous it handles.
    const pid_t child = ::fork();
    if (child == 0) {
      auto mine = Redis::Open(options, SystemClock());
      if (!mine) ::_exit(2);
      auto reader = (*mine)->MakeReader();
      while (true) {
        const auto entries = reader->Read(500, Millis{5'000});
        if (!entries || entries->empty()) ::_exit(3);
        for (const auto& e : *entries)
          if (e.id == "id-0") ::_exit(e.deliveries);
        if (!reader->Ack(*entries)) ::_exit(4);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_EQ(WEXITSTATUS(status), delivery);
  }
  auto reader = redis->MakeReader();
  std::map<std::string, int> deliveries;
  while (true) {
    const auto entries = MustRead(*reader, 500, Millis{50});
    if (entries.empty()) break;
    for (const auto& e : entries) deliveries[e.id] = e.deliveries;
    ASSERT_TRUE(reader->Ack(entries));
  }
  EXPECT_EQ(deliveries["id-0"], 5);
  EXPECT_EQ(deliveries["id-1"], 2);
  EXPECT_EQ(deliveries["id-2"], 2);
  for (const auto& [id, n] : deliveries) EXPECT_TRUE(id == "id-0" || n <= 2) << id << " " << n;
}

TEST_F(StreamReadTest, TheCountOfDeliveriesSurvivesAKillOfRedis) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 1, "zhang");
  auto reader = redis->MakeReader();
  for (int n = 1; n <= 3; ++n) {
    const auto entries = MustRead(*reader, 10);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].deliveries, n);
    reader->GiveBack(entries);
  }
  ASSERT_EQ(::kill(server_->pid(), SIGKILL), 0);
  ASSERT_TRUE(Eventually([&] { return server_->restarts() == 1; }));
  const auto entries = ReadEventually(*reader, 10);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].deliveries, 4);
}

TEST_F(StreamReadTest, WhatWasGivenBackComesBeforeAnythingLaterOfItsPartition) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 4, "zhang");
  auto reader = redis->MakeReader();
  auto entries = MustRead(*reader, 4);
  ASSERT_EQ(entries.size(), 4U);
  ASSERT_TRUE(reader->Ack({entries[0]}));
  AppendMany(*redis, 4, 6, "zhang");
  reader->GiveBack({entries.begin() + 1, entries.end()});  // the failed one and all later ones
  for (const char* id : {"id-1", "id-2", "id-3"}) {
    const auto again = MustRead(*reader, 500);
    ASSERT_EQ(IdsOf(again), std::vector<std::string>{id});
    EXPECT_EQ(again[0].deliveries, 2);
    ASSERT_TRUE(reader->Ack(again));
  }
  EXPECT_EQ(IdsOf(MustRead(*reader, 500)), (std::vector<std::string>{"id-4", "id-5"}));
}

TEST_F(StreamReadTest, NothingOfAPartitionComesWhileItsRedeliveredEntryIsInHandButOthersGoOn) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 2, "zhang");
  auto reader = redis->MakeReader();
  reader->GiveBack(MustRead(*reader, 10));
  const auto held = MustRead(*reader, 10);
  ASSERT_EQ(IdsOf(held), std::vector<std::string>{"id-0"});
  ASSERT_NE(PartitionOf("wechat|gh|zhang", 16), PartitionOf("wechat|gh|li", 16));
  AppendMany(*redis, 10, 12, "li");
  const auto others = MustRead(*reader, 10);
  EXPECT_EQ(IdsOf(others), (std::vector<std::string>{"id-10", "id-11"}));
  EXPECT_TRUE(MustRead(*reader, 10, Millis{20}).empty());
  ASSERT_TRUE(reader->Ack(held));
  EXPECT_EQ(IdsOf(MustRead(*reader, 10)), std::vector<std::string>{"id-1"});
}

TEST_F(StreamReadTest, AnEntryThatFailsAgainAndAgainDoesNotKeepOthersWaiting) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 1, "zhang");
  auto reader = redis->MakeReader();
  reader->GiveBack(MustRead(*reader, 10));
  AppendMany(*redis, 10, 12, "li");
  std::set<std::string> seen;
  for (int i = 0; i < 3; ++i) {
    const auto entries = MustRead(*reader, 10);
    for (const auto& e : entries) seen.insert(e.id);
    if (entries.size() == 1 && entries[0].id == "id-0") {
      reader->GiveBack(entries);
    } else {
      ASSERT_TRUE(reader->Ack(entries));
    }
  }
  EXPECT_TRUE(seen.contains("id-0") && seen.contains("id-10") && seen.contains("id-11"));
}

TEST_F(StreamReadTest, ReadNeverHandsOutMoreThanAskedForAndLosesNothing) {
  auto redis = MustOpen();
  for (int s = 0; s < 40; ++s) AppendMany(*redis, s * 10, s * 10 + 10, "sender-" + std::to_string(s));
  auto reader = redis->MakeReader();
  std::set<std::string> seen;
  while (seen.size() < 400) {
    const auto entries = MustRead(*reader, 7);
    ASSERT_FALSE(entries.empty());
    ASSERT_LE(entries.size(), 7U);
    for (const auto& e : entries) EXPECT_TRUE(seen.insert(e.id).second) << e.id;
    ASSERT_TRUE(reader->Ack(entries));
  }
  EXPECT_EQ(redis->ReadStats()->waiting, 0);
}

TEST_F(StreamReadTest, AHotPartitionFillsTheWholeBatch) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 200, "zhang");
  EXPECT_EQ(MustRead(*redis->MakeReader(), 160).size(), 160U);
}

TEST_F(StreamReadTest, TwoReadersShareThePartitionsAndNeverGetTheSameEntry) {
  auto first = MustOpen(ShortLease("a"));
  auto second = MustOpen(ShortLease("b"));
  auto reader_a = first->MakeReader();
  auto reader_b = second->MakeReader();
  ASSERT_TRUE(reader_a->Read(1, Millis{1}));  // alone: takes all
  std::map<int, std::set<char>> readers_of;
  std::set<std::string> seen;
  int made = 0;
  const bool shared = Eventually([&] {
    for (int s = 0; s < 40; ++s, ++made) AppendMany(*first, made, made + 1, "sender-" + std::to_string(s));
    readers_of.clear();
    std::set<char> active;
    for (auto& [reader, name] : {std::pair{&reader_a, 'a'}, std::pair{&reader_b, 'b'}}) {
      const auto entries = (*reader)->Read(1'000, Millis{20});
      if (!entries) return false;
      for (const auto& e : *entries) {
        EXPECT_TRUE(e.deliveries > 1 || seen.insert(e.id).second) << e.id;
        readers_of[e.partition].insert(name);
        active.insert(name);
      }
      EXPECT_TRUE((*reader)->Ack(*entries));
    }
    for (const auto& [partition, names] : readers_of)
      if (names.size() > 1) return false;  // changed hands within this round
    return active.size() == 2;
  });
  EXPECT_TRUE(shared);
}

TEST_F(StreamReadTest, ReleasedPartitionsAreTakenOverAtOnce) {
  auto options = DefaultOptions("a");
  options.lease = Millis{3'600'000};
  auto first = MustOpen(options);
  options.owner = "b";
  auto second = MustOpen(options);
  auto reader_a = first->MakeReader();
  ASSERT_TRUE(MustRead(*reader_a, 10, Millis{1}).empty());
  AppendMany(*first, 0, 3, "zhang");
  ASSERT_EQ(MustRead(*reader_a, 1).size(), 1U);
  reader_a->ReleaseLeases();
  auto reader_b = second->MakeReader();
  const auto again = MustRead(*reader_b, 10);
  ASSERT_EQ(IdsOf(again), std::vector<std::string>{"id-0"});
  EXPECT_EQ(again[0].deliveries, 2);
}

TEST_F(StreamReadTest, ASilentOwnersPartitionsAreTakenOverWhenItsLeaseHasEnded) {
  auto first = MustOpen(ShortLease("a"));
  auto second = MustOpen(ShortLease("b"));
  AppendMany(*first, 0, 2, "zhang");
  auto reader_a = first->MakeReader();
  const auto held = MustRead(*reader_a, 10);
  ASSERT_EQ(held.size(), 2U);
  auto reader_b = second->MakeReader();  // the process of `a` lives, so only the lease can end
  const auto taken = ReadEventually(*reader_b, 10);
  ASSERT_EQ(IdsOf(taken), std::vector<std::string>{"id-0"});
  EXPECT_EQ(taken[0].deliveries, 2);
  // The sleeper wakes up: its acknowledgement is accepted (it had committed), and it sees that it lost.
  ASSERT_TRUE(reader_a->Ack(held));
  ASSERT_TRUE(reader_b->Ack(taken));
  EXPECT_EQ(second->ReadStats()->waiting, 0);
}

TEST_F(StreamReadTest, TrimRemovesOnlyWhatIsAcknowledged) {
  auto redis = MustOpen();
  auto reader = redis->MakeReader();
  EXPECT_EQ(reader->Trim(Millis{0}).value(), 0);
  AppendMany(*redis, 0, 6, "zhang");
  EXPECT_EQ(reader->Trim(Millis{0}).value(), 0) << "never read";
  auto entries = MustRead(*reader, 4);
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(reader->Trim(Millis{0}).value(), 0) << "read, not acknowledged";
  ASSERT_TRUE(reader->Ack({entries[0], entries[1], entries[3]}));
  EXPECT_EQ(reader->Trim(Millis{3'600'000}).value(), 0) << "too young";
  EXPECT_EQ(reader->Trim(Millis{0}).value(), 2) << "what lies behind a pending entry stays";
  ASSERT_TRUE(reader->Ack({entries[2]}));
  EXPECT_EQ(reader->Trim(Millis{0}).value(), 2);
  EXPECT_EQ(redis->ReadStats()->length, 2);
  EXPECT_EQ(redis->ReadStats()->waiting, 2);
  EXPECT_EQ(IdsOf(MustRead(*reader, 10)), (std::vector<std::string>{"id-4", "id-5"}));
}

TEST_F(StreamReadTest, WaitingEntriesAreListedOldestFirstPendingOrNot) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 3, "zhang");
  auto reader = redis->MakeReader();
  const auto entries = MustRead(*reader, 2);
  ASSERT_TRUE(reader->Ack({entries[0]}));
  AppendMany(*redis, 3, 4, "li");
  const auto waiting = redis->ReadWaiting(100);
  ASSERT_TRUE(waiting);
  std::vector<std::string> ids;
  for (const auto& w : *waiting) ids.push_back(w.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"id-1", "id-2", "id-3"}));
  EXPECT_EQ(waiting->at(0).rx_ms, 1'440'000'000'000);
  EXPECT_EQ(redis->ReadWaiting(2)->size(), 2U);
  EXPECT_TRUE(redis->ReadWaiting(0)->empty());
  const auto stats = redis->ReadStats();
  EXPECT_EQ(stats->waiting, 3);
  EXPECT_EQ(stats->pending, 1);
  EXPECT_EQ(stats->length, 4);
  EXPECT_GT(stats->oldest_waiting_ms, 0);
}

TEST_F(StreamReadTest, AMissingGroupIsMadeAgainAndNothingThatIsThereIsLost) {
  auto redis = MustOpen();
  auto reader = redis->MakeReader();
  ASSERT_TRUE(MustRead(*reader, 1, Millis{1}).empty());
  AppendMany(*redis, 0, 2, "zhang");
  for (int p = 0; p < 16; ++p) ASSERT_TRUE(Raw({"XGROUP", "DESTROY", StreamKey(p), "workers"}));
  EXPECT_EQ(IdsOf(ReadEventually(*reader, 10)), (std::vector<std::string>{"id-0", "id-1"}));
}

TEST_F(StreamReadTest, APendingEntryWhoseBodyIsGoneDoesNotStopItsPartition) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 2, "zhang");
  auto reader = redis->MakeReader();
  const auto entries = MustRead(*reader, 10);
  ASSERT_EQ(entries.size(), 2U);
  ASSERT_TRUE(Raw({"XDEL", StreamKey(entries[0].partition), entries[0].stream_id}));
  reader->GiveBack(entries);
  EXPECT_EQ(IdsOf(MustRead(*reader, 10)), std::vector<std::string>{"id-1"});
  EXPECT_EQ(redis->ReadStats()->pending, 1);
}

TEST_F(StreamReadTest, AFailedAcknowledgementIsReportedAndTheEntryComesAgain) {
  auto redis = MustOpen();
  AppendMany(*redis, 0, 1, "zhang");
  auto reader = redis->MakeReader();
  const auto entries = MustRead(*reader, 10);
  ASSERT_EQ(entries.size(), 1U);
  ASSERT_TRUE(Raw({"CLIENT", "KILL", "TYPE", "normal"}));
  const auto acked = reader->Ack(entries);
  ASSERT_FALSE(acked);
  EXPECT_EQ(acked.error().kind, ErrorKind::kUnavailable);
  const auto again = ReadEventually(*reader, 10);
  ASSERT_EQ(IdsOf(again), std::vector<std::string>{"id-0"});
  EXPECT_EQ(again[0].deliveries, 2);
  EXPECT_TRUE(reader->Ack(again));
}

TEST_F(StreamReadTest, ADifferentNumberOfPartitionsIsAnErrorThatNamesBothNumbers) {
  MustOpen();
  auto options = DefaultOptions();
  options.partitions = 12;
  const auto redis = Redis::Open(options, SystemClock());
  ASSERT_FALSE(redis);
  EXPECT_EQ(redis.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(redis.error().what.find("12"), std::string::npos);
  EXPECT_NE(redis.error().what.find("16"), std::string::npos);
}

TEST_F(StreamReadTest, AVolatileRedisIsRefusedAndTheSettingNamed) {
  const std::vector<std::array<std::string, 3>> settings{
      {"appendfsync", "everysec", "always"},
      {"no-appendfsync-on-rewrite", "yes", "no"},
      {"maxmemory-policy", "allkeys-lru", "noeviction"},
      {"appendonly", "no", "yes"},
  };
  for (const auto& [name, bad, good] : settings) {
    ASSERT_TRUE(Raw({"CONFIG", "SET", name, bad}));
    const auto redis = Redis::Open(DefaultOptions(), SystemClock());
    ASSERT_FALSE(redis) << name;
    EXPECT_EQ(redis.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(redis.error().what.find(name + " " + good), std::string::npos) << redis.error().what;
    ASSERT_TRUE(Raw({"CONFIG", "SET", name, good}));
  }
  MustOpen();
}

TEST_F(StreamReadTest, AUserWithoutConfigRightsIsCheckedThroughInfo) {
  ASSERT_TRUE(Raw({"ACL", "SETUSER", "default", "-config"}));
  MustOpen();
}

TEST_F(StreamReadTest, NoRedisIsUnavailableAndAWrongPasswordIsDenied) {
  ASSERT_TRUE(Raw({"ACL", "SETUSER", "default", "resetpass", ">right"}));
  EXPECT_EQ(Redis::Open(DefaultOptions(), SystemClock()).error().kind, ErrorKind::kDenied);
  auto options = DefaultOptions();
  options.url = "unix:/nonexistent/redis.sock";
  EXPECT_EQ(Redis::Open(options, SystemClock()).error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace minsheng::stream
