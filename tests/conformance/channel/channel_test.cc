// SPDX-License-Identifier: Apache-2.0
// What every kind of channel promises (channels/channel.h, channels/README.md), tried on all that are registered.
// A channel brings tests/golden/channels/<name>/conformance.json:
//   keys      lines of its configuration section; literal secrets are allowed
//   samples   [{name, bytes, text, change}]: input of Parse, words that its text holds, and [from, to], a change of
//             the citizen's words after which it must be another message
//   unknown   [{name, bytes}]: genuine input of kinds that nobody knows yet (optional)
//   forged    [{method, query, headers, body}]: calls with a bad signature; needed if the channel takes calls
//   send      {to, facts, answers: [{url, body}], outcome: sent | call-back | unavailable,
//             text_url, text: {form, json}}: how the fake platform answers, and where a call carries its text
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "src/text/utf8.h"
#include "tests/support/fake_channel_host.h"

namespace minsheng {
namespace {

using nlohmann::json;
using testing::FakeChannelHost;

std::string ConformancePath(const std::string& name) {
  return std::string(MINSHENG_SOURCE_DIR) + "/tests/golden/channels/" + name + "/conformance.json";
}

class EveryChannel : public ::testing::TestWithParam<std::string> {
 protected:
  EveryChannel() : folder_(MakeFolder()), host_(folder_, "https://hotline.example") {}
  ~EveryChannel() override { std::filesystem::remove_all(folder_); }

  static std::string MakeFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "minsheng-channel-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  void SetUp() override {
    std::ifstream in(ConformancePath(GetParam()));
    ASSERT_TRUE(in) << "channel " << GetParam() << " has no samples; write " << ConformancePath(GetParam());
    golden_ = json::parse(in, nullptr, false);
    ASSERT_TRUE(golden_.is_object()) << ConformancePath(GetParam()) << " is not JSON";
    for (const auto& line : golden_["keys"]) keys_ += line.get<std::string>() + "\n";
    channel_ = Make(host_);
    ASSERT_NE(channel_, nullptr);
    ASSERT_FALSE(golden_["samples"].empty());
  }

  std::unique_ptr<Channel> Make(ChannelHost& host) const {
    auto made = testing::MakeChannel(GetParam(), keys_, host);
    EXPECT_TRUE(made) << made.error().what;
    return made ? *std::move(made) : nullptr;
  }

  Result<Inbound> Parse(const json& sample) {
    return channel_->Parse(sample["bytes"].get<std::string>(), Name(sample));
  }
  static std::string Name(const json& sample) { return sample["name"].get<std::string>(); }

  static http::Request CallOf(const json& call) {
    http::Request request;
    request.method = call.value("method", "POST");
    request.path = "/hook/test/main";
    request.body = call.value("body", "");
    const json query = call.value("query", json::object());
    for (const auto& [key, value] : query.items()) request.query.emplace_back(key, value);
    const json headers = call.value("headers", json::object());
    for (const auto& [key, value] : headers.items()) request.headers[key] = value;
    return request;
  }
  bool TakesCalls() {
    const auto answer = channel_->Receive(CallOf(json::object()));
    return answer || answer.error().kind != ErrorKind::kNotFound;
  }

  // What may not depend on luck: the identity, and all that rules and people see.
  static void ExpectSound(const Inbound& inbound) {
    for (const auto& item : inbound.items) {
      const Message& m = item.message;
      EXPECT_FALSE(m.source_id.empty());
      EXPECT_TRUE(text::IsValidUtf8(m.source_id) && m.source_id.size() <= 512) << m.source_id.size();
      for (const auto* value : {&m.text, &m.sender, &m.contact, &m.line, &m.place_hint})
        EXPECT_TRUE(text::IsValidUtf8(*value));
      for (const auto& [key, value] : m.facts) EXPECT_TRUE(text::IsValidUtf8(key) && text::IsValidUtf8(value)) << key;
      for (const auto& a : m.attachments) EXPECT_TRUE(text::IsValidUtf8(a.name));
      for (const auto& turn : m.turns) EXPECT_TRUE(turn.begin <= turn.end && turn.end <= m.text.size());
      for (const auto& payload : item.payloads) EXPECT_LT(payload.attachment, m.attachments.size());
    }
  }
  void ExpectNoHarm(std::string_view bytes, std::string_view name) {
    const auto inbound = channel_->Parse(bytes, name);
    if (inbound) {
      ExpectSound(*inbound);
    } else {
      EXPECT_FALSE(inbound.error().what.empty());
      EXPECT_TRUE(inbound.error().kind == ErrorKind::kInvalid || inbound.error().kind == ErrorKind::kTooLarge)
          << Label(inbound.error().kind) << " for bytes that are simply wrong";
    }
  }

  std::string folder_;
  FakeChannelHost host_;
  std::string keys_;
  json golden_;
  std::unique_ptr<Channel> channel_;
};

TEST_P(EveryChannel, SaysWhatItIs) {
  const ChannelType* type = FindChannelType(GetParam());
  ASSERT_NE(type, nullptr);
  EXPECT_FALSE(type->summary.empty());
  EXPECT_EQ(type->summary.find('\n'), std::string_view::npos);
  EXPECT_FALSE(type->chinese.empty());
  EXPECT_TRUE(text::IsValidUtf8(type->chinese));
  for (const char c : type->name) EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '-') << type->name;
}

TEST_P(EveryChannel, RefusesAnUnknownKeyOfItsConfiguration) {
  const auto made = testing::MakeChannel(GetParam(), keys_ + "no_such_key_at_all = 1\n", host_);
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().what.find("no_such_key_at_all"), std::string::npos);
}

TEST_P(EveryChannel, MakingItTouchesNothing) {
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_TRUE(host_.client.Calls().empty());
  EXPECT_TRUE(host_.memory.Values().empty());
}

TEST_P(EveryChannel, ReadsItsSamples) {
  for (const auto& sample : golden_["samples"]) {
    const auto inbound = Parse(sample);
    ASSERT_TRUE(inbound) << Name(sample) << ": " << inbound.error().what;
    ASSERT_FALSE(inbound->items.empty()) << Name(sample);
    ExpectSound(*inbound);
    EXPECT_EQ(inbound->raw, sample["bytes"].get<std::string>()) << "the raw bytes must be kept";
    const Message& m = inbound->items[0].message;
    EXPECT_FALSE(m.sender.empty());
    EXPECT_FALSE(m.line.empty());
    EXPECT_NE(m.text.find(sample["text"].get<std::string>()), std::string::npos) << m.text;
    EXPECT_GT(ToMs(m.sent_at), 0);
  }
}

TEST_P(EveryChannel, TheSameBytesAreTheSameMessageAlsoAfterARestartAndOtherWordsAreAnother) {
  std::map<std::string, std::string> ids;
  for (const auto& sample : golden_["samples"]) {
    const auto first = Parse(sample);
    ASSERT_TRUE(first);
    host_.manual_clock.Advance(Millis{3'600'000});
    FakeChannelHost other_host(folder_);
    const auto again = Make(other_host)->Parse(sample["bytes"].get<std::string>(), Name(sample));
    ASSERT_TRUE(again);
    ASSERT_EQ(first->items.size(), again->items.size());
    for (std::size_t i = 0; i < first->items.size(); ++i) {
      const std::string id = first->items[i].message.source_id;
      EXPECT_EQ(id, again->items[i].message.source_id);
      EXPECT_TRUE(ids.emplace(id, Name(sample)).second) << "two messages share " << id;
    }
    if (!sample.contains("change")) continue;
    std::string bytes = sample["bytes"];
    const std::string from = sample["change"][0];
    ASSERT_NE(bytes.find(from), std::string::npos);
    bytes.replace(bytes.find(from), from.size(), sample["change"][1].get<std::string>());
    const auto changed = channel_->Parse(bytes, Name(sample));
    ASSERT_TRUE(changed);
    EXPECT_NE(changed->items.at(0).message.source_id, first->items.at(0).message.source_id);
  }
}

TEST_P(EveryChannel, KeepsWhatItDoesNotKnow) {
  const json unknown = golden_.value("unknown", json::array());
  for (const auto& sample : unknown) {
    const auto inbound = Parse(sample);
    ASSERT_TRUE(inbound) << Name(sample) << ": " << inbound.error().what;
    ASSERT_EQ(inbound->items.size(), 1U);
    ExpectSound(*inbound);
    EXPECT_EQ(inbound->items[0].message.kind, Kind::kUnsupported) << Name(sample);
    EXPECT_EQ(inbound->raw, sample["bytes"].get<std::string>());
  }
}

TEST_P(EveryChannel, SurvivesNothingNoiseAndDepth) {
  std::mt19937 random(12345);
  std::string noise(1 << 20, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  ExpectNoHarm("", "");
  ExpectNoHarm(noise, "noise.bin");
  ExpectNoHarm(std::string(1000, '\0'), "zeros");
  for (const std::string piece : {"[", "{\"a\":", "<a>", "(", "--b\r\n", "<!DOCTYPE x [<!ENTITY a \"&b;\">"}) {
    std::string deep;
    while (deep.size() < 400'000) deep += piece;
    ExpectNoHarm(deep, "deep");
    ExpectNoHarm("<xml>" + deep, "deep.xml");
  }
  for (int round = 0; round < 200; ++round) ExpectNoHarm(noise.substr(random() % 100'000, random() % 300), "x");
}

TEST_P(EveryChannel, SurvivesEveryPrefixAndManyChangesOfItsSamples) {
  std::mt19937 random(54321);
  for (const auto& sample : golden_["samples"]) {
    const std::string whole = sample["bytes"];
    for (std::size_t n = 0; n < whole.size(); ++n) ExpectNoHarm(std::string_view(whole).substr(0, n), Name(sample));
    for (int round = 0; round < 500; ++round) {
      std::string bytes = whole;
      for (unsigned n = 1 + random() % 4; n > 0 && !bytes.empty(); --n) {
        const std::size_t at = random() % bytes.size();
        if (random() % 4 == 0) {
          bytes.erase(at, 1 + random() % 10);
        } else {
          bytes[at] = static_cast<char>(random());
        }
      }
      ExpectNoHarm(bytes, Name(sample));
    }
  }
}

TEST_P(EveryChannel, DeniesCallsThatAreNotSigned) {
  if (!TakesCalls()) {
    EXPECT_FALSE(golden_.contains("forged"));
    return;
  }
  ASSERT_FALSE(golden_["forged"].empty()) << "a channel that takes calls must show how it refuses forged ones";
  for (const auto& call : golden_["forged"]) {
    const auto answer = channel_->Receive(CallOf(call));
    ASSERT_FALSE(answer) << call.dump();
    EXPECT_EQ(answer.error().kind, ErrorKind::kDenied) << call.dump() << answer.error().what;
  }
  EXPECT_TRUE(host_.client.Calls().empty());
}

TEST_P(EveryChannel, AnyCallWithoutASignatureIsAnErrorAndNoMessage) {
  if (!TakesCalls()) return;
  std::mt19937 random(777);
  for (const char* method : {"GET", "POST", "PUT", ""}) {
    for (int round = 0; round < 50; ++round) {
      http::Request request = CallOf(golden_["forged"][0]);
      request.method = method;
      request.body.resize(random() % 400);
      for (char& c : request.body) c = static_cast<char>(random());
      if (round % 2 == 0) request.query.clear();
      if (round % 3 == 0) request.headers.clear();
      const auto answer = channel_->Receive(request);
      ASSERT_FALSE(answer);
      EXPECT_LT(HttpStatus(answer.error().kind), 500) << answer.error().what;
    }
  }
}

TEST_P(EveryChannel, SaysHowOftenItIsPolled) {
  EXPECT_GE(channel_->PollPeriod().count(), 0);
  const auto limits = channel_->Limits();
  EXPECT_GE(limits.reply_window.count(), 0);
  EXPECT_GE(limits.replies_per_window, 0);
}

class EveryChannelSends : public EveryChannel {
 protected:
  void SetUp() override {
    EveryChannel::SetUp();
    if (HasFatalFailure()) return;
    send_ = golden_["send"];
    ASSERT_TRUE(send_.is_object());
    reply_.id = "01K00000000000000000000001";
    reply_.request_id = "01K00000000000000000000002";
    reply_.channel = GetParam();
    reply_.account = "main";
    reply_.to = send_["to"];
    reply_.automatic = false;
    reply_.text = "您反映的路灯已经修好，感谢来信。";
    for (const auto& [key, value] : send_["facts"].items()) reply_.facts[key] = value.get<std::string>();
    host_.client.Always([this](const http::Call& call) { return Answer(call); });
  }

  Result<http::Response> Answer(const http::Call& call) const {
    for (const auto& answer : send_["answers"]) {
      if (call.url.find(answer["url"].get<std::string>()) != std::string::npos) {
        return http::Response{.status = 200, .body = answer["body"], .content_type = "application/json", .headers = {}};
      }
    }
    ADD_FAILURE() << "a call that the samples do not know: " << call.url;
    return MakeError(ErrorKind::kUnavailable, "unknown");
  }

  bool CarriesText(const http::Call& call) const {
    return send_.contains("text_url") && call.url.find(send_["text_url"].get<std::string>()) != std::string::npos;
  }
  std::string TextOf(const http::Call& call) const {
    std::string body = call.body;
    if (send_["text"].contains("form")) {
      for (const auto& [key, value] : http::ParseQuery(call.body)) {
        if (key == send_["text"]["form"].get<std::string>()) body = value;
      }
      if (body.starts_with("%")) body = http::PercentDecode(body, false).value_or("");
    }
    const auto parsed = json::parse(body, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << body;
    return parsed.is_discarded() ? "" : parsed.at(json::json_pointer(send_["text"]["json"].get<std::string>()));
  }
  std::vector<std::string> SentTexts() const {
    std::vector<std::string> texts;
    for (const auto& call : host_.client.Calls()) {
      if (CarriesText(call)) texts.push_back(TextOf(call));
    }
    return texts;
  }

  json send_;
  Reply reply_;
};

TEST_P(EveryChannelSends, AReplyAndSaysWhatBecameOfIt) {
  const std::string outcome = send_["outcome"];
  const auto receipt = channel_->Send(reply_);
  if (outcome == "unavailable") {
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind, ErrorKind::kUnavailable) << receipt.error().what;
    return;
  }
  ASSERT_TRUE(receipt) << receipt.error().what;
  EXPECT_EQ(receipt->call_back_task, outcome == "call-back");
  if (outcome == "call-back") {
    EXPECT_TRUE(host_.client.Calls().empty());
    return;
  }
  ASSERT_EQ(outcome, "sent");
  ASSERT_EQ(SentTexts().size(), 1U);
  EXPECT_NE(SentTexts()[0].find("路灯已经修好"), std::string::npos);
}

TEST_P(EveryChannelSends, ALongReplyWithinThePlatformsLimits) {
  if (send_["outcome"] != "sent") return;
  const auto limits = channel_->Limits();
  ASSERT_GT(limits.max_text_bytes, 0U);
  reply_.text.clear();
  int sentences = 0;
  while (reply_.text.size() < limits.max_text_bytes * 5 / 2) {
    reply_.text += "第" + std::to_string(++sentences) + "项已经办理👨‍👩‍👧。";
  }
  const auto receipt = channel_->Send(reply_);
  ASSERT_TRUE(receipt) << receipt.error().what;
  std::string all;
  for (const auto& text : SentTexts()) {
    EXPECT_LE(text.size(), limits.max_text_bytes);
    EXPECT_TRUE(text::IsValidUtf8(text));
    all += text;
  }
  if (limits.replies_per_window > 0) {
    EXPECT_LE(SentTexts().size(), static_cast<std::size_t>(limits.replies_per_window));
  }
  std::size_t at = 0;
  for (int n = 1; n <= sentences && at != std::string::npos; ++n) at = all.find("第" + std::to_string(n) + "项", at);
  EXPECT_NE(at, std::string::npos) << "a sentence is missing or out of order";
}

TEST_P(EveryChannelSends, AFailureWithoutConnectionIsUnavailableAndAnAnswerThatNeverCameIsUnknown) {
  if (send_["outcome"] != "sent") return;
  host_.client.Always(
      [](const http::Call&) -> Result<http::Response> { return MakeError(ErrorKind::kUnavailable, "down"); });
  const auto down = channel_->Send(reply_);
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().kind, ErrorKind::kUnavailable) << down.error().what;
  host_.client.Always([this](const http::Call& call) -> Result<http::Response> {
    if (CarriesText(call)) return MakeError(ErrorKind::kUnknown, "no answer");
    return Answer(call);
  });
  host_.manual_clock.Advance(Millis{60'000});
  const auto silent = channel_->Send(reply_);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().kind, ErrorKind::kUnknown) << silent.error().what;
}

TEST_P(EveryChannelSends, NothingToNobodyWithoutHarm) {
  if (send_["outcome"] == "call-back") return;
  for (const auto& [to, text] : std::vector<std::pair<std::string, std::string>>{
           {"", "x"}, {reply_.to, ""}, {reply_.to, "  \n "}, {"a\r\nB: c", "x"}}) {
    Reply reply = reply_;
    reply.to = to;
    reply.text = text;
    const auto receipt = channel_->Send(reply);
    if (to.empty() || text != "x") {
      EXPECT_FALSE(receipt) << "to '" << to << "', text '" << text << "'";
    }
  }
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const auto& type : AllChannelTypes()) names.emplace_back(type.name);
  return names;
}

std::string NameOfCase(const ::testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Conformance, EveryChannel, ::testing::ValuesIn(AllNames()), NameOfCase);
INSTANTIATE_TEST_SUITE_P(Conformance, EveryChannelSends, ::testing::ValuesIn(AllNames()), NameOfCase);

TEST(Channels, ThatTheHotlineNeedsAreRegistered) {
  for (const char* name : {"phone", "wechat", "weibo", "email"}) EXPECT_NE(FindChannelType(name), nullptr) << name;
}

}  // namespace
}  // namespace minsheng
