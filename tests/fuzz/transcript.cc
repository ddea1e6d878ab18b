// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/transcript.h"

#include "channels/phone/call.h"
#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

void CheckTurns(const phone::Transcript& transcript) {
  const Message m = phone::MakeCallMessage({}, transcript, {}, FromMs(1'442'620'800'000));
  Require(text::IsValidUtf8(m.text), "the text of a call is valid UTF-8");
  std::uint32_t before = 0;
  for (const Turn& turn : m.turns) {
    Require(turn.begin >= before && turn.begin <= turn.end && turn.end <= m.text.size(),
            "turns follow each other inside the text");
    before = turn.end;
  }
}

}  // namespace

void Transcript(std::string_view input) {
  for (const std::string_view format : {"", "iflytek", "tencent", "aliyun", "huawei", "volcengine", "whisper"}) {
    const auto transcript = phone::ReadTranscript(input, format);
    if (!transcript) {
      Require(!transcript.error().what.empty(), "an error says what is wrong");
      continue;
    }
    Require(transcript->segments.size() <= phone::kMaxSegments, "the number of segments is bounded");
    for (const auto& s : transcript->segments) {
      Require(!s.text.empty() && text::IsValidUtf8(s.text), "a segment has words in valid UTF-8");
      Require(s.text.find('\n') == std::string::npos, "a segment is one line");
      Require(!s.confidence || (*s.confidence >= 0 && *s.confidence <= 1), "a confidence is from 0 to 1");
    }
    CheckTurns(*transcript);
  }
  (void)phone::ReadCallMeta(input);
  if (const auto push = phone::ReadPush(input)) (void)phone::ReadTranscript(push->transcript, push->format);
}

}  // namespace minsheng::fuzz
