// SPDX-License-Identifier: Apache-2.0
#include "src/router/worker.h"

#include "tests/unit/store/store_fixture.h"

namespace minsheng::router {
namespace {

// Hands out entries as told and remembers what became of them.
class ScriptedReader final : public stream::Reader {
 public:
  struct Log {
    std::vector<stream::Entry> next;
    std::vector<std::string> acked;
    std::vector<std::string> given_back;
  };
  explicit ScriptedReader(Log& log) : log_(log) {}
  Result<std::vector<stream::Entry>> Read(int, Millis) override { return std::exchange(log_.next, {}); }
  Result<void> Ack(const std::vector<stream::Entry>& entries) override {
    for (const auto& e : entries) log_.acked.push_back(e.id);
    return {};
  }
  void GiveBack(const std::vector<stream::Entry>& entries) override {
    for (const auto& e : entries) log_.given_back.push_back(e.id);
  }
  Result<std::int64_t> Trim(Millis) override { return 0; }
  void ReleaseLeases() override {}

 private:
  Log& log_;
};

class WorkerTest : public store::StoreTest {
 protected:
  Worker Make() {
    auto compiled = rules::RuleSet::Compile(
        {{"categories.json",
          R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.greening","name":"绿化"}]}]})"},
         {"greening.json", R"([{"id":"g","name":"绿化","when":"树","topic":"urban.greening","weight":9,
                               "examples":{"yes":["树倒了"],"no":["路"]}}])"}});
    auto catalogue = orders::Catalogue::Load(R"([{"id":"office","name":"园林处"}])",
                                             R"([{"topic":"urban.greening","lead":"office"}])", {"urban.greening"});
    EXPECT_TRUE(compiled.set && catalogue);
    knowledge_ = Knowledge{compiled.set, *catalogue};
    return Worker(
        std::make_unique<ScriptedReader>(log_), *store_, [this] { return knowledge_; }, Policy{},
        [this](const std::vector<store::Outcome>& outcomes) {
          acked_at_commit_ = log_.acked.size();
          committed_ += outcomes.size();
        },
        clock_);
  }
  stream::Entry EntryOf(const std::string& source_id, int partition = 0) {
    Message m;
    m.id = NewUlid(clock_.Now());
    m.channel = "weibo";
    m.account = "main";
    m.source_id = source_id;
    m.sender = "citizen-" + source_id;
    m.text = "树倒了";
    m.received_at = clock_.Now();
    stream::Entry e;
    e.id = m.id;
    e.partition = partition;
    e.message = Encode(m);
    return e;
  }

  ScriptedReader::Log log_;
  Knowledge knowledge_;
  std::size_t committed_ = 0;
  std::size_t acked_at_commit_ = 0;
};

TEST_F(WorkerTest, ABatchIsCommittedAtOnceAndAcknowledgedOnlyAfterwards) {
  auto worker = Make();
  log_.next = {EntryOf("1"), EntryOf("2"), EntryOf("3")};
  EXPECT_EQ(worker.RunOnce(Millis{0}), 3);
  EXPECT_EQ(committed_, 3U);
  EXPECT_EQ(acked_at_commit_, 0U);
  EXPECT_EQ(log_.acked.size(), 3U);
  EXPECT_EQ(Number("SELECT count(*) FROM work_order"), 3);
}

TEST_F(WorkerTest, ASecondDeliveryWritesNothingAndIsAcknowledged) {
  auto worker = Make();
  const auto entry = EntryOf("1");
  log_.next = {entry};
  worker.RunOnce(Millis{0});
  log_.next = {entry};
  worker.RunOnce(Millis{0});
  EXPECT_EQ(log_.acked.size(), 2U);
  EXPECT_EQ(Number("SELECT count(*) FROM work_order"), 1);
}

TEST_F(WorkerTest, OneEntryThatCannotBeWrittenGoesBackWithTheLaterOnesOfItsPartitionOnly) {
  auto worker = Make();
  Forbid("message", "NEW.source_id = 'bad'");
  const auto before = EntryOf("before", 1);
  const auto bad = EntryOf("bad", 1);
  const auto after = EntryOf("after", 1);
  const auto other = EntryOf("other", 2);
  log_.next = {before, bad, other, after};
  EXPECT_EQ(worker.RunOnce(Millis{0}), 2);
  EXPECT_EQ(log_.acked, (std::vector<std::string>{before.id, other.id}));
  EXPECT_EQ(log_.given_back, (std::vector<std::string>{bad.id, after.id}));
}

TEST_F(WorkerTest, AnEntryOfAnUnknownVersionIsParkedAndDoesNotComeBack) {
  auto worker = Make();
  auto entry = EntryOf("1");
  entry.version = 9;
  entry.raw = "bytes";
  log_.next = {entry};
  EXPECT_EQ(worker.RunOnce(Millis{0}), 1);
  const auto parked = store_->ListParked(false, 10);
  ASSERT_TRUE(parked);
  ASSERT_EQ(parked->size(), 1U);
  EXPECT_EQ(store_->GetParked(parked->front().id)->raw, "bytes");
}

TEST_F(WorkerTest, WithoutAUsableRuleSetNothingIsTakenFromTheStreamAndNothingIsLost) {
  auto worker = Make();
  const auto set = std::exchange(knowledge_.rules, nullptr);
  log_.next = {EntryOf("1"), EntryOf("2")};
  EXPECT_EQ(worker.RunOnce(Millis{0}), 0);
  EXPECT_EQ(log_.next.size(), 2U) << "not read, so it does not count as a try";
  EXPECT_TRUE(log_.acked.empty());
  knowledge_.rules = set;
  EXPECT_EQ(worker.RunOnce(Millis{0}), 2);
  EXPECT_EQ(log_.acked.size(), 2U);
}

TEST_F(WorkerTest, TheShadowIsComparedInTheSameTransactionAndHasNoOtherEffect) {
  auto worker = Make();
  auto other = rules::RuleSet::Compile(
      {{"categories.json",
        R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.roads","name":"道路"}]}]})"},
       {"roads.json", R"([{"id":"r","name":"道路","when":"树","topic":"urban.roads","weight":9,
                           "examples":{"yes":["树倒了"],"no":["路"]}}])"}},
      7);
  ASSERT_TRUE(other.set);
  knowledge_.shadow = other.set;
  log_.next = {EntryOf("1"), EntryOf("2")};
  EXPECT_EQ(worker.RunOnce(Millis{0}), 2);
  const auto reports = store_->ShadowReports(7).value();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].compared, 2);
  ASSERT_EQ(reports[0].pairs.size(), 1U);
  EXPECT_EQ(reports[0].pairs[0].from.topic, "urban.greening");
  EXPECT_EQ(reports[0].pairs[0].to.topic, "urban.roads");
  EXPECT_EQ(Number("SELECT count(*) FROM work_order WHERE topic = 'urban.greening'"), 2);
}

}  // namespace
}  // namespace minsheng::router
