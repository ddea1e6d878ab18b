// SPDX-License-Identifier: Apache-2.0
// What is wrong with one condition: it never or always holds, a part of it does nothing.
#include <fmt/format.h>

#include <algorithm>

#include "src/rules/checks.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxCompared = 40;  // parts of one "or" or "and"

bool IsOneOfWords(const Condition& c) {
  return c.op == Op::kTerm || c.op == Op::kList ||
         (c.op == Op::kOr && std::all_of(c.children.begin(), c.children.end(), IsOneOfWords));
}

class ConditionChecker {
 public:
  ConditionChecker(RuleSource* rule, Logic* logic, bool advise, Reporter* reporter)
      : rule_(*rule), logic_(*logic), advise_(advise), reporter_(*reporter) {}

  RuleLogic Run() {
    RuleLogic result;
    result.formula = logic_.Prepare(rule_.condition);
    result.can = logic_.CanHold({{&result.formula, true}}, advise_);
    if (result.can.answer == Answer::kNo) {
      NeverTrue();
    } else if (logic_.CanHold({{&result.formula, false}}).answer == Answer::kNo) {
      rule_.good = false;
      Report(Severity::kError, rule_.condition, "always-true", "条件对每条消息都成立，等于没有条件；请加上要出现的词",
             "the condition holds for every message; add a term that must be there");
    } else if (advise_) {
      Parts(rule_.condition);
    }
    return result;
  }

 private:
  std::string Source(const Condition& c) const { return rule_.when.substr(c.begin, c.end - c.begin); }

  void Report(Severity severity, const Condition& at, std::string_view code, std::string_view zh, std::string_view en) {
    const Spot spot = reporter_.Inside(rule_.when_spot, at.begin);
    if (severity == Severity::kError) reporter_.Error(spot, code, zh, en, rule_.id);
    if (severity == Severity::kWarning) reporter_.Warn(spot, code, zh, en, rule_.id);
    if (severity == Severity::kNote) reporter_.Note(spot, code, zh, en, rule_.id);
  }

  // Names the first two parts that exclude each other, or the whole.
  void NeverTrue() {
    rule_.good = false;
    const Condition& c = rule_.condition;
    for (std::size_t i = 0; c.op == Op::kAnd && i < std::min(c.children.size(), kMaxCompared); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Formula a = logic_.Prepare(c.children[j]);
        const Formula b = logic_.Prepare(c.children[i]);
        if (logic_.CanHold({{&a, true}, {&b, true}}).answer != Answer::kNo) continue;
        Report(Severity::kError, c.children[i], "never-true",
               fmt::format("条件永远不会成立：“{}”与“{}”不能同时成立", Source(c.children[j]), Source(c.children[i])),
               fmt::format("the condition can never hold: '{}' and '{}' exclude each other", Source(c.children[j]),
                           Source(c.children[i])));
        return;
      }
    }
    Report(Severity::kError, c, "never-true", "条件永远不会成立，请删去互相排斥的部分",
           "the condition can never hold; remove the parts that exclude each other");
  }

  void Parts(const Condition& c) {
    if (c.op == Op::kNear) return NearParts(c);
    if (c.op == Op::kAnd || c.op == Op::kOr) Redundant(c);
    if (c.op == Op::kAnd) Distances(c);
    for (const Condition& child : c.children) Parts(child);
  }

  // Parts that may be removed without a change: alternatives that the others cover, conditions that
  // the others imply. One after the other, so that of two equal parts one stays.
  void Redundant(const Condition& c) {
    if (c.children.size() > kMaxCompared && !IsOneOfWords(c)) return;
    std::vector<Formula> parts;
    for (const Condition& child : c.children) parts.push_back(logic_.Prepare(child));
    std::vector<bool> removed(parts.size(), false);
    const bool any = c.op == Op::kOr;
    for (std::size_t k = parts.size(); k-- > 0;) {
      if (any && parts[k].kind == Formula::Kind::kTerms && CoveredByWords(c, parts, removed, k)) {
        removed[k] = true;
        continue;
      }
      if (IsOneOfWords(c)) continue;
      std::vector<Claim> claims = {{&parts[k], any}};
      if (any && logic_.CanHold(claims).answer == Answer::kNo) {
        removed[k] = true;
        Report(Severity::kWarning, c.children[k], "dead-part",
               fmt::format("“{}”永远不会成立，可以删去", Source(c.children[k])),
               fmt::format("'{}' can never hold and may be removed", Source(c.children[k])));
        continue;
      }
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i != k && !removed[i]) claims.push_back({&parts[i], !any});
      }
      if (logic_.CanHold(claims).answer != Answer::kNo) continue;
      removed[k] = true;
      const std::string part = Source(c.children[k]);
      Report(Severity::kWarning, c.children[k], "redundant",
             any ? fmt::format("“{}”多余：它能命中的，旁边的部分都能命中", part)
                 : fmt::format("“{}”多余：旁边的部分成立时它总成立", part),
             any ? fmt::format("'{}' is redundant: the alternatives beside it match all that it matches", part)
                 : fmt::format("'{}' is redundant: it always holds when the parts beside it do", part));
    }
  }

  // Whether each of the terms contains a term of another alternative; reports it.
  bool CoveredByWords(const Condition& c, const std::vector<Formula>& parts, const std::vector<bool>& removed,
                      std::size_t k) {
    std::string by;
    for (const std::uint32_t term : parts[k].terms) {
      const std::vector<std::uint32_t>& inside = logic_.Inside(term);
      bool covered = false;
      for (std::size_t i = 0; i < parts.size() && !covered; ++i) {
        if (i == k || removed[i] || parts[i].kind != Formula::Kind::kTerms) continue;
        covered = std::any_of(inside.begin(), inside.end(), [&](std::uint32_t t) {
          return std::binary_search(parts[i].terms.begin(), parts[i].terms.end(), t);
        });
        if (covered) by = Source(c.children[i]);
      }
      if (!covered) return false;
    }
    const std::string part = Source(c.children[k]);
    Report(Severity::kWarning, c.children[k], "redundant",
           fmt::format("“{}”多余：有它的地方都有“{}”，删去结果不变", part, by),
           fmt::format("'{}' is redundant: where it stands, '{}' stands; nothing changes without it", part, by));
    return true;
  }

  // Inside ~, a longer term is not redundant: it reaches further. Only repetitions are, and sides of
  // which one word fulfils both.
  void NearParts(const Condition& c) {
    std::vector<std::vector<std::uint32_t>> sides;
    for (const Condition& child : c.children) {
      sides.push_back(logic_.Prepare(child).terms);
      if (child.op == Op::kOr) Repeated(child);
    }
    for (std::size_t i = 1; i < sides.size(); ++i) {
      BothSides(c.children[i], sides[i - 1], sides[i], true);
      BothSides(c.children[i], sides[i], sides[i - 1], false);
    }
  }

  // A word on both sides is a mistake; one that only contains a word of the other side may be meant.
  void BothSides(const Condition& at, const std::vector<std::uint32_t>& from, const std::vector<std::uint32_t>& to,
                 bool first) {
    std::string same;
    std::string longer;
    for (const std::uint32_t term : from) {
      const std::vector<std::uint32_t>& inside = logic_.Inside(term);
      const bool own = std::binary_search(to.begin(), to.end(), term);
      const bool hit = own || std::any_of(inside.begin(), inside.end(),
                                          [&](std::uint32_t t) { return std::binary_search(to.begin(), to.end(), t); });
      std::string& words = own ? same : longer;
      if (hit) words += (words.empty() ? "" : "、") + InWords(logic_.term(term));
    }
    const auto report = [&](Severity severity, const std::string& words) {
      if (words.empty()) return;
      Report(
          severity, at, "near-itself",
          fmt::format("“{}”一个词就满足“~”的两边，距离不起作用；如果就是这个意思，请写成“{} | …”", words, words),
          fmt::format("'{}' alone fulfils both sides of '~', whatever the distance; if that is meant, write '{} | ...'",
                      words, words));
    };
    if (first) report(Severity::kWarning, same);  // once for the pair
    report(Severity::kNote, longer);
  }

  static std::string InWords(const std::u32string& term) {
    std::string out;
    for (const char32_t c : term) text::AppendUtf8(c, &out);
    return out;
  }

  void Repeated(const Condition& alternatives) {
    std::vector<std::uint32_t> seen;
    for (const Condition& child : alternatives.children) {
      const std::vector<std::uint32_t> terms = logic_.Prepare(child).terms;
      const bool all = std::all_of(terms.begin(), terms.end(), [&](std::uint32_t t) {
        return std::find(seen.begin(), seen.end(), t) != seen.end();
      });
      if (all) {
        Report(Severity::kWarning, child, "redundant", fmt::format("“{}”多余：同一边已经有了", Source(child)),
               fmt::format("'{}' is redundant: it is on the same side already", Source(child)));
      }
      seen.insert(seen.end(), terms.begin(), terms.end());
    }
  }

  // length<N beside a distance that a text so short cannot exceed.
  void Distances(const Condition& c) {
    for (const Condition& length : c.children) {
      if (length.op != Op::kField || length.text != "length") continue;
      const int chars = std::stoi(length.values.front());
      for (const Condition& near : c.children) {
        if (near.op != Op::kNear) continue;
        const int gap = *std::min_element(near.gaps.begin(), near.gaps.end());
        if (gap < chars - 3) continue;  // two words of one character each leave chars - 1 - 2 between them
        Report(Severity::kWarning, near, "near-distance",
               fmt::format("“~{}”不起作用：length<{} 的话里两个词隔不了更远", gap, chars),
               fmt::format("'~{}' does nothing: in a text of length<{} two words cannot be further apart", gap, chars));
      }
    }
  }

  RuleSource& rule_;
  Logic& logic_;
  bool advise_;
  Reporter& reporter_;
};

}  // namespace

RuleLogic CheckCondition(RuleSource* rule, Logic* logic, bool advise, Reporter* reporter) {
  return ConditionChecker(rule, logic, advise, reporter).Run();
}

}  // namespace minsheng::rules
