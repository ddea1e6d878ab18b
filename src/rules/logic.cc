// SPDX-License-Identifier: Apache-2.0
#include "src/rules/logic.h"

#include <algorithm>
#include <charconv>

#include "src/rules/logic_query.h"
#include "src/rules/naive.h"
#include "src/rules/regex.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

void SortUnique(std::vector<std::uint32_t>* numbers) {
  std::sort(numbers->begin(), numbers->end());
  numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
}

std::string KeyOf(const Logic::Atom& a) {
  const auto operand = [&](std::size_t i) {
    std::string out = "(";
    for (const std::uint32_t t : a.operands[i]) out += std::to_string(t) + ",";
    return out + ")";
  };
  std::string forward;
  std::string backward;
  for (std::size_t i = 0, n = a.operands.size(); i < n; ++i) {
    forward += (i > 0 ? "~" + std::to_string(a.gaps[i - 1]) : "") + operand(i);
    backward += (i > 0 ? "~" + std::to_string(a.gaps[n - 1 - i]) : "") + operand(n - 1 - i);
  }
  std::string out = std::min(forward, backward);
  for (const std::string& v : a.values) out += " " + v;
  return a.field + ":" + out + "#" + std::to_string(a.mask) + "#" + std::to_string(a.length);
}

}  // namespace

std::uint32_t Logic::TermOf(const std::string& text) {
  std::u32string folded = NaiveText(text);
  const auto [it, fresh] = term_numbers_.try_emplace(folded, static_cast<std::uint32_t>(terms_.size()));
  if (fresh) terms_.push_back(std::move(folded));
  return it->second;
}

std::vector<std::uint32_t> Logic::TermsOf(const Condition& c) {
  std::vector<std::uint32_t> terms;
  if (c.op == Op::kTerm) terms.push_back(TermOf(c.text));
  if (c.op == Op::kList) {
    if (const auto list = sources_.lists.find(c.text); list != sources_.lists.end()) {
      for (const std::string& term : list->second.terms) terms.push_back(TermOf(term));
    }
  }
  for (const Condition& child : c.children) {
    const std::vector<std::uint32_t> more = TermsOf(child);
    terms.insert(terms.end(), more.begin(), more.end());
  }
  SortUnique(&terms);
  return terms;
}

std::uint32_t Logic::AtomOf(const Condition& c) {
  Atom a;
  a.op = c.op;
  a.field = c.op == Op::kField ? c.text : "";
  if (c.op == Op::kNear) {
    for (const Condition& child : c.children) a.operands.push_back(TermsOf(child));
    a.gaps.assign(c.gaps.begin(), c.gaps.end());
  } else if (c.op == Op::kRegex) {
    a.field = "/" + FoldRegex(c.text);
  } else if (c.text == "hour") {
    a.mask = HourMask(c.values);
  } else if (c.text == "type") {
    for (const std::string& word : c.values) {
      if (const auto type = RequestTypeFromWord(word)) a.mask |= 1U << static_cast<unsigned>(*type);
    }
  } else if (c.text == "length") {
    std::from_chars(c.values[0].data(), c.values[0].data() + c.values[0].size(), a.length);
  } else {
    a.values = c.values;
    std::sort(a.values.begin(), a.values.end());
    a.values.erase(std::unique(a.values.begin(), a.values.end()), a.values.end());
  }
  const auto [it, fresh] = atom_numbers_.try_emplace(KeyOf(a), static_cast<std::uint32_t>(atoms_.size()));
  if (!fresh) return it->second;
  if (c.op == Op::kRegex) {
    RegexFault fault;
    if (const auto regex = Regex::Make(c.text, &fault)) {
      for (const std::string& literal : regex->literals()) a.literals.push_back(NaiveText(literal));
    }
  }
  atoms_.push_back(std::move(a));
  return it->second;
}

Formula Logic::Prepare(const Condition& c) {
  Formula f;
  switch (c.op) {
    case Op::kTerm:
    case Op::kList:
      f.terms = TermsOf(c);
      return f;
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
      break;
    default:
      f.kind = Formula::Kind::kAtom;
      f.atom = AtomOf(c);
      return f;
  }
  f.kind = c.op == Op::kNot ? Formula::Kind::kNot : c.op == Op::kAnd ? Formula::Kind::kAnd : Formula::Kind::kOr;
  Formula words;  // terms that are alternatives side by side
  for (const Condition& child : c.children) {
    Formula part = Prepare(child);
    if (f.kind == Formula::Kind::kOr && part.kind == Formula::Kind::kTerms) {
      words.terms.insert(words.terms.end(), part.terms.begin(), part.terms.end());
    } else {
      f.children.push_back(std::move(part));
    }
  }
  SortUnique(&words.terms);
  if (f.kind == Formula::Kind::kOr && f.children.empty()) return words;
  if (!words.terms.empty()) f.children.push_back(std::move(words));
  return f;
}

const std::vector<std::uint32_t>& Logic::Inside(std::uint32_t number) {
  Cached& cached = inside_[number];
  if (cached.known == terms_.size()) return cached.inside;
  cached.known = terms_.size();
  cached.inside.clear();
  const std::u32string& outer = terms_[number];
  for (std::size_t begin = 0; begin < outer.size(); ++begin) {
    for (std::size_t end = begin + 1; end <= outer.size(); ++end) {
      const auto found = term_numbers_.find(outer.substr(begin, end - begin));
      if (found != term_numbers_.end() && !NaiveFind(outer, found->first).empty()) {
        cached.inside.push_back(found->second);
      }
    }
  }
  SortUnique(&cached.inside);
  return cached.inside;
}

Finding Logic::CanHold(const std::vector<Claim>& claims, bool want_witness) {
  ++tables_;
  return LogicQuery(this, claims).Run(want_witness);
}

}  // namespace minsheng::rules
