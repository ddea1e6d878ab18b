// SPDX-License-Identifier: Apache-2.0
// History as it is stored: pages, ranges, corrections; and a replay over it.
#include "src/router/history.h"

#include <fstream>

#include "src/store/database.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class HistoryTest : public StoreTest {
 protected:
  // A Request with this text whose stored Verdict is triage without a topic.
  std::string Opened(const std::string& source_id, const std::string& words, Bucket bucket = Bucket::kTriage) {
    Decision d = Decide(bucket, source_id, "sender of " + source_id);
    d.message.text = words;
    clock_.Advance(seconds(60));
    return CommitOne(std::move(d)).request_id;
  }
  void CorrectTo(const std::string& request, const std::string& topic) {
    Correction k;
    k.request_id = request;
    k.topic = topic;
    k.by = "li";
    ASSERT_TRUE(store_->Correct(k));
  }
  // Database and write-ahead log byte for byte, or every row of every table.
  std::string BytesOfDatabase() {
    if (!OnSqlite()) {
      return OpenDatabase()
          ->Read([](Connection& c) -> Result<std::string> {
            Query& q = c.Prepared("SELECT CAST(schema_to_xml('public', true, false, '') AS TEXT)", "t");
            return q.First() ? q.Text(0) : "";
          })
          .value();
    }
    std::string bytes;
    for (const char* name : {"minsheng.db", "minsheng.db-wal"}) {
      std::ifstream in(folder_ / name, std::ios::binary);
      bytes.append(std::istreambuf_iterator<char>(in), {});
    }
    EXPECT_GT(bytes.size(), 10'000U);
    return bytes;
  }
  std::vector<HistoryRow> Page(const HistoryRange& range) { return store_->ReadHistory(range).value(); }
};

TEST_F(HistoryTest, PagesGoFromTheNewestToTheOldestAndLeaveNothingOut) {
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(Opened("m" + std::to_string(i), "路灯不亮"));
  std::vector<std::string> read;
  HistoryRange range;
  range.limit = 3;
  for (auto page = Page(range); !page.empty(); page = Page(range)) {
    EXPECT_LE(page.size(), 3U);
    for (const auto& row : page) read.push_back(row.id);
    range.before = page.back().id;
  }
  EXPECT_EQ(read, std::vector<std::string>(ids.rbegin(), ids.rend()));
}

TEST_F(HistoryTest, TheRangeIsOfArrivalAndItsEndIsNotInIt) {
  Opened("m1", "路灯不亮");
  const Time from = clock_.Now();
  const auto second = Opened("m2", "路灯不亮");
  const Time to = clock_.Now();
  Opened("m3", "路灯不亮");
  // Waited for two days in the stream: it belongs to the day on which it arrived.
  Decision late = Decide(Bucket::kTriage, "m4", "d");
  late.message.received_at = from;
  clock_.Advance(hours(48));
  const auto fourth = CommitOne(std::move(late)).request_id;
  HistoryRange range;
  range.from = from;
  range.to = to;
  const auto page = Page(range);
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, fourth);
  EXPECT_EQ(page[1].id, second);
}

TEST_F(HistoryTest, TheMessageThatOpenedTheRequestIsReadNotThoseAttachedLater) {
  const auto request = Opened("m1", "路灯不亮");
  Decision more = Decide(Bucket::kOrder, "m2", "sender of m1");
  more.attach_request = request;
  more.message.text = "还有下水道也堵了";
  EXPECT_EQ(CommitOne(std::move(more)).bucket, Bucket::kAttached);
  CorrectTo(request, "urban.greening");  // moves the message out of triage
  CorrectTo(request, "urban.noise");
  const auto page = Page({});
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(DecodeMessage(page[0].message)->text, "路灯不亮");
  EXPECT_EQ(page[0].corrected_topic, "urban.noise");  // the last word
  EXPECT_EQ(page[0].state, "order");
}

TEST_F(HistoryTest, StreamingHandsOverWhatRulesReadOnceAndCountsTheRest) {
  Opened("m1", "树把灯挡住了", Bucket::kOrder);
  Decision picture = Decide(Bucket::kTriage, "m2", "b");
  picture.verdict.reset();
  picture.message.kind = Kind::kImage;
  picture.message.text = "";
  CommitOne(std::move(picture));
  const auto broken = Opened("m3", "树");
  Sql("UPDATE request SET verdict = '{' WHERE id = '" + broken + "'");
  Decision whole = Decide(Bucket::kTriage, "m4", "d");
  whole.message.line = "tourism";
  whole.message.kind = Kind::kVoice;
  whole.message.place_hint = "大中镇";
  whole.message.stated_type = RequestType::kComplaint;
  const Message sent = whole.message;
  CommitOne(std::move(whole));
  std::vector<rules::HistoryCase> cases;
  router::HistoryOptions options;
  options.page = 1;
  const auto counts = router::StreamHistory(
      *store_, options, [&](const auto& some) { cases.insert(cases.end(), some.begin(), some.end()); });
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->read, 4);
  EXPECT_EQ(counts->unjudged, 1);
  EXPECT_EQ(counts->unreadable, 1);
  ASSERT_EQ(cases.size(), 2U);
  const rules::Input asked = rules::InputOf(sent);
  const rules::Input kept = cases[0].AsInput();
  EXPECT_EQ(kept.text, asked.text);
  EXPECT_EQ(kept.channel, asked.channel);
  EXPECT_EQ(kept.line, "tourism");
  EXPECT_EQ(kept.place_hint, "大中镇");
  EXPECT_EQ(kept.stated_type, RequestType::kComplaint);
  EXPECT_EQ(kept.hour, asked.hour);
  EXPECT_TRUE(kept.spoken);  // heard, not written
  EXPECT_EQ(cases[1].stored->urgency, Urgency::kUrgent);
  EXPECT_EQ(cases[1].stored_version, 1);
}

TEST_F(HistoryTest, TheReadingStopsWhenItsCallerSaysSo) {
  for (int i = 0; i < 5; ++i) Opened("m" + std::to_string(i), "路灯不亮");
  router::HistoryOptions options;
  options.page = 2;
  options.progress = [](std::int64_t read) { return read < 4; };
  std::size_t taken = 0;
  const auto counts = router::StreamHistory(*store_, options, [&](const auto& some) { taken += some.size(); });
  ASSERT_TRUE(counts);
  EXPECT_TRUE(counts->stopped);
  EXPECT_EQ(taken, 4U);
}

TEST_F(HistoryTest, AReplayOfStoredRequestsHoldsBothRuleSetsAgainstPeopleAndWritesNothing) {
  const auto request = Opened("m1", "取餐柜没人打扫");
  CorrectTo(request, "urban.sanitation");
  Opened("m2", "路灯不亮");
  const std::string tree = R"({"categories": [{"id": "urban", "name": "城", "topics": [
    {"id": "urban.sanitation", "name": "环卫"}, {"id": "urban.lighting", "name": "路灯"}]}]})";
  const std::string lamp = R"({"id": "lamp", "name": "灯", "when": "路灯", "topic": "urban.lighting", "weight": 5})";
  const std::string box = R"({"id": "box", "name": "柜", "when": "取餐柜", "topic": "urban.sanitation", "weight": 5})";
  const auto before = rules::RuleSet::Compile({{"categories.json", tree}, {"rules.json", "[" + lamp + "]"}}, 1);
  const auto after =
      rules::RuleSet::Compile({{"categories.json", tree}, {"rules.json", "[" + lamp + "," + box + "]"}}, 2);
  ASSERT_TRUE(before.set && after.set);
  const std::string bytes = BytesOfDatabase();
  rules::Replay replay(
      *before.set, *after.set, [](const auto&, const auto& topic, const auto&) { return topic + "!"; }, 2, 10);
  ASSERT_TRUE(router::StreamHistory(*store_, {}, [&](const auto& cases) { replay.Add(cases); }));
  EXPECT_EQ(replay.result().requests, 2);
  EXPECT_EQ(replay.result().Wins(), 1);
  EXPECT_EQ(replay.result().Losses(), 0);
  EXPECT_EQ(replay.result().stored.at(1), (rules::VersionRow{2, 2}));  // the fixture's Verdicts are made up
  ASSERT_EQ(replay.result().wins.size(), 1U);
  EXPECT_EQ(replay.result().wins[0].id, request);
  EXPECT_EQ(replay.result().wins[0].after.goes_to, "urban.sanitation!");
  EXPECT_EQ(BytesOfDatabase(), bytes);
}

TEST_F(HistoryTest, AVersionOfTheRuleSetIsReadByItsNumber) {
  RuleSetRow row;
  row.version = 1;
  row.hash = "h1";
  row.author = "li";
  row.files = "[]";
  ASSERT_TRUE(store_->SeedRuleSet(row).value());
  EXPECT_EQ(store_->GetRuleSet(1)->hash, "h1");
  EXPECT_EQ(store_->GetRuleSet(2).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace minsheng::store
