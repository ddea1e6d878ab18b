// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/transcript.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "channels/phone/turns.h"
#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

const std::string kCallFolder = std::string(MINSHENG_SOURCE_DIR) + "/tests/golden/channels/phone/call/";

std::string ReadGolden(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> CallFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kCallFolder)) {
    const std::string name = entry.path().filename();
    if (name != "turns.json") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

struct SpokenTurn {
  std::int64_t start_ms;
  std::int64_t end_ms;
  Role role;
  std::string words;
  bool operator==(const SpokenTurn&) const = default;
};

std::ostream& operator<<(std::ostream& out, const SpokenTurn& t) {
  return out << t.start_ms << "-" << t.end_ms << " " << ToWord(t.role) << " " << t.words;
}

std::vector<SpokenTurn> Spoken(const CallText& call) {
  std::vector<SpokenTurn> turns;
  for (const auto& t : call.turns)
    turns.push_back({t.start_ms, t.end_ms, t.role, call.text.substr(t.begin, t.end - t.begin)});
  return turns;
}

std::vector<SpokenTurn> Expected() {
  std::vector<SpokenTurn> turns;
  for (const auto& t : nlohmann::json::parse(ReadGolden(kCallFolder + "turns.json"))) {
    turns.push_back({t["start_ms"], t["end_ms"], *RoleFromWord(t["role"].get<std::string>()), t["text"]});
  }
  return turns;
}

class EveryForm : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryForm, OfOneCallGivesTheSameTurns) {
  const auto transcript = ReadTranscript(ReadGolden(kCallFolder + GetParam()));
  ASSERT_TRUE(transcript) << transcript.error().what;
  const auto call = MakeTurns(*transcript, {});
  auto expected = Expected();
  if (GetParam() == "plain.txt") {  // has no times
    for (auto& turn : expected) turn.start_ms = turn.end_ms = 0;
  }
  EXPECT_EQ(Spoken(call), expected);
  std::string lines;
  for (const auto& turn : expected) lines += (lines.empty() ? "" : "\n") + turn.words;
  EXPECT_EQ(call.text, lines);
}

TEST_P(EveryForm, StatesAConfidenceOnlyWhereTheRecogniserDoes) {
  const auto transcript = ReadTranscript(ReadGolden(kCallFolder + GetParam()));
  ASSERT_TRUE(transcript);
  for (const auto& turn : MakeTurns(*transcript, {}).turns) {
    if (transcript->engine == "whisper") {
      ASSERT_TRUE(turn.confidence);
      EXPECT_NEAR(*turn.confidence, std::exp(-0.25), 1e-9);
    } else {
      EXPECT_FALSE(turn.confidence);
    }
  }
}

TEST_P(EveryForm, CutAnywhereOrChangedAnywhereNeverCrashes) {
  const std::string whole = ReadGolden(kCallFolder + GetParam());
  std::mt19937 random(5);
  const auto check = [](const std::string& bytes) {
    const auto transcript = ReadTranscript(bytes);
    if (!transcript) {
      EXPECT_FALSE(transcript.error().what.empty());
      return;
    }
    const auto call = MakeTurns(*transcript, {});
    EXPECT_TRUE(text::IsValidUtf8(call.text));
    for (const auto& turn : call.turns) {
      ASSERT_LE(turn.begin, turn.end);
      ASSERT_LE(turn.end, call.text.size());
      ASSERT_LE(turn.start_ms, turn.end_ms);
    }
  };
  const std::size_t step = std::max<std::size_t>(1, whole.size() / 40);
  for (std::size_t cut = 0; cut < whole.size(); cut += step) check(whole.substr(0, cut));
  for (int round = 0; round < 60; ++round) {
    std::string bytes = whole;
    for (unsigned n = 1 + random() % 5; n > 0; --n) {
      const std::size_t at = random() % bytes.size();
      if (random() % 3 == 0) {
        bytes.erase(at, 1 + random() % 20);
      } else {
        bytes[at] = static_cast<char>(random());
      }
      if (bytes.empty()) break;
    }
    check(bytes);
  }
}

std::string TestName(const ::testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Phone, EveryForm, ::testing::ValuesIn(CallFiles()), TestName);

TEST(Transcript, TheFormatIsToldByTheContent) {
  for (const auto& [file, engine] :
       std::vector<std::pair<std::string, std::string>>{{"call.vtt", "webvtt"},
                                                        {"call-gbk-crlf.srt", "srt"},
                                                        {"whisper.json", "whisper"},
                                                        {"iflytek.json", "iflytek"},
                                                        {"iflytek-bare.json", "iflytek"},
                                                        {"tencent.json", "tencent"},
                                                        {"tencent-lines.txt", "tencent"},
                                                        {"tencent-callback.form", "tencent"},
                                                        {"aliyun.json", "aliyun"},
                                                        {"huawei.json", "huawei"},
                                                        {"volcengine.json", "volcengine"},
                                                        {"plain.txt", "text"}}) {
    EXPECT_EQ(ReadTranscript(ReadGolden(kCallFolder + file))->engine, engine) << file;
  }
}

TEST(Transcript, WhatIsNoTranscriptIsRefusedWithAReason) {
  for (const std::string bytes : {"", "  \n ", "{}", "[]", "[1,2]", "{\"a\":", "hello", "今天天气不错", "<html></html>",
                                  "{\"segments\":3}", "{\"lattice\":[{\"json_1best\":\"{oops\"}]}"}) {
    const auto transcript = ReadTranscript(bytes);
    ASSERT_FALSE(transcript) << bytes;
    EXPECT_EQ(transcript.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(ReadTranscript(std::string(200'000, '[')));
  EXPECT_FALSE(ReadTranscript(std::string(100'000, '{')));
}

TEST(Transcript, AFailedRecognitionIsAnErrorAndNoEmptyCall) {
  EXPECT_FALSE(ReadTranscript(R"({"code":"26605","descInfo":"failed"," content":{}, "content":{}})"));
  EXPECT_FALSE(
      ReadTranscript(R"({"code":"000000","content":{"orderInfo":{"status":-1},"orderResult":"{\"lattice\":[]}"}})"));
  EXPECT_FALSE(ReadTranscript(R"({"Response":{"Data":{"Status":3,"Result":"","ResultDetail":null}}})"));
  EXPECT_FALSE(ReadTranscript("code=10002&message=failed&requestId=7&resultDetail="));
}

TEST(Transcript, TimesAreReadInEveryUnitAndSpelling) {
  const auto first = [](std::string_view text) { return ReadTranscript(text)->segments.at(0); };
  EXPECT_EQ(first("WEBVTT\n\n01:02:03.004 --> 01:02:05.6\nx").start_ms, 3'723'004);
  EXPECT_EQ(first("WEBVTT\n\n01:02:03.004 --> 01:02:05.6\nx").end_ms, 3'725'600);
  EXPECT_EQ(first(R"({"segments":[{"start":"1.5","end":2,"text":"x"}]})").start_ms, 1500);
  EXPECT_EQ(first(R"({"sentences":[{"begin_time":"120","end_time":null,"text":"x"}]})").start_ms, 120);
  EXPECT_EQ(first(R"({"segments":[{"start":-5,"end":-9,"text":"x"}]})").end_ms, 0);
  EXPECT_EQ(first(R"({"segments":[{"start":1e300,"end":"nan","text":"x"}]})").start_ms, 0);
  EXPECT_EQ(first("[61:01.500,61:02.000]  x").start_ms, 3'661'500);
}

TEST(Transcript, MarkupAndEntitiesOfSubtitlesAreRead) {
  const auto t =
      ReadTranscript("WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v.loud 坐席>您<i>好</i> a &lt;b&gt; &amp;c\n第二行");
  ASSERT_TRUE(t);
  ASSERT_EQ(t->segments.size(), 1U);
  EXPECT_EQ(t->segments[0].speaker, "坐席");
  EXPECT_EQ(t->segments[0].text, "您好 a <b> &c 第二行");
}

TEST(Transcript, InterimResultsAreLeftOut) {
  const auto t = ReadTranscript(R"({"lattice":[{"json_1best":{"st":{"type":"1","rt":[{"ws":[{"cw":[{"w":"临时"}]}]}]}}},
    {"json_1best":{"st":{"type":"0","rt":[{"ws":[{"cw":[{"w":"最终"}]}]}]}}}]})");
  ASSERT_TRUE(t);
  ASSERT_EQ(t->segments.size(), 1U);
  EXPECT_EQ(t->segments[0].text, "最终");
}

}  // namespace
}  // namespace minsheng::phone
