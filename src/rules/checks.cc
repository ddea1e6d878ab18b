// SPDX-License-Identifier: Apache-2.0
#include "src/rules/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/rules/naive.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

// Whether the condition holds when no term, regex or field does.
bool HoldsOnNothing(const Condition& c) {
  switch (c.op) {
    case Op::kNot:
      return !HoldsOnNothing(c.children.front());
    case Op::kAnd:
      return std::all_of(c.children.begin(), c.children.end(), HoldsOnNothing);
    case Op::kOr:
      return std::any_of(c.children.begin(), c.children.end(), HoldsOnNothing);
    default:
      return false;
  }
}

// Terms of which any makes the condition hold, if it is made of terms and lists only.
bool Alternatives(const Condition& c, const Sources& s, std::vector<std::pair<std::string, std::size_t>>* out) {
  if (c.op == Op::kTerm) return out->emplace_back(c.text, c.begin), true;
  if (c.op == Op::kList) {
    const auto list = s.lists.find(c.text);
    if (list == s.lists.end()) return false;
    for (const std::string& term : list->second.terms) out->emplace_back(term, c.begin);
    return true;
  }
  return c.op == Op::kOr && std::all_of(c.children.begin(), c.children.end(),
                                        [&](const Condition& child) { return Alternatives(child, s, out); });
}

// In an "and": terms that always bring along a term which a negation beside them forbids.
void CheckCancelled(const Condition& c, const Sources& s, const RuleSource& rule, Reporter* reporter) {
  for (const Condition& child : c.children) CheckCancelled(child, s, rule, reporter);
  if (c.op != Op::kAnd) return;
  std::vector<std::pair<std::string, std::size_t>> forbidden;
  for (const Condition& child : c.children) {
    if (child.op == Op::kNot) Alternatives(child.children.front(), s, &forbidden);
  }
  if (forbidden.empty()) return;
  for (const Condition& child : c.children) {
    std::vector<std::pair<std::string, std::size_t>> wanted;
    if (child.op == Op::kNot || !Alternatives(child, s, &wanted)) continue;
    std::string cancelled;
    std::size_t count = 0;
    for (const auto& [term, at] : wanted) {
      const std::u32string text = NaiveText(term);
      const bool hit = std::any_of(forbidden.begin(), forbidden.end(),
                                   [&](const auto& f) { return !NaiveFind(text, NaiveText(f.first)).empty(); });
      if (hit && ++count <= 5) cancelled += (cancelled.empty() ? "" : "、") + term;
    }
    if (count == 0 || count == wanted.size())
      continue;  // where none is left, the part is dead: see checks_condition.cc
    reporter->Warn(reporter->Inside(rule.when_spot, child.begin), "cancelled-term",
                   fmt::format("“{}”没有用：总被旁边的否定排除", cancelled),
                   fmt::format("'{}' has no effect: the negation beside it always excludes it", cancelled), rule.id);
  }
}

std::uint32_t FindRoot(const Compilation& c, std::size_t rule) { return c.program.roots[rule]; }

std::string Shorten(const std::string& text) {
  std::string out = text::Truncate(text, 30);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

void RunExample(const Compilation& c, std::size_t rule, const Example& e, bool expected, Matcher* matcher,
                Reporter* reporter) {
  const Input input = e.AsInput();
  matcher->Run(c.program, input);
  const bool holds = matcher->Holds(FindRoot(c, rule));
  if (holds == expected) return;
  const std::string shown = Shorten(e.text);
  if (expected) {
    reporter->Error(e.spot, "example-fails", fmt::format("正例“{}”没有命中这条规则", shown),
                    fmt::format("example '{}' should match this rule but does not", shown), c.sources.rules[rule].id);
    return;
  }
  std::string words;
  for (const Span& s : matcher->Spans(FindRoot(c, rule))) {
    words += (words.empty() ? "" : "、") + e.text.substr(s.begin, s.end - s.begin);
  }
  reporter->Error(e.spot, "example-fails", fmt::format("反例“{}”命中了这条规则（{}）", shown, words),
                  fmt::format("example '{}' should not match this rule but does ({})", shown, words),
                  c.sources.rules[rule].id);
}

std::string Differences(const GoldenCase& g, const Verdict& v, bool zh) {
  std::string out;
  const auto differ = [&](std::string_view what_zh, std::string_view what_en, std::string_view expected,
                          std::string_view got) {
    if (expected == got) return;
    const std::string_view nothing = zh ? "无" : "none";
    out += fmt::format("{}{} {} → {}", out.empty() ? "" : "; ", zh ? what_zh : what_en, expected,
                       got.empty() ? nothing : got);
  };
  if (g.topic) differ("事项", "topic", *g.topic, v.topic);
  if (g.category) differ("类别", "category", *g.category, v.category);
  if (g.type) differ("类型", "type", ToWord(*g.type), v.type ? ToWord(*v.type) : "");
  if (g.urgency) differ("紧急程度", "urgency", ToWord(*g.urgency), ToWord(v.urgency));
  if (g.triage) differ("待研判", "triage", *g.triage ? "true" : "false", v.triage ? "true" : "false");
  for (const std::string& tag : g.tags) {
    if (!std::binary_search(v.tags.begin(), v.tags.end(), tag)) differ("标签", "tag", tag, "");
  }
  return out;
}

}  // namespace

void CheckAnyRule(const Sources& sources, Reporter* reporter) {
  if (reporter->failed() || !sources.rules.empty() || !sources.lexicon.empty()) return;
  constexpr Spot kNowhere{.file = static_cast<std::size_t>(-1), .begin = 0, .end = 0};
  reporter->Error(kNowhere, "no-rules", "一条规则也没有；请检查是不是写错了文件夹",
                  "there is not a single rule; check that this is the right folder");
}

std::vector<RuleLogic> CheckConditions(Sources* sources, Logic* logic, bool advise, Reporter* reporter) {
  std::vector<RuleLogic> found;
  found.reserve(sources->rules.size());
  for (RuleSource& rule : sources->rules) {
    found.emplace_back();
    if (!rule.good) continue;
    if (HoldsOnNothing(rule.condition)) {
      rule.good = false;
      reporter->Error(rule.when_spot, "always-true", "条件里只有否定，几乎每条消息都会命中；请加上要出现的词或字段",
                      "the condition holds for nearly every message because it only excludes; add a term or field that "
                      "must be there",
                      rule.id);
      continue;
    }
    found.back() = CheckCondition(&rule, logic, advise, reporter);
    if (rule.good && advise) CheckCancelled(rule.condition, *sources, rule, reporter);
  }
  return found;
}

void RunExamples(const Compilation& c, Reporter* reporter) {
  Matcher matcher;
  for (std::size_t i = 0; i < c.sources.rules.size(); ++i) {
    const RuleSource& rule = c.sources.rules[i];
    if (c.program.nodes[FindRoot(c, i)].op == Op::kBroken) continue;
    for (const Example& e : rule.yes) RunExample(c, i, e, true, &matcher, reporter);
    for (const Example& e : rule.no) RunExample(c, i, e, false, &matcher, reporter);
  }
}

void RunGolden(const Compilation& c, Reporter* reporter) {
  Matcher matcher;
  DecisionScratch scratch;
  Verdict v;
  for (const GoldenCase& g : c.sources.golden) {
    const Input input = g.example.AsInput();
    matcher.Run(c.program, input);
    Decide(c, input, matcher, scratch);
    WriteVerdict(c, matcher, scratch, &v);
    const std::string zh = Differences(g, v, true);
    if (zh.empty()) continue;
    std::string reasons;
    for (std::size_t i = 0; i < v.reasons.size() && i < 3; ++i) reasons += (i == 0 ? "" : ", ") + v.reasons[i].rule;
    if (reasons.empty()) reasons = "-";
    reporter->Error(g.example.spot, "golden-fails", fmt::format("用例结果不符：{}（规则 {}）", zh, reasons),
                    fmt::format("the case got another verdict: {} (rules {})", Differences(g, v, false), reasons),
                    g.id);
  }
}

}  // namespace minsheng::rules
