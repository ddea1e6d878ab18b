// SPDX-License-Identifier: Apache-2.0
// A desk over a store of its own (on both databases), with one topic, two units, and orders of invented citizens.
#pragma once
#include "src/desk/desk.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::callback {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class DeskTest : public store::StoreTest {
 protected:
  DeskTest() {
    auto compiled = rules::RuleSet::Compile(
        {{"categories.json",
          R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.lighting","name":"路灯"}]}]})"},
         {"lighting.json", R"([{"id":"l","name":"路灯","when":"路灯","topic":"urban.lighting","weight":9,
                               "examples":{"yes":["路灯不亮"],"no":["路"]}}])"}});
    auto catalogue = orders::Catalogue::Load(
        R"([{"id":"lighting","name":"路灯所","mail":"lamps@unit.example"},{"id":"town","name":"镇","mail":"town@unit.example"}])",
        R"([{"topic":"urban.lighting","lead":"lighting"}])", {"urban.lighting"});
    EXPECT_TRUE(compiled.set);
    EXPECT_TRUE(catalogue) << catalogue.error().what;
    knowledge_ = router::Knowledge{compiled.set, *catalogue};
    desk_ = std::make_unique<desk::Desk>(
        *store_, [this] { return knowledge_; }, desk::Options{}, clock_);
  }

  // An order dispatched to "lighting", of a message like this one.
  std::string Opened(Message message) {
    store::Decision d = Decide(store::Bucket::kOrder, message.source_id);
    d.message = std::move(message);
    return CommitOne(std::move(d)).order_number;
  }
  std::string Checked(Message message) {
    const auto number = Opened(std::move(message));
    Answer(number, "路灯已修好，联系人张工 13851234567。");
    return number;
  }
  void Answer(const std::string& number, const std::string& words) {
    desk::ActRequest answer;
    answer.act = orders::Act::kAnswer;
    answer.by = "unit:lighting";
    answer.public_text = words;
    Do(number, answer);
    desk::ActRequest check;
    check.act = orders::Act::kCheck;
    check.by = "li";
    Do(number, check);
  }
  orders::Order Do(const std::string& number, const desk::ActRequest& act) {
    const auto done = desk_->Do(number, act);
    EXPECT_TRUE(done) << done.error().what;
    return done ? *done : orders::Order{};
  }
  orders::Order Order(const std::string& number) { return store_->GetOrder(number).value(); }
  static int CountActs(const orders::Order& order, orders::Act act) {
    int n = 0;
    for (const auto& e : order.events) n += e.act == act ? 1 : 0;
    return n;
  }
  Message By(const std::string& channel, const std::string& source_id, const std::string& sender) {
    Message m = NewMessage(source_id, sender);
    m.channel = channel;
    if (channel == "phone") m.kind = Kind::kCall;
    if (channel == "email") m.kind = Kind::kMail;
    return m;
  }
  // Replies that wait to be sent, newest first.
  std::vector<store::OutboxRow> Replies() {
    std::vector<store::OutboxRow> out;
    auto rows = store_->ListOutbox("pending", 100).value();
    for (auto& row : rows) {
      if (row.draft.kind == "reply") out.push_back(std::move(row));
    }
    return out;
  }
  std::vector<std::string> ReplyTexts() {
    std::vector<std::string> out;
    for (const auto& row : Replies()) out.push_back(DecodeReply(row.draft.payload)->text);
    return out;
  }

  router::Knowledge knowledge_;
  std::unique_ptr<desk::Desk> desk_;
};

}  // namespace minsheng::callback
