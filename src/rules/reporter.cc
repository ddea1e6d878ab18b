// SPDX-License-Identifier: Apache-2.0
#include "src/rules/reporter.h"

#include <algorithm>
#include <tuple>

namespace minsheng::rules {

void Reporter::Error(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
                     std::string_view rule) {
  failed_ = true;
  Add(Severity::kError, spot, code, zh, en, rule);
}

void Reporter::Warn(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
                    std::string_view rule) {
  Add(Severity::kWarning, spot, code, zh, en, rule);
}

void Reporter::Note(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
                    std::string_view rule) {
  Add(Severity::kNote, spot, code, zh, en, rule);
}

void Reporter::Add(Severity severity, const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
                   std::string_view rule) {
  Problem p;
  p.severity = severity;
  p.rule = rule;
  p.code = code;
  p.zh = zh;
  p.en = en;
  if (spot.file < files_.size()) p.file = files_[spot.file].path;
  problems_.emplace_back(spot, std::move(p));
}

Spot Reporter::Inside(const Spot& spot, std::size_t offset) const {
  JsonValue value;
  value.begin = spot.begin;
  value.end = spot.end;
  const std::size_t at = PlaceInFile(files_[spot.file].content, value, offset);
  return {spot.file, at, at};
}

Problem Reporter::PlaceOf(const Spot& spot) const {
  Problem p;
  LineColumn place;
  Advance(std::string_view(files_[spot.file].content).substr(0, spot.begin), &place);
  p.file = files_[spot.file].path;
  p.line = place.line;
  p.column = place.column;
  return p;
}

std::vector<Problem> Reporter::Take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.file, a.first.file, a.first.begin) < std::tie(b.second.file, b.first.file, b.first.begin);
  });
  std::vector<Problem> out;
  std::size_t file = files_.size();
  std::size_t at = 0;
  LineColumn place;
  for (auto& [spot, problem] : problems_) {  // one walk through each file, however many problems it has
    if (spot.file != file) file = spot.file, at = 0, place = {};
    if (file < files_.size()) Advance(std::string_view(files_[file].content).substr(at, spot.begin - at), &place);
    at = spot.begin;
    problem.line = file < files_.size() ? place.line : 0;
    problem.column = file < files_.size() ? place.column : 0;
    out.push_back(std::move(problem));
  }
  problems_.clear();
  return out;
}

std::string Format(const Problem& p, std::string_view language) {
  const auto severity = static_cast<std::size_t>(p.severity);
  static constexpr std::string_view kZh[] = {"错误", "警告", "说明"};
  static constexpr std::string_view kEn[] = {"error", "warning", "note"};
  const bool zh = language == "zh";
  std::string out = p.file;
  if (p.line > 0) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  out += out.empty() ? "" : ": ";
  out += zh ? kZh[severity] : kEn[severity];
  out += "[" + p.code + "] ";
  if (!p.rule.empty()) out += p.rule + ": ";
  return out + (zh ? p.zh : p.en);
}

}  // namespace minsheng::rules
