// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "channels/phone/call.h"
#include "src/base/crypto.h"
#include "tests/support/fake_channel_host.h"

namespace minsheng::phone {
namespace {

namespace fs = std::filesystem;
using minsheng::testing::FakeChannelHost;
using minsheng::testing::MakeChannel;
using minsheng::testing::RecordingAcceptor;

constexpr const char* kKeys = R"(
drop_folder = "drop"
settle = "10s"
push_secret = "a-new-key-of-32-bytes-0123456789"
previous_push_secret = "an-old-key-of-32-bytes-012345678"
max_transcript_bytes = "64KiB"
)";
constexpr std::string_view kNewKey = "a-new-key-of-32-bytes-0123456789";
constexpr std::string_view kOldKey = "an-old-key-of-32-bytes-012345678";
constexpr std::string_view kCall = "坐席：您好，12345\n客户：路灯坏了三天\n";

class Phone : public ::testing::Test {
 protected:
  Phone() : folder_(MakeFolder()), host_(folder_.string()) {
    channel_ = MakeChannel("phone", kKeys, host_).value();
    fs::create_directories(Drop());
  }
  ~Phone() override { fs::remove_all(folder_); }

  static fs::path MakeFolder() {
    std::string pattern = (fs::temp_directory_path() / "minsheng-phone-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  fs::path Drop() const { return folder_ / "drop"; }
  void Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(Drop() / name, std::ios::binary) << bytes;
  }
  std::string Read(const fs::path& path) const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  bool Has(const std::string& name) const { return fs::exists(fs::symlink_status(Drop() / name)); }
  void PollOnce() { ASSERT_TRUE(channel_->Poll(acceptor_)); }
  std::vector<Inbound> Taken() const { return acceptor_.Accepted(); }

  std::string Envelope(std::string_view transcript = kCall) const {
    return nlohmann::json{{"call_id", "c-77"},  {"caller", "138 1234 5678"},
                          {"line", "旅游"},     {"started_at", "2015-08-10 22:03:00"},
                          {"operator", "8023"}, {"transcript", transcript}}
        .dump();
  }
  http::Request Signed(const std::string& body, std::string_view key = kNewKey, Millis shift = Millis{0}) const {
    const std::string timestamp = std::to_string(ToMs(host_.manual_clock.Now() + shift) / 1000);
    http::Request request;
    request.method = "POST";
    request.path = "/hook/phone/main";
    request.body = body;
    request.headers["content-type"] = "application/json";
    request.headers["x-minsheng-timestamp"] = timestamp;
    request.headers["x-minsheng-signature"] = "v1=" + crypto::Hex(crypto::HmacSha256(key, timestamp + "." + body));
    return request;
  }

  fs::path folder_;
  FakeChannelHost host_;
  std::unique_ptr<Channel> channel_;
  RecordingAcceptor acceptor_;
};

TEST_F(Phone, ASignedPushBecomesOneCallWithItsFacts) {
  const auto inbound = channel_->Receive(Signed(Envelope()));
  ASSERT_TRUE(inbound) << inbound.error().what;
  EXPECT_EQ(inbound->ack.status, 200);
  EXPECT_EQ(inbound->ack.body, R"({"ok":true})");
  EXPECT_EQ(inbound->raw, Envelope());
  ASSERT_EQ(inbound->items.size(), 1U);
  const Message& m = inbound->items[0].message;
  EXPECT_EQ(m.kind, Kind::kCall);
  EXPECT_EQ(m.text, "您好，12345\n路灯坏了三天");
  EXPECT_EQ(m.sender, "13812345678");
  EXPECT_EQ(m.contact, "13812345678");
  EXPECT_EQ(m.line, "tourism");
  EXPECT_EQ(IsoUtc(m.sent_at), "2015-08-10T14:03:00.000Z");
  EXPECT_EQ(m.Fact("call_id"), "c-77");
  EXPECT_EQ(m.Fact("thread_key"), "call:c-77");
  EXPECT_EQ(m.Fact("operator"), "8023");
  EXPECT_EQ(m.Fact("started_at"), "2015-08-10T14:03:00.000Z");
  EXPECT_EQ(m.Fact("engine"), "text");
  ASSERT_EQ(m.turns.size(), 2U);
  EXPECT_EQ(m.turns[0].role, Role::kAgent);
  EXPECT_EQ(m.turns[1].role, Role::kCitizen);
  EXPECT_EQ(m.text.substr(m.turns[1].begin, m.turns[1].end - m.turns[1].begin), "路灯坏了三天");
  EXPECT_TRUE(m.source_id.starts_with("1439215380000-c-77-")) << m.source_id;
}

TEST_F(Phone, TheSameContentIsTheSameMessageAndACorrectedOneIsANewRevisionOfTheCall) {
  const auto id = [&](const std::string& body) {
    return channel_->Receive(Signed(body))->items.at(0).message.source_id;
  };
  EXPECT_EQ(id(Envelope()), id(Envelope()));
  auto reordered = nlohmann::ordered_json::parse(Envelope());
  const auto transcript = reordered["transcript"];
  reordered.erase("transcript");
  nlohmann::ordered_json other{{"transcript", transcript}, {"format", "text"}};
  other.update(reordered);
  EXPECT_EQ(id(other.dump(2)), id(Envelope()));
  const auto corrected =
      channel_->Receive(Signed(Envelope("坐席：您好，12345\n客户：路灯坏了五天\n")))->items.at(0).message;
  EXPECT_NE(corrected.source_id, id(Envelope()));
  EXPECT_EQ(corrected.Fact("thread_key"), "call:c-77");
}

TEST_F(Phone, BothActiveKeysAreTakenAndAnythingElseIsDenied) {
  EXPECT_TRUE(channel_->Receive(Signed(Envelope(), kNewKey)));
  EXPECT_TRUE(channel_->Receive(Signed(Envelope(), kOldKey)));
  EXPECT_TRUE(channel_->Receive(Signed(Envelope(), kNewKey, Millis{-590'000})));
  EXPECT_TRUE(channel_->Receive(Signed(Envelope(), kNewKey, Millis{590'000})));
  const auto denied = [&](http::Request request) {
    const auto inbound = channel_->Receive(request);
    return !inbound && inbound.error().kind == ErrorKind::kDenied;
  };
  EXPECT_TRUE(denied(Signed(Envelope(), "some-other-key-of-32-bytes-01234")));
  EXPECT_TRUE(denied(Signed(Envelope(), kNewKey, Millis{-610'000})));
  EXPECT_TRUE(denied(Signed(Envelope(), kNewKey, Millis{610'000})));
  auto changed = Signed(Envelope());
  changed.body += " ";
  EXPECT_TRUE(denied(changed));
  auto bare = Signed(Envelope());
  bare.headers["x-minsheng-signature"] = bare.headers["x-minsheng-signature"].substr(3);
  EXPECT_TRUE(denied(bare));
  bare.headers.clear();
  EXPECT_TRUE(denied(bare));
  auto strange = Signed(Envelope());
  strange.headers["x-minsheng-timestamp"] = "-1";
  EXPECT_TRUE(denied(strange));
  auto two = Signed(Envelope());
  two.headers["x-minsheng-signature"] = "v1=00 " + two.headers["x-minsheng-signature"];
  EXPECT_TRUE(channel_->Receive(two));
}

TEST_F(Phone, AGenuinePushThatCannotBeReadIsKeptAndAcknowledged) {
  for (const std::string body :
       {"{oops", R"({"transcript":"坐席：您好"})", R"({"call_id":"x"})", R"({"call_id":"x","transcript":"???"})",
        R"({"call_id":"x","started_at":"yesterday","transcript":"坐席：您好"})"}) {
    const auto inbound = channel_->Receive(Signed(body));
    ASSERT_TRUE(inbound) << body;
    EXPECT_EQ(inbound->ack.body, R"({"ok":true})");
    ASSERT_EQ(inbound->items.size(), 1U);
    EXPECT_EQ(inbound->items[0].message.kind, Kind::kUnreadable);
    EXPECT_FALSE(inbound->items[0].message.Fact("error").empty());
    EXPECT_FALSE(inbound->items[0].message.source_id.empty());
    EXPECT_EQ(inbound->raw, body);
  }
}

TEST_F(Phone, TencentsCallbackGetsItsOwnAcknowledgement) {
  auto request = Signed(
      "code=0&requestId=1000000000003&text=%5B0%3A1.640%2C0%3A4.600%2C0%5D++%E8%B7%AF%E7%81%AF%E5%9D%8F%E4%BA%86&"
      "resultDetail=");
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  const auto inbound = channel_->Receive(request);
  ASSERT_TRUE(inbound);
  EXPECT_EQ(inbound->ack.body, R"({"code":0,"message":"success"})");
  EXPECT_EQ(inbound->items.at(0).message.text, "路灯坏了");
  EXPECT_EQ(inbound->items.at(0).message.Fact("call_id"), "1000000000003");
}

TEST_F(Phone, AWithheldNumberIsAnonymous) {
  for (const char* caller : {"", "anonymous", "未知", "-1"}) {
    const auto message = MakeCallMessage({.call_id = "a", .caller = caller}, {}, {}, {});
    EXPECT_EQ(message.sender, "anonymous");
    EXPECT_TRUE(message.anonymous);
    EXPECT_EQ(message.contact, "");
  }
  EXPECT_EQ(MakeCallMessage({.caller = "sip:+8613812345678@pbx.example"}, {}, {}, {}).sender, "+8613812345678");
}

TEST_F(Phone, ACallInWhichNobodySpeaksIsAnEventAndNoRequest) {
  const auto inbound = channel_->Parse("WEBVTT\n\n00:01.000 --> 00:02.000\n谢谢观看\n", "c-1.vtt");
  ASSERT_TRUE(inbound);
  EXPECT_EQ(inbound->items.at(0).message.kind, Kind::kEvent);
  EXPECT_EQ(inbound->items.at(0).message.Fact("event"), "empty-call");
}

TEST_F(Phone, TimesOfCallsAreReadInTheFormsThatTelephoneSystemsWrite) {
  for (const char* text :
       {"2015-08-10T22:03:00+08:00", "2015-08-10T14:03:00Z", "2015-08-10 22:03:00", "2015-08-10T14:03:00.000Z",
        "1439215380", "1439215380000", "1439215380000000", "20150810220300", "2015/08/10 22:03", "1439215380.0"}) {
    const auto time = ReadCallTime(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(ToMs(*time), 1'439'215'380'000) << text;
  }
  for (const char* text :
       {"", "yesterday", "2015-13-10 22:03:00", "2015-02-30 00:00:00", "22:03", "-5", "2015-08-10", "nan", "1e999"}) {
    EXPECT_FALSE(ReadCallTime(text)) << text;
  }
}

TEST_F(Phone, AReplyBecomesACallBackTask) {
  const auto receipt = channel_->Send(Reply{});
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(receipt->call_back_task);
}

TEST_F(Phone, AFileWithItsSidecarIsTakenAtOnceAndBothMoveToDone) {
  Write("rec1.txt", kCall);
  Write("rec1.txt.meta.json", R"({"call_id":"c-9","caller":"051265123456","line":"12345","started_at":1439215380,
                                  "operator":"80","channels":["agent","citizen"]})");
  PollOnce();
  ASSERT_EQ(Taken().size(), 1U);
  const Message m = Taken()[0].items.at(0).message;
  EXPECT_EQ(m.Fact("call_id"), "c-9");
  EXPECT_EQ(m.sender, "051265123456");
  EXPECT_EQ(m.Fact("file"), "rec1.txt");
  EXPECT_EQ(Taken()[0].raw, kCall);
  EXPECT_TRUE(Has("done/rec1.txt") && Has("done/rec1.txt.meta.json"));
  EXPECT_FALSE(Has("rec1.txt") || Has("rec1.txt.meta.json"));
}

TEST_F(Phone, AFileWithoutASidecarWaitsUntilItHasRested) {
  Write("1439215380.12.txt", kCall);
  PollOnce();
  host_.manual_clock.Advance(Millis{9'000});
  PollOnce();
  EXPECT_EQ(Taken().size(), 0U);
  Write("1439215380.12.txt", std::string(kCall) + "坐席：好的\n");  // it still grows: the rest begins anew
  PollOnce();
  host_.manual_clock.Advance(Millis{9'000});
  PollOnce();
  EXPECT_EQ(Taken().size(), 0U);
  host_.manual_clock.Advance(Millis{1'000});
  PollOnce();
  ASSERT_EQ(Taken().size(), 1U);
  const Message m = Taken()[0].items.at(0).message;
  EXPECT_EQ(m.Fact("call_id"), "1439215380.12");
  EXPECT_EQ(ToMs(m.sent_at), 1'439'215'380'000);
  EXPECT_EQ(m.sender, "anonymous");
}

TEST_F(Phone, ASidecarThatComesAfterItsFileWasTakenGivesANewRevisionOfTheCall) {
  Write("c-5.txt", kCall);
  PollOnce();
  host_.manual_clock.Advance(Millis{10'000});
  PollOnce();
  Write("c-5.meta.json", R"({"caller":"13812345678"})");
  PollOnce();
  ASSERT_EQ(Taken().size(), 2U);
  const Message first = Taken()[0].items.at(0).message;
  const Message second = Taken()[1].items.at(0).message;
  EXPECT_EQ(second.sender, "13812345678");
  EXPECT_EQ(first.Fact("thread_key"), second.Fact("thread_key"));
  EXPECT_NE(first.source_id, second.source_id);
  EXPECT_TRUE(Has("done/c-5.txt") && Has("done/c-5.meta.json"));
  PollOnce();
  EXPECT_EQ(Taken().size(), 2U);
}

TEST_F(Phone, ALateSidecarThatCannotBeReadIsParkedAloneAndTheCallStaysDone) {
  Write("c-6.txt", kCall);
  PollOnce();
  host_.manual_clock.Advance(Millis{10'000});
  PollOnce();
  Write("c-6.meta.json", "{oops");
  PollOnce();
  EXPECT_EQ(Taken().size(), 1U);
  EXPECT_TRUE(Has("done/c-6.txt") && Has("parked/c-6.meta.json") && Has("parked/c-6.meta.json.reason.txt"));
  EXPECT_FALSE(Has("c-6.meta.json"));
}

TEST_F(Phone, WhatIsUnfinishedHiddenLinkedOrAFolderIsNotTouched) {
  std::ofstream(folder_ / "secret.txt") << kCall;
  fs::create_symlink(folder_ / "secret.txt", Drop() / "link.txt");
  fs::create_directory(Drop() / "sub.txt");
  Write("a.txt.part", kCall);
  Write("b.tmp", kCall);
  Write(".hidden.txt", kCall);
  Write("alone.meta.json", "{}");
  for (int i = 0; i < 3; ++i) {
    PollOnce();
    host_.manual_clock.Advance(Millis{60'000});
  }
  EXPECT_EQ(Taken().size(), 0U);
  for (const char* name : {"link.txt", "sub.txt", "a.txt.part", "b.tmp", ".hidden.txt", "alone.meta.json"})
    EXPECT_TRUE(Has(name)) << name;
}

TEST_F(Phone, AnUnreadableFileIsHandedOverAsSuchAndParkedWithItsReason) {
  Write("bad.json", R"({"some":"json"})");
  Write("bad.meta.json", R"({"call_id":"c-1","caller":"13812345678"})");
  PollOnce();
  ASSERT_EQ(Taken().size(), 1U);
  const Message m = Taken()[0].items.at(0).message;
  EXPECT_EQ(m.kind, Kind::kUnreadable);
  EXPECT_EQ(m.Fact("call_id"), "c-1");
  EXPECT_EQ(Taken()[0].raw, R"({"some":"json"})");
  EXPECT_TRUE(Has("parked/bad.json") && Has("parked/bad.meta.json"));
  EXPECT_NE(Read(Drop() / "parked/bad.json.reason.txt").find("no known transcript format"), std::string::npos);
}

TEST_F(Phone, ABadSidecarAndATooLongFileAreParkedToo) {
  Write("a.txt", kCall);
  Write("a.meta.json", "{oops");
  Write("b.txt", std::string(70'000, 'x'));
  Write("b.meta.json", "{}");
  PollOnce();
  ASSERT_EQ(Taken().size(), 2U);
  for (const auto& inbound : Taken()) EXPECT_EQ(inbound.items.at(0).message.kind, Kind::kUnreadable);
  EXPECT_TRUE(Has("parked/a.txt") && Has("parked/b.txt"));
  EXPECT_NE(Read(Drop() / "parked/b.txt.reason.txt").find("max_transcript_bytes"), std::string::npos);
}

TEST_F(Phone, NothingMovesBeforeTheHandOverIsDurable) {
  Write("c.txt", kCall);
  Write("c.meta.json", "{}");
  acceptor_.FailNext(ErrorKind::kUnavailable);
  const auto failed = channel_->Poll(acceptor_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(Has("c.txt") && Has("c.meta.json"));
  PollOnce();
  ASSERT_EQ(Taken().size(), 1U);
  EXPECT_TRUE(Has("done/c.txt"));
}

TEST_F(Phone, AFileThatIntakeRefusesForGoodDoesNotBlockTheOthers) {
  Write("a.txt", kCall);
  Write("a.meta.json", "{}");
  Write("b.txt", kCall);
  Write("b.meta.json", "{}");
  acceptor_.FailNext(ErrorKind::kTooLarge);
  PollOnce();
  EXPECT_EQ(Taken().size(), 1U);
  EXPECT_TRUE(Has("parked/a.txt") || Has("parked/b.txt"));
  EXPECT_TRUE(Has("done/a.txt") || Has("done/b.txt"));
}

TEST_F(Phone, ASecondFileOfTheSameNameKeepsTheFirst) {
  for (const std::string_view text : {kCall, std::string_view("坐席：您好，12345\n客户：第二次\n")}) {
    Write("same.txt", text);
    Write("same.meta.json", "{}");
    PollOnce();
  }
  EXPECT_EQ(Taken().size(), 2U);
  EXPECT_EQ(Read(Drop() / "done/same.txt"), kCall);
  EXPECT_TRUE(Has("done/same.txt.1"));
}

TEST_F(Phone, AMissingFolderIsAnErrorThatNamesIt) {
  auto channel = MakeChannel("phone", "drop_folder = \"/nonexistent/drop\"\n", host_).value();
  const auto polled = channel->Poll(acceptor_);
  ASSERT_FALSE(polled);
  EXPECT_NE(polled.error().what.find("/nonexistent/drop"), std::string::npos);
}

TEST_F(Phone, AConfigurationThatTakesNothingOrHasAShortKeyIsRefused) {
  EXPECT_FALSE(MakeChannel("phone", "", host_));
  EXPECT_FALSE(MakeChannel("phone", "push_secret = \"short\"\n", host_));
  const auto pushed = MakeChannel("phone", "push_secret = \"0123456789abcdef\"\n", host_);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ((*pushed)->PollPeriod(), Millis{0});
}

TEST_F(Phone, ParseTakesATranscriptOfAnyFormOrAPushBody) {
  EXPECT_EQ(channel_->Parse(kCall, "/spool/c-3.txt")->items.at(0).message.Fact("call_id"), "c-3");
  EXPECT_EQ(channel_->Parse(Envelope(), "")->items.at(0).message.Fact("call_id"), "c-77");
  EXPECT_FALSE(channel_->Parse(kCall, "")->items.at(0).message.Fact("call_id").empty());
  const auto error = channel_->Parse("nothing of use", "x.txt");
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace minsheng::phone
