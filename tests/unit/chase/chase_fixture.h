// SPDX-License-Identifier: Apache-2.0
// A store with orders of one unit, a small RuleSet, limits and the shipped Calendar. Monday, 10 August 2015, 18:00.
#pragma once
#include <algorithm>
#include <map>

#include "src/chase/sweep.h"
#include "tests/unit/orders/deadline_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::chase {

using orders::Act;
using orders::T;
using std::chrono::hours;
using std::chrono::minutes;

inline constexpr std::string_view kLimitsFile = R"({
  "day_ends": "midnight", "days_off_move_the_end": true,
  "working_hours": {"hours": ["08:30-12:00", "14:00-17:30"]},
  "limits": [
    {"id": "all", "name": "全部",
     "sign":    {"within": "1wd", "yellow": "2wh", "red": "due"},
     "contact": {"within": "2wd", "yellow": "1wd", "red": "due"},
     "answer":  {"within": "5wd", "yellow": "1wd", "red": "due", "extension": "5wd", "extensions": 1},
     "return":  {"within": "1wd", "yellow": "2wh", "red": "due"}},
    {"id": "storm", "name": "应急", "profile": "emergency",
     "sign":    {"within": "2wd", "yellow": "2wh", "red": "due"},
     "contact": {"within": "3wd", "yellow": "1wd", "red": "due"},
     "answer":  {"within": "10wd", "yellow": "1wd", "red": "due", "extension": "10wd", "extensions": 1},
     "return":  {"within": "2wd", "yellow": "2wh", "red": "due"}}]})";

inline orders::Timetable TableOf(std::shared_ptr<const orders::Calendar> calendar) {
  return {orders::Limits::Load(kLimitsFile, {"urban.lighting", "urban.greening"}).value(), std::move(calendar),
          orders::Profile::kNormal};
}

inline router::Knowledge KnowledgeOf(orders::Timetable table) {
  const std::vector<rules::SourceFile> files = {
      {"categories.json", R"({"categories":[{"id":"urban","name":"城市","topics":[
         {"id":"urban.greening","name":"绿化"},{"id":"urban.lighting","name":"路灯"}]}]})"},
      {"rules.json", R"([{"id":"tree","name":"树","when":"树","topic":"urban.greening","weight":9,
         "examples":{"yes":["树倒了"],"no":["路"]}}])"}};
  auto compiled = rules::RuleSet::Compile(files);
  EXPECT_TRUE(compiled.set);
  router::Knowledge knowledge;
  knowledge.rules = std::move(compiled.set);
  knowledge.catalogue =
      orders::Catalogue::Load(R"([{"id":"lighting","name":"路灯所","mail":"lamps@example.invalid"},
                                  {"id":"greening","name":"园林处","mail":"trees@example.invalid"}])",
                              R"([{"topic":"*","lead":"lighting"}])", {"urban.lighting", "urban.greening"})
          .value();
  knowledge.timetable = std::make_shared<const orders::Timetable>(std::move(table));
  return knowledge;
}

class ChaseTest : public store::StoreTest {
 protected:
  ChaseTest() : knowledge_(KnowledgeOf(TableOf(orders::Calendar::Load(orders::ShippedCalendarFiles()).value()))) {}

  desk::Desk DeskOn(store::Store& store) {
    return {store, [this] { return knowledge_; }, desk::Options{}, clock_};
  }
  // An order that `lighting` has.
  std::string Open(const std::string& source, Urgency urgency = Urgency::kNormal,
                   const std::string& text = "幸福小区门口的路灯坏了三盏") {
    auto d = Decide(store::Bucket::kOrder, source, "sender of " + source);
    d.message.text = text;
    d.verdict->urgency = urgency;
    d.verdict->type = RequestType::kComplaint;
    d.helper_units.clear();
    d.timetable = knowledge_.timetable;
    return CommitOne(std::move(d)).order_number;
  }
  orders::Order Get(const std::string& number) { return store_->GetOrder(number).value(); }
  orders::Order Do(const std::string& number, Act act, const std::string& by,
                   const std::function<void(desk::ActRequest*)>& with = {}) {
    auto desk = DeskOn(*store_);
    desk::ActRequest want;
    want.act = act;
    want.by = by;
    if (with) with(&want);
    const auto done = desk.Do(number, want);
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : orders::Order{};
  }
  orders::Order Answer(const std::string& number, const std::string& text) {
    return Do(number, Act::kAnswer, "unit:lighting", [&](desk::ActRequest* want) { want->public_text = text; });
  }
  // Rounds until one has nothing to do.
  void SweepAll(const Options& options = {}) {
    auto desk = DeskOn(*store_);
    Sweep sweep(desk, options);
    for (int i = 0; i < 1000; ++i) {
      const auto round = sweep.Step(clock_.Now());
      ASSERT_TRUE(round) << round.error().what;
      if (round->looked == 0) return;
    }
    FAIL() << "the sweep does not come to rest";
  }
  void MoveTo(std::string_view time) { clock_.Advance(T(time) - clock_.Now()); }
  // "warn yellow", "remind 5d": how often each was done.
  static std::map<std::string, int> Steps(const orders::Order& order) {
    std::map<std::string, int> out;
    for (const auto& event : order.events) {
      for (const auto* key : {"step", "cause", "flag"}) {
        const auto at = event.data.find("\"" + std::string(key) + "\":\"");
        if (at == std::string::npos || event.act == Act::kNote) continue;
        const auto begin = at + std::string(key).size() + 4;
        ++out[std::string(ToWord(event.act)) + " " + event.data.substr(begin, event.data.find('"', begin) - begin)];
      }
    }
    return out;
  }
  // What waits for a unit, of this type.
  std::vector<store::OutboxRow> Notices(const std::string& type) {
    auto rows = store_->ListOutbox("pending", 1000).value();
    std::erase_if(rows, [&](const store::OutboxRow& row) { return row.draft.payload.find(type) == std::string::npos; });
    return rows;
  }

  router::Knowledge knowledge_;
};

}  // namespace minsheng::chase
