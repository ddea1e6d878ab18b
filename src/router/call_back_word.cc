// SPDX-License-Identifier: Apache-2.0
#include "src/router/call_back_word.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/text/utf8.h"

namespace minsheng::router {
namespace {

constexpr std::size_t kMostOpinionBytes = 600;

constexpr std::pair<std::string_view, int> kOpinionWords[] = {
    {"满意", 1},         {"很满意", 1},   {"非常满意", 1}, {"十分满意", 1}, {"比较满意", 2},   {"满意了", 1},
    {"好评", 1},         {"已解决", 1},   {"解决了", 1},   {"已经解决", 1}, {"已经解决了", 1}, {"问题已解决", 1},
    {"基本满意", 2},     {"还算满意", 2}, {"一般", 2},     {"还可以", 2},   {"不满意", 3},     {"很不满意", 3},
    {"非常不满意", 3},   {"不太满意", 3}, {"差评", 3},     {"没解决", 4},   {"没有解决", 4},   {"未解决", 4},
    {"问题没有解决", 4}, {"还没解决", 4}, {"没有处理", 4}, {"没处理", 4},
};
constexpr std::string_view kNumberForms[kOpinionChoices][3] = {
    {"1", "①", "一"}, {"2", "②", "二"}, {"3", "③", "三"}, {"4", "④", "四"}};
// Between a choice and the reasons for it.
constexpr std::string_view kStops[] = {"，", ",", "。", ".", "；", ";", "！", "!", "\n", "：", ":"};

std::string_view TrimMarks(std::string_view s) {
  for (;;) {
    s = text::Trim(s);
    const auto before = s.size();
    for (const auto mark :
         {"，", ",", "。", ".", "！", "!", "~", "～", "(", ")", "（", "）", "【", "】", "\"", "“", "”"}) {
      const std::string_view m = mark;
      if (s.starts_with(m)) s.remove_prefix(m.size());
      if (s.ends_with(m)) s.remove_suffix(m.size());
    }
    if (s.size() == before) return s;
  }
}

int ChoiceOf(std::string_view words) {
  words = TrimMarks(words);
  for (const std::string_view before : {"我选", "选", "回复"}) {
    if (words.starts_with(before)) {
      words = TrimMarks(words.substr(before.size()));
      break;
    }
  }
  for (const auto& [word, choice] : kOpinionWords) {
    if (words == word) return choice;
  }
  for (int i = 0; i < kOpinionChoices; ++i) {
    for (const auto form : kNumberForms[i]) {
      if (words == form) return i + 1;
      // "1满意", "1 满意": number and words of one choice.
      if (!words.starts_with(form)) continue;
      const auto rest = TrimMarks(words.substr(form.size()));
      for (const auto& [word, choice] : kOpinionWords) {
        if (rest == word) return choice == i + 1 ? choice : 0;
      }
    }
  }
  return 0;
}

// "３" and "（" as people type them on a telephone.
std::string Narrow(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    auto c = text::NextCodePoint(text, &at);
    constexpr char32_t kWideFirst = 0xFF10;
    constexpr char32_t kWideLast = 0xFF19;
    if (c >= kWideFirst && c <= kWideLast) c = c - kWideFirst + U'0';
    text::AppendUtf8(c, &out);
  }
  return out;
}

}  // namespace

std::optional<Opinion> OpinionOfChoice(int choice) {
  switch (choice) {
    case 1:
    case 2:
      return Opinion{1, 1};
    case 3:
      return Opinion{-1, 0};
    case 4:
      return Opinion{0, -1};
    default:
      return std::nullopt;
  }
}

std::optional<Opinion> ReadOpinion(std::string_view text) {
  if (text.size() > kMostOpinionBytes) return std::nullopt;
  const auto words = Narrow(text);
  const std::string_view all = text::Trim(words);
  if (const int choice = ChoiceOf(all); choice > 0) return OpinionOfChoice(choice);
  // The reasons of somebody who is not happy. A second numbered item makes it a list of matters.
  std::size_t stop = std::string_view::npos;
  for (const auto mark : kStops) stop = std::min(stop, all.find(mark));
  if (stop == std::string_view::npos || stop == 0) return std::nullopt;
  const int choice = ChoiceOf(all.substr(0, stop));
  if (choice < 3) return std::nullopt;
  for (const auto item : {"1", "2", "①", "②"}) {
    if (all.substr(stop).find(item + std::string("、")) != std::string_view::npos ||
        all.substr(stop).find(item + std::string(".")) != std::string_view::npos)
      return std::nullopt;
  }
  return OpinionOfChoice(choice);
}

}  // namespace minsheng::router
