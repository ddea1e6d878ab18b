// SPDX-License-Identifier: Apache-2.0
#include "src/rules/terms.h"

#include <algorithm>

#include "src/rules/source_json.h"
#include "src/text/fold.h"
#include "src/text/redact.h"

namespace minsheng::rules {
namespace {

std::vector<std::u16string> FoldedNames(const std::vector<std::string>& names) {
  std::set<std::u16string> folded;
  for (const auto& name : names) {
    auto units = text::FoldToUnits(name);
    if (units.size() >= 2) folded.insert(std::move(units));  // one character alone cuts too much away
  }
  return {folded.begin(), folded.end()};
}

bool StringsOf(const JsonValue& file, std::string_view key, std::vector<std::u16string>* out) {
  const JsonValue* const list = file.Find(key);
  if (list == nullptr || list->kind != JsonValue::Kind::kArray) return false;
  for (const JsonValue& item : list->items) {
    if (item.kind != JsonValue::Kind::kString || item.string.empty()) return false;
    out->push_back(text::FoldToUnits(item.string));
  }
  return true;
}

bool CharactersOf(const JsonValue& file, std::string_view key, std::u16string* out) {
  const JsonValue* const value = file.Find(key);
  if (value == nullptr || value->kind != JsonValue::Kind::kString) return false;
  *out = text::FoldToUnits(value->string);
  return true;
}

}  // namespace

bool StopWords::Allows(std::u16string_view term) const {
  if (term.empty() || words.contains(term)) return false;
  if (begin.find(term.front()) != std::u16string::npos || end.find(term.back()) != std::u16string::npos) return false;
  return std::none_of(inside.begin(), inside.end(),
                      [&](const std::u16string& word) { return term.find(word) != std::u16string_view::npos; });
}

Result<StopWords> ReadStopWords(std::string_view json) {
  JsonValue file;
  JsonFault fault;
  if (!ReadJson(json, &file, &fault)) return MakeError(ErrorKind::kInvalid, fault.zh + " / " + fault.en);
  StopWords stop;
  std::vector<std::u16string> words;
  if (!StringsOf(file, "words", &words) || !StringsOf(file, "inside", &stop.inside) ||
      !CharactersOf(file, "begin", &stop.begin) || !CharactersOf(file, "end", &stop.end)) {
    return MakeError(ErrorKind::kInvalid,
                     R"(须为 {"words": [词], "inside": [词], "begin": "字", "end": "字"} / )"
                     R"(must be {"words": [term], "inside": [term], "begin": "characters", "end": "characters"})");
  }
  stop.words.insert(words.begin(), words.end());
  return stop;
}

bool IsTermUnit(char16_t u) { return (u >= 0x4E00 && u <= 0x9FFF) || (u >= 0x3400 && u <= 0x4DBF); }

TermTexts::TermTexts(const std::vector<std::string>& place_names) : names_(FoldedNames(place_names)), places_(names_) {}

std::u16string TermTexts::Of(std::string_view text) const {
  const std::u16string folded = text::FoldToUnits(text::Redact(text));
  std::u16string out = folded;
  for (char16_t& u : out) {
    if (!IsTermUnit(u)) u = 0;
  }
  places_.Scan(folded, [&](std::uint32_t name, std::uint32_t end) {
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(end - names_[name].size()),
              out.begin() + static_cast<std::ptrdiff_t>(end), char16_t{0});
  });
  return out;
}

void TermCounts::Add(std::u16string_view text, std::string_view citizen) {
  if (number_ == 0 || citizen != citizen_) {
    citizen_ = citizen;
    ++number_;
  }
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t length = 1; length <= kLongestWord && begin + length <= text.size(); ++length) {
      if (text[begin + length - 1] == 0) break;
      const auto term = text.substr(begin, length);
      auto at = seen_.find(term);
      if (at == seen_.end()) at = seen_.emplace(std::u16string(term), Seen{}).first;
      if (at->second.last == number_) continue;
      at->second.last = number_;
      ++at->second.citizens;
    }
  }
}

void TermCounts::Keep(std::uint32_t least) {
  for (const auto& [term, seen] : seen_) {
    if (seen.citizens >= least) kept_.emplace(term, seen.citizens);
  }
  seen_.clear();
}

std::uint32_t TermCounts::CitizensOf(std::u16string_view term) const {
  const auto at = kept_.find(term);
  return at == kept_.end() ? 0 : at->second;
}

}  // namespace minsheng::rules
