// SPDX-License-Identifier: Apache-2.0
#include "src/model/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace minsheng {
namespace {

constexpr std::size_t kRulesInOneLine = 3;
constexpr std::size_t kWordsPerRule = 4;

// The matched words of one reason, each once: "树、挡住".
std::string MatchedWords(const Reason& reason, std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto& span : reason.spans) {
    if (span.end > text.size() || span.begin >= span.end) continue;
    const auto word = text.substr(span.begin, span.end - span.begin);
    if (std::find(words.begin(), words.end(), word) == words.end() && words.size() < kWordsPerRule)
      words.push_back(word);
  }
  return fmt::format("{}", fmt::join(words, "、"));
}

}  // namespace

std::string OneLine(const Verdict& v, std::string_view text) {
  std::string out = "没有规则命中";
  if (!v.topic.empty()) {
    // One figure while both say the same to a person.
    const bool apart = v.confidence - v.topic_confidence >= 0.05;
    out = fmt::format("{}（把握 {:.0f}%{}）", v.topic, v.confidence * 100,
                      apart ? fmt::format("，事项 {:.0f}%", v.topic_confidence * 100) : "");
  }
  std::size_t shown = 0;
  for (const auto& reason : v.reasons) {
    if (shown == kRulesInOneLine) break;
    if (!reason.topic.empty() && reason.topic != v.topic) continue;
    const auto words = MatchedWords(reason, text);
    out += fmt::format("{}{}{}", shown == 0 ? "：" : "；", reason.name.empty() ? reason.rule : reason.name,
                       words.empty() ? "" : "“" + words + "”");
    ++shown;
  }
  if (v.unread > 0) out += fmt::format("；文字太长，最后 {} 字节没有看", v.unread);
  if (v.triage) out += v.runner_up.empty() ? "；待研判" : fmt::format("；待研判，也可能是 {}", v.runner_up);
  return out;
}

}  // namespace minsheng
