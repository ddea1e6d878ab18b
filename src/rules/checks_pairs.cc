// SPDX-License-Identifier: Apache-2.0
// What is wrong with rules beside each other.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "src/rules/checks.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxDecisive = 200;  // compared each with each
constexpr std::size_t kMaxNamed = 5;

// An error only where the two are written alike: what had to be worked out may be meant.
void ReportSame(const RuleSource& first, const RuleSource& rule, bool alike, Reporter* reporter) {
  const std::string& other = first.id;
  const bool one_topic = first.topic.empty() || rule.topic.empty() || first.topic == rule.topic;
  if (one_topic && alike) {
    reporter->Error(rule.when_spot, "same-condition", fmt::format("条件与规则“{}”相同，请合并成一条规则", other),
                    fmt::format("the condition is the same as that of rule '{}'; make them one rule", other), rule.id);
  } else if (one_topic) {
    reporter->Warn(
        rule.when_spot, "same-condition",
        fmt::format("条件与规则“{}”写法不同，命中的话却完全一样，请合并成一条规则", other),
        fmt::format("the condition is written otherwise but matches the same as that of rule '{}'; make them "
                    "one rule",
                    other),
        rule.id);
  } else {
    reporter->Warn(rule.when_spot, "same-condition", fmt::format("条件与规则“{}”相同，但事项不同", other),
                   fmt::format("the condition is the same as that of rule '{}', for another topic", other), rule.id);
  }
}

class PairChecker {
 public:
  PairChecker(const Compilation& c, const std::vector<RuleLogic>& rules, Logic* logic, Reporter* reporter)
      : c_(c), rules_(rules), logic_(*logic), reporter_(*reporter) {}

  void Run() {
    companions_.resize(c_.sources.rules.size());
    for (std::uint32_t i = 0; i < companions_.size(); ++i) {
      if (Usable(i)) FindCompanions(i);
    }
    for (std::uint32_t i = 0; i < companions_.size(); ++i) {
      for (const std::uint32_t other : companions_[i]) Compare(i, other);
    }
    Decisive();
  }

 private:
  const RuleSource& Rule(std::uint32_t i) const { return c_.sources.rules[i]; }
  bool Usable(std::uint32_t i) const { return Rule(i).good && c_.program.nodes[c_.program.roots[i]].op != Op::kBroken; }
  bool HoldsFor(std::uint32_t rule, const Example& e) {
    matcher_.Run(c_.program, e.AsInput());
    return matcher_.Holds(c_.program.roots[rule]);
  }

  // The rules that hold for a text made for rule i: only these can be implied by it.
  void FindCompanions(std::uint32_t i) {
    const Finding& can = rules_[i].can;
    bool found = can.witness && HoldsFor(i, *can.witness);
    for (std::size_t k = 0; !found && k < Rule(i).yes.size(); ++k) found = HoldsFor(i, Rule(i).yes[k]);
    if (!found) return Undecided(i, can.too_large);
    for (const std::uint32_t other : matcher_.matched()) {
      if (other == i) continue;
      if (companions_[i].size() == kMaxCompanions) {
        reporter_.Note(
            Rule(i).when_spot, "undecided",
            fmt::format("这条规则命中时有 {} 条以上的规则也命中，只与前 {} 条比较过", kMaxCompanions, kMaxCompanions),
            fmt::format("more than {} rules hold along with this one; compared with the first {}", kMaxCompanions,
                        kMaxCompanions),
            Rule(i).id);
        break;
      }
      companions_[i].push_back(other);
    }
  }

  void Undecided(std::uint32_t i, bool too_large) {
    const std::string zh = too_large ? fmt::format("条件里互不相同的部分超过 {} 个，", TruthTable::kMaxVariables) : "";
    const std::string en =
        too_large ? fmt::format("the condition has more than {} different parts: ", TruthTable::kMaxVariables) : "";
    reporter_.Note(Rule(i).when_spot, "undecided", zh + "没有找到能让它成立的话，无法判定；写一条正例就能证明它能成立",
                   en + "found no text for which it holds, so that it stays undecided; an example would prove it",
                   Rule(i).id);
  }

  bool IsCompanion(std::uint32_t of, std::uint32_t other) const {
    return std::binary_search(companions_[of].begin(), companions_[of].end(), other);
  }

  // `a` holds, and so does `b` for the text made for `a`.
  void Compare(std::uint32_t a, std::uint32_t b) {
    const bool mutual = IsCompanion(b, a);
    const bool cancelled = Cancels(a, b);
    const bool shadowed = AddsNothing(a, b);
    const bool adds = !Rule(a).topic.empty() && Rule(a).topic == Rule(b).topic && !Rule(a).decisive &&
                      Rule(a).weight > 0 && Rule(b).weight > 0;
    if (!(mutual && a < b) && !cancelled && !shadowed && !adds) return;
    if (!logic_.Implies(rules_[a].formula, rules_[b].formula)) return;
    if (mutual && logic_.Implies(rules_[b].formula, rules_[a].formula)) {
      if (a < b && NormalForm(Rule(a).condition) != NormalForm(Rule(b).condition)) {
        ReportSame(Rule(a), Rule(b), false, &reporter_);
      }
      return;
    }
    const RuleSource& rule = Rule(a);
    const std::string& other = Rule(b).id;
    if (cancelled) {
      reporter_.Warn(
          rule.when_spot, "cancelled-rule",
          fmt::format("白加了：凡它命中，规则“{}”必命中，减去的分（{:g}）不少于它加的（{:g}）", other, Rule(b).weight,
                      rule.weight),
          fmt::format("adds nothing: whenever it matches so does rule '{}', which takes away as much ({:g}) as "
                      "this one gives ({:g})",
                      other, Rule(b).weight, rule.weight),
          rule.id);
    } else if (shadowed) {
      reporter_.Warn(rule.when_spot, "shadowed",
                     fmt::format("多余：凡它命中，规则“{}”必命中，作用也都有；可以删去这条", other),
                     fmt::format("redundant: whenever it matches so does rule '{}', with every effect of this one; it "
                                 "may be removed",
                                 other),
                     rule.id);
    } else if (adds) {
      reporter_.Note(
          rule.when_spot, "adds-up",
          fmt::format("凡它命中，规则“{}”必命中，同一事项的分相加（{:g} + {:g}）", other, rule.weight, Rule(b).weight),
          fmt::format("whenever it matches so does rule '{}': their weights for the topic add up ({:g} + {:g})", other,
                      rule.weight, Rule(b).weight),
          rule.id);
    }
  }

  bool Cancels(std::uint32_t a, std::uint32_t b) const {
    const RuleSource& r = Rule(a);
    const RuleSource& o = Rule(b);
    return !r.topic.empty() && r.topic == o.topic && !r.decisive && r.weight > 0 && r.weight + o.weight <= 0;
  }

  // Whether b has every effect of a, none of which adds up.
  bool AddsNothing(std::uint32_t a, std::uint32_t b) const {
    const RuleSource& r = Rule(a);
    const RuleSource& o = Rule(b);
    const bool topic = r.topic.empty() || (r.decisive && o.decisive && r.topic == o.topic);
    const bool type = !r.type || r.type == o.type;
    const bool urgency = !r.urgency || (o.urgency && *r.urgency <= *o.urgency);
    const bool tags = std::all_of(r.tags.begin(), r.tags.end(), [&](const std::string& tag) {
      return std::find(o.tags.begin(), o.tags.end(), tag) != o.tags.end();
    });
    return topic && type && urgency && tags && (r.reply.empty() || r.reply == o.reply);
  }

  // Decisive rules for different topics: what an example of one shows is a warning, what only might
  // happen is a note.
  void Decisive() {
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < companions_.size(); ++i) {
      if (Usable(i) && Rule(i).decisive) all.push_back(i);
    }
    for (const std::uint32_t i : all) Shown(i);
    for (std::size_t k = 0; k < all.size() && all.size() <= kMaxDecisive; ++k) {
      std::string might;
      std::size_t count = 0;
      for (std::size_t j = k + 1; j < all.size(); ++j) {
        const std::uint32_t other = all[j];
        if (Rule(other).topic == Rule(all[k]).topic || shown_.count(std::minmax(all[k], other)) > 0) continue;
        const Finding both = logic_.CanHold({{&rules_[all[k]].formula, true}, {&rules_[other].formula, true}});
        if (both.answer == Answer::kNo) continue;
        if (++count <= kMaxNamed) might += (might.empty() ? "" : "、") + Rule(other).id;
      }
      if (count == 0) continue;
      reporter_.Note(
          Rule(all[k]).when_spot, "decisive-conflict",
          fmt::format("可能与 {} 条指向别的事项的决定性规则同时命中（{}），那时按分数和编号决定", count, might),
          fmt::format("may hold together with {} decisive rules for other topics ({}); then the sums decide", count,
                      might),
          Rule(all[k]).id);
    }
  }

  // Reports the decisive rules for other topics that hold for an example of rule i.
  void Shown(std::uint32_t i) {
    for (const Example& e : Rule(i).yes) {
      matcher_.Run(c_.program, e.AsInput());
      for (const std::uint32_t other : matcher_.matched()) {
        if (other == i || !Rule(other).decisive || Rule(other).topic == Rule(i).topic) continue;
        if (!shown_.insert(std::minmax(i, other)).second) continue;
        reporter_.Warn(e.spot, "decisive-conflict",
                       fmt::format("这句例句同时命中决定性规则“{}”（事项 {}），只能有一个说了算", Rule(other).id,
                                   Rule(other).topic),
                       fmt::format("this example also matches the decisive rule '{}' (topic {}); only one can decide",
                                   Rule(other).id, Rule(other).topic),
                       Rule(i).id);
      }
    }
  }

  const Compilation& c_;
  const std::vector<RuleLogic>& rules_;
  Logic& logic_;
  Reporter& reporter_;
  Matcher matcher_;
  std::vector<std::vector<std::uint32_t>> companions_;       // sorted
  std::set<std::pair<std::uint32_t, std::uint32_t>> shown_;  // conflicts reported
};

}  // namespace

void CheckSameForm(const Sources& sources, Reporter* reporter) {
  std::map<std::string, const RuleSource*> first;
  for (const RuleSource& rule : sources.rules) {
    if (!rule.good) continue;
    const auto [it, fresh] = first.try_emplace(NormalForm(rule.condition), &rule);
    if (!fresh && it->second->id != rule.id) ReportSame(*it->second, rule, true, reporter);
  }
}

void CheckPairs(const Compilation& c, const std::vector<RuleLogic>& rules, Logic* logic, Reporter* reporter) {
  PairChecker(c, rules, logic, reporter).Run();
}

}  // namespace minsheng::rules
