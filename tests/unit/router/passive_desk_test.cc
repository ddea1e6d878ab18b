// SPDX-License-Identifier: Apache-2.0
#include "src/router/passive_desk.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

namespace minsheng::router {
namespace {

using store::Bucket;

// Keeps the one answer; it counts as written.
class KeepingSink final : public http::Responder::Sink {
 public:
  explicit KeepingSink(std::promise<std::string> body) : body_(std::move(body)) {}
  void Send(http::Response response, std::function<void(bool)> done) override {
    if (done) done(true);
    body_.set_value(response.body);
  }

 private:
  std::promise<std::string> body_;
};

class PassiveDeskTest : public ::testing::Test {
 protected:
  PassiveDeskTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "minsheng-desk-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    store_ = std::move(store::Store::Open("sqlite:" + (folder_ / "minsheng.db").string(), SystemClock()).value());
    desk_ = std::make_unique<PassiveDesk>(*store_, SystemClock());
  }
  ~PassiveDeskTest() override {
    desk_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::future<std::string> Hold(const std::string& message_id) {
    std::promise<std::string> promise;
    auto body = promise.get_future();
    PassiveDesk::Call call{http::Responder(std::make_unique<KeepingSink>(std::move(promise))), {200, "success"}, {}};
    call.passive = [](const Reply& reply) -> std::optional<http::Response> {
      if (reply.text == "too long") return std::nullopt;
      return http::Response{200, "<" + reply.text + ">"};
    };
    desk_->Hold(message_id, std::move(call));
    return body;
  }

  // words "" = nothing to say.
  static store::Decision Answered(const std::string& id, const std::string& words) {
    store::Decision d;
    d.message.id = id;
    d.message.channel = "wechat";
    d.message.account = "main";
    d.message.source_id = "source-" + id;
    d.message.sender = "sender-" + id;
    d.message.received_at = SystemClock().Now();
    d.plan = Bucket::kTriage;
    d.outbox = [words, received = d.message.received_at](Bucket, const std::string&, const std::string&) {
      std::vector<store::OutboxDraft> drafts;
      if (words.empty()) return drafts;
      Reply reply;
      reply.text = words;
      drafts.push_back({"reply", "wechat", "main", "someone", Encode(reply), received, received + Millis{3'000}});
      return drafts;
    };
    return d;
  }

  std::string StateOf(const std::string& message_id) {
    return std::string(store::ToWord(store_->RepliesOf({message_id}).value().at(0).at(0).state));
  }

  std::filesystem::path folder_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<PassiveDesk> desk_;
};

TEST_F(PassiveDeskTest, CallsThatAreDueTogetherEachGetTheirOwnReplyAndTheRestTheAcknowledgement) {
  const std::vector<std::pair<std::string, std::string>> words = {
      {"m1", "已受理"}, {"m2", ""}, {"m3", "too long"}, {"m4", "正在核实"}};
  std::vector<std::future<std::string>> bodies;
  std::vector<store::Decision> decisions;
  for (const auto& [id, text] : words) {
    bodies.push_back(Hold(id));
    desk_->Durable(id);
    decisions.push_back(Answered(id, text));
  }
  desk_->Committed(store_->Commit(decisions).value());
  EXPECT_EQ(bodies[0].get(), "<已受理>");
  EXPECT_EQ(bodies[1].get(), "success");
  EXPECT_EQ(bodies[2].get(), "success");
  EXPECT_EQ(bodies[3].get(), "<正在核实>");
  desk_.reset();  // what was written is recorded at the latest now
  EXPECT_EQ(StateOf("m1"), "sent");
  EXPECT_EQ(StateOf("m3"), "pending") << "the dispatcher sends what does not fit";
  EXPECT_EQ(StateOf("m4"), "sent");
}

TEST_F(PassiveDeskTest, APlatformsRepeatGetsTheSameBodyAndNothingIsSentTwice) {
  auto first = Hold("m1");
  desk_->Durable("m1");
  desk_->Committed(store_->Commit({Answered("m1", "已受理")}).value());
  EXPECT_EQ(first.get(), "<已受理>");
  auto repeat = Hold("m1-again");
  desk_->MoveTo("m1-again", "m1");
  EXPECT_EQ(repeat.get(), "<已受理>");
  EXPECT_EQ(store_->RepliesOf({"m1"}).value().at(0).size(), 1U);
  EXPECT_EQ(store_->RepliesOf({"m1"}).value().at(0).at(0).attempts, 1);
}

TEST_F(PassiveDeskTest, ACallThatIsOpenWhenTheDeskStopsIsToldToTryAgainUnlessItsMessageIsDurable) {
  auto durable = Hold("m1");
  auto open = Hold("m2");
  desk_->Durable("m1");
  desk_.reset();
  EXPECT_EQ(durable.get(), "success");
  EXPECT_NE(open.get(), "success");
}

}  // namespace
}  // namespace minsheng::router
