// SPDX-License-Identifier: Apache-2.0
#include "src/forms/letters.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/forms/finders.h"
#include "src/orders/civil.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::forms {
namespace {

constexpr std::string_view kMarks[] = {"{district}", "{number}", "{salutation}", "{body}", "{unit}", "{date}"};

std::string ChineseDate(Time t) {
  const auto text = orders::DateText(orders::ShanghaiDay(t));
  return fmt::format("{}年{}月{}日", text.substr(0, 4), std::stoi(text.substr(5, 2)), std::stoi(text.substr(8, 2)));
}

std::string SurnameOf(std::string_view words) {
  const Reading r(words);
  const auto name = NameAt(r, 0);
  if (!name || name->second != r.size()) return {};
  return std::string(r.Written(0, name->second - name->first >= 4 ? 2 : 1));
}

}  // namespace

Result<void> CheckLetterTemplate(std::string_view pattern) {
  std::string problems;
  for (const auto mark : kMarks) {
    if (pattern.find(mark) == pattern.npos)
      problems += fmt::format("{}缺少 {} / {} is missing", problems.empty() ? "" : "\n", mark, mark);
  }
  for (std::size_t at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
    const auto end = pattern.find('}', at);
    const auto mark = pattern.substr(at, end == pattern.npos ? 1 : end - at + 1);
    if (std::find(std::begin(kMarks), std::end(kMarks), mark) == std::end(kMarks)) {
      problems += fmt::format("{}不认识 {}，可用：{} / unknown {}; there are {}", problems.empty() ? "" : "\n", mark,
                              fmt::join(kMarks, " "), mark, fmt::join(kMarks, " "));
    }
  }
  if (!problems.empty()) return MakeError(ErrorKind::kInvalid, problems);
  return {};
}

Result<std::string> ComposeLetter(std::string_view pattern, const LetterParts& parts) {
  if (auto good = CheckLetterTemplate(pattern); !good) return Fail(good.error());
  const std::string values[] = {parts.district, parts.reply_number, parts.salutation,
                                parts.body,     parts.unit,         ChineseDate(parts.date)};
  std::string out;
  // In one pass: braces within the values stay what they are.
  for (std::size_t at = 0; at < pattern.size();) {
    const auto* const mark = std::find_if(std::begin(kMarks), std::end(kMarks),
                                          [&](std::string_view m) { return pattern.substr(at).starts_with(m); });
    if (mark == std::end(kMarks)) {
      out += pattern[at++];
    } else {
      out += values[mark - std::begin(kMarks)];
      at += mark->size();
    }
  }
  return out;
}

std::string SalutationFor(std::string_view letter, std::string_view from_name) {
  std::string surname;
  if (text::IsValidUtf8(letter)) {
    const Reading r(letter);
    for (const auto& [begin, end] : FindNames(r)) {
      surname = SurnameOf(r.Written(begin, end));
      if (!surname.empty()) break;
    }
  }
  if (surname.empty() && text::IsValidUtf8(from_name)) surname = SurnameOf(text::Trim(from_name));
  return surname.empty() ? "尊敬的来信人" : "尊敬的" + surname + "先生/女士";
}

std::optional<bool> ConsentFrom(std::string_view words) {
  constexpr std::size_t kMost = 30;
  if (!text::IsValidUtf8(words) || text::CountChars(words) > kMost) return std::nullopt;
  const Reading r(words);
  const auto says = [&](std::u32string_view phrase) { return r.chars().find(phrase) != std::u32string::npos; };
  if (says(U"不同意公开") || says(U"不要公开") || says(U"请勿公开") || says(U"不愿公开") || says(U"别公开"))
    return false;
  if (says(U"同意公开") || says(U"可以公开")) return true;
  return std::nullopt;
}

std::vector<std::string> FindLeaks(std::string_view text, const std::vector<std::string>& known) {
  std::vector<std::string> leaks;
  const auto add = [&](std::string kind) {
    if (std::find(leaks.begin(), leaks.end(), kind) == leaks.end()) leaks.push_back(std::move(kind));
  };
  for (const auto& p : text::FindPersonal(text)) add(std::string(text::ToWord(p.kind)));
  const Reading r(text);
  for (const auto& [begin, end] : FindNames(r)) {
    // 我叫王** was masked; 我是王某 says nobody.
    if (end - begin >= 2 && r.At(begin + 1) != U'某') add("name");
  }
  for (const auto& value : known) {
    const auto needle = Chars(value);
    if (needle.size() >= 2 && r.chars().find(needle) != std::u32string::npos) add("known-value");
  }
  return leaks;
}

}  // namespace minsheng::forms
