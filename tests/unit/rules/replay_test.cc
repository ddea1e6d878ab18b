// SPDX-License-Identifier: Apache-2.0
#include "src/rules/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minsheng::rules {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// A weight of 5 decides; a weight of 1 is below min_evidence, so it goes to triage.
constexpr std::string_view kReplayTree = R"({"categories": [{"id": "urban", "name": "城市管理和建设", "topics": [
  {"id": "urban.greening", "name": "园林绿化"}, {"id": "urban.lighting", "name": "路灯照明"},
  {"id": "urban.noise", "name": "噪声扰民"}]}]})";
constexpr std::string_view kBefore = R"([
  {"id": "tree", "name": "树", "when": "树", "topic": "urban.greening", "weight": 5},
  {"id": "lamp", "name": "灯", "when": "灯", "topic": "urban.lighting", "weight": 5},
  {"id": "loud", "name": "吵", "when": "吵", "topic": "urban.noise", "weight": 1}])";
constexpr std::string_view kAfter = R"([
  {"id": "tree", "name": "树", "when": "树", "topic": "urban.lighting", "weight": 5},
  {"id": "lamp", "name": "灯", "when": "灯", "topic": "urban.lighting", "weight": 5, "urgency": "urgent"},
  {"id": "loud", "name": "吵", "when": "吵", "topic": "urban.noise", "weight": 5},
  {"id": "hours", "name": "几点", "when": "几点", "topic": "urban.greening", "weight": 5, "reply": "八点开门。"}])";

std::shared_ptr<const RuleSet> SetOf(std::string_view rules, std::int64_t version) {
  const Compiled c =
      RuleSet::Compile({{"categories.json", std::string(kReplayTree)}, {"rules.json", std::string(rules)}}, version);
  EXPECT_NE(c.set, nullptr);
  return c.set;
}

HistoryCase Past(std::string id, std::string text, std::string label = "") {
  HistoryCase c;
  c.id = std::move(id);
  c.text = std::move(text);
  c.label = std::move(label);
  return c;
}

// Topic urban.x is handled by unit x-office.
std::string OfficeOf(const RuleSet&, const std::string& topic, const std::string&) {
  return topic.substr(topic.find('.') + 1) + "-office";
}

class ReplayTest : public ::testing::Test {
 protected:
  Comparison Run(const std::vector<HistoryCase>& cases, int threads = 1, std::size_t shown = 10,
                 std::size_t page = 1000) {
    Replay replay(*before_, *after_, OfficeOf, threads, shown);
    for (std::size_t at = 0; at < cases.size(); at += page) {
      const auto begin = cases.begin() + static_cast<std::ptrdiff_t>(at);
      replay.Add({begin, begin + static_cast<std::ptrdiff_t>(std::min(page, cases.size() - at))});
    }
    return replay.result();
  }
  std::shared_ptr<const RuleSet> before_ = SetOf(kBefore, 1);
  std::shared_ptr<const RuleSet> after_ = SetOf(kAfter, 2);
};

TEST_F(ReplayTest, EveryKindOfChangeIsCountedWhereItBelongs) {
  auto closed = Past("c6", "树");
  closed.closed = true;
  const Comparison r = Run({Past("c1", "树", "urban.greening"), Past("c2", "吵", "urban.noise"), Past("c3", "灯"),
                            Past("c4", "草"), Past("c5", "几点开门"), closed});
  EXPECT_EQ(r.requests, 6);
  EXPECT_EQ(r.changed, 5);     // all but 草, of which nobody knows anything
  EXPECT_EQ(r.topic, 2);       // c1 and c6: greening -> lighting
  EXPECT_EQ(r.triage_out, 2);  // c2 and c5
  EXPECT_EQ(r.triage_in, 0);
  EXPECT_EQ(r.unit, 2);
  EXPECT_EQ(r.answered_in, 1);  // c5
  EXPECT_EQ(r.urgency_up, 1);   // c3
  EXPECT_EQ(r.urgency_down, 0);
  EXPECT_EQ(r.closed, 1);
  EXPECT_EQ(r.closed_changed, 1);
  EXPECT_THAT(r.topic_flows,
              ElementsAre(Pair(Flow("@triage", "urban.greening"), 1), Pair(Flow("@triage", "urban.noise"), 1),
                          Pair(Flow("urban.greening", "urban.lighting"), 2)));
  EXPECT_THAT(r.unit_flows, ElementsAre(Pair(Flow("@triage", "@answered"), 1), Pair(Flow("@triage", "noise-office"), 1),
                                        Pair(Flow("greening-office", "lighting-office"), 2)));
  EXPECT_THAT(r.urgency_flows, ElementsAre(Pair(Flow("normal", "urgent"), 1)));
  EXPECT_EQ(r.by_topic.at("urban.greening"), (TopicRow{2, 1, 1, 1, 0}));
  EXPECT_EQ(r.by_topic.at("urban.lighting"), (TopicRow{1, 3, 0, 0, 0}));
  EXPECT_EQ(r.by_topic.at("@triage"), (TopicRow{3, 1, 0, 0, 0}));
  EXPECT_EQ(r.by_unit.at("lighting-office"), (UnitRow{1, 3}));
}

TEST_F(ReplayTest, WinsAndLossesAreAgainstWhatPeopleDecided) {
  const Comparison r = Run({Past("c1", "树", "urban.greening"), Past("c2", "吵", "urban.noise"),
                            Past("c3", "吵", "urban.greening"), Past("c4", "树", "urban.lighting"),
                            Past("c5", "灯", "urban.lighting"), Past("c6", "草", "urban.noise"), Past("c7", "树")});
  EXPECT_EQ(r.Labelled(), 6);
  EXPECT_EQ(r.Count(Standing::kRight, Standing::kWrong), 1);    // c1
  EXPECT_EQ(r.Count(Standing::kTriage, Standing::kRight), 1);   // c2
  EXPECT_EQ(r.Count(Standing::kTriage, Standing::kWrong), 1);   // c3: nobody would look at it any more
  EXPECT_EQ(r.Count(Standing::kWrong, Standing::kRight), 1);    // c4
  EXPECT_EQ(r.Count(Standing::kRight, Standing::kRight), 1);    // c5
  EXPECT_EQ(r.Count(Standing::kTriage, Standing::kTriage), 1);  // c6
  EXPECT_EQ(r.Wins(), 2);
  EXPECT_EQ(r.Losses(), 2);
  ASSERT_EQ(r.losses.size(), 2U);
  EXPECT_EQ(r.losses[0].id, "c1");
  EXPECT_EQ(r.losses[1].id, "c3");
  ASSERT_EQ(r.wins.size(), 2U);
  EXPECT_EQ(r.wins[0].id, "c2");
  EXPECT_EQ(r.wins[1].id, "c4");
  ASSERT_EQ(r.others.size(), 2U);  // c5 is more urgent now, c7 has no label
  EXPECT_EQ(r.others[0].id, "c5");
}

TEST_F(ReplayTest, TheSameRuleSetChangesNothingAndStoredVerdictsOfOtherVersionsAreCounted) {
  after_ = SetOf(kBefore, 9);
  auto same = Past("c1", "树");
  RuleSet::Scratch scratch;
  same.stored = JudgementOf(before_->Classify(same.AsInput(), scratch));
  same.stored_version = 1;
  auto other = Past("c2", "灯");
  other.stored = same.stored;  // an older version said greening of it
  other.stored_version = 0;
  const Comparison r = Run({same, other});
  EXPECT_EQ(r.changed, 0);
  EXPECT_EQ(r.stored.at(1), (VersionRow{1, 0}));
  EXPECT_EQ(r.stored.at(0), (VersionRow{1, 1}));
}

TEST_F(ReplayTest, AJudgementIsTheSameWithAndWithoutReasons) {
  for (const char* text : {"树", "灯", "吵", "草", "几点", "树灯", "几点灯"}) {
    const auto c = Past("c", text);
    RuleSet::Scratch scratch;
    BareVerdict bare;
    after_->Decide(c.AsInput(), scratch, &bare);
    Judgement judged;
    Judge(bare, &judged);
    EXPECT_EQ(judged, JudgementOf(after_->Classify(c.AsInput(), scratch))) << text;
  }
}

TEST_F(ReplayTest, ALabelThatTheDraftDoesNotKnowIsNamed) {
  const Comparison r = Run({Past("c1", "树", "urban.gone")});
  EXPECT_THAT(r.unknown_labels, ElementsAre(Pair("urban.gone", 1)));
}

TEST_F(ReplayTest, TheResultIsTheSameOnAnyNumberOfThreadsAndHoweverItIsCut) {
  const std::vector<std::string> words = {"树", "灯", "吵", "草", "几点"};
  const std::vector<std::string> labels = {"", "urban.greening", "urban.noise", "", "urban.lighting", "", ""};
  std::vector<HistoryCase> cases;
  for (std::size_t i = 0; i < 700; ++i)
    cases.push_back(
        Past("c" + std::to_string(i), words[i * i % words.size()] + words[i % 3], labels[i % labels.size()]));
  const Comparison one = Run(cases);
  EXPECT_GT(one.Wins(), 0);
  EXPECT_GT(one.Losses(), 0);
  EXPECT_EQ(one.losses.size(), 10U);
  EXPECT_EQ(one, Run(cases, 2));
  EXPECT_EQ(one, Run(cases, 7, 10, 33));
  EXPECT_EQ(one, Run(cases, 3, 10, 1));
}

}  // namespace
}  // namespace minsheng::rules
