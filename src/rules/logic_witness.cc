// SPDX-License-Identifier: Apache-2.0
// A message that fulfils claims: what a row of the truth table looks like as a text. Where a row
// knows too little (regexes, near-conditions, lengths), the message may fail; the caller tries it.
#include <algorithm>

#include "src/rules/logic_query.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

std::string InUtf8(const std::u32string& s) {
  std::string out;
  for (const char32_t c : s) text::AppendUtf8(c, &out);
  return out;
}

}  // namespace

// One term for each operand, as near as the gaps allow.
std::string LogicQuery::NearText(const Logic::Atom& near, const std::string& apart) const {
  std::string out;
  for (std::size_t i = 0; i < near.operands.size(); ++i) {
    if (i > 0 && near.gaps[i - 1] > 0) out += apart;
    out += InUtf8(logic_.term(near.operands[i].front()));
  }
  return out;
}

Example LogicQuery::WitnessOf(std::uint32_t row) {
  const auto is_set = [&](std::size_t variable) { return (row >> variable & 1U) != 0; };
  std::u32string used;
  for (const std::uint32_t t : terms_) used += logic_.term(t);
  std::string mark = "〓";
  for (const char32_t c : {U'〓', U'※', U'☆', U'◇'}) {
    if (used.find(c) == std::u32string::npos) mark = InUtf8(std::u32string(1, c));
  }
  bool far = false;  // terms must not stand near each other by chance
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    far = far || (logic_.atom(atoms_[i]).op == Op::kNear && !is_set(AtomVar(i)));
  }
  std::string apart;
  for (int i = 0; i < (far ? kMaxGap + 1 : 1); ++i) apart += mark;
  Example e;
  const auto add = [&](const std::string& piece) { e.text += (e.text.empty() ? "" : apart) + piece; };
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (is_set(g)) add(InUtf8(logic_.term(terms_[groups_[g].members.front()])));
  }
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    const Logic::Atom& a = logic_.atom(atoms_[i]);
    if (a.op == Op::kNear && is_set(AtomVar(i))) add(NearText(a, mark));
    if (a.op == Op::kRegex && is_set(AtomVar(i)) && !a.literals.empty()) add(InUtf8(a.literals.front()));
  }
  for (const std::string field : {"channel", "line", "type", "place", "hour"}) {
    std::vector<std::size_t> atoms;
    std::uint32_t pattern = 0;
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      if (logic_.atom(atoms_[i]).field != field) continue;
      if (is_set(AtomVar(i))) pattern |= 1U << atoms.size();
      atoms.push_back(i);
    }
    const std::vector<FieldValue> values = ValuesOf(field, atoms);
    const auto value = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.pattern == pattern; });
    if (value == values.end()) continue;
    if (field == "channel") e.channel = value->word;
    if (field == "line") e.line = value->word;
    if (field == "hour") e.hour = value->number;
    if (field == "type" && value->number >= 0) e.stated_type = static_cast<RequestType>(value->number);
    if (field == "place" && !value->word.empty()) e.place_hint = logic_.sources().places.at(value->word).name;
  }
  return e;
}

}  // namespace minsheng::rules
