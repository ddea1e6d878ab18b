// SPDX-License-Identifier: Apache-2.0
#include "src/rules/program.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <unordered_map>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

class ProgramBuilder {
 public:
  ProgramBuilder(const Sources& sources, Reporter* reporter) : s_(sources), reporter_(*reporter) {}

  Program Run() {
    for (const auto& [id, topic] : s_.topics) {
      const auto number = static_cast<std::uint32_t>(topic_numbers_.size());
      topic_numbers_.emplace(id, number);
    }
    for (const auto& [id, category] : s_.categories) {  // numbered after the topics
      const auto number = static_cast<std::uint32_t>(topic_numbers_.size());
      topic_numbers_.emplace(id, number);
    }
    AddPlaces();
    for (const LexiconEntry& e : s_.lexicon) AddLexicon(e);
    for (std::uint32_t i = 0; i < s_.rules.size(); ++i) AddRule(i);
    Finish();
    return std::move(p_);
  }

 private:
  std::uint32_t TermOf(std::string_view text) {
    const std::u16string units = text::FoldToUnits(text);
    const auto [it, fresh] = term_numbers_.try_emplace(units, static_cast<std::uint32_t>(units_.size()));
    if (fresh) units_.push_back(units);
    return it->second;
  }
  std::uint32_t SetOf(std::vector<std::uint32_t> terms) {
    std::sort(terms.begin(), terms.end());
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
    const auto [it, fresh] = set_numbers_.try_emplace(terms, 0);
    if (fresh) it->second = p_.sets.Add(terms);
    return it->second;
  }
  std::vector<std::uint32_t> TermsOfSet(std::uint32_t set) const { return {p_.sets.begin(set), p_.sets.end(set)}; }

  void AddPlaces() {
    for (const auto& [id, place] : s_.places) {
      const std::uint32_t number = p_.places.Add(id, place.name, place.parent);
      AddPlaceName(place.name, number);
      for (const std::string& alias : place.aliases) AddPlaceName(alias, number);
    }
    p_.places.Finish();
  }
  void AddPlaceName(std::string_view name, std::uint32_t place) {
    if (text::FoldToUnits(name).empty()) return;
    std::vector<std::uint32_t>& row = places_of_[TermOf(name)];
    if (std::find(row.begin(), row.end(), place) == row.end()) row.push_back(place);
  }
  void AddLexicon(const LexiconEntry& e) {
    const auto topic = topic_numbers_.find(e.topic);
    if (topic == topic_numbers_.end() || e.weight == 0) return;
    lexicon_of_[TermOf(e.term)].push_back({topic->second, e.weight * s_.settings.lexicon_scale});
  }

  void AddRule(std::uint32_t rule) {
    const RuleSource& source = s_.rules[rule];
    p_.nodes.emplace_back();
    const auto root = static_cast<std::uint32_t>(p_.nodes.size() - 1);
    p_.roots.push_back(root);
    if (!source.good) return;
    broken_ = false;
    Compile(source.condition, root, source);
    if (broken_) {
      p_.nodes[root].op = Op::kBroken;
      return;
    }
    const std::optional<std::vector<std::uint32_t>> trigger = Trigger(root);
    if (!trigger) {
      p_.always.push_back(rule);
      reporter_.Warn(source.when_spot, "every-message", "条件里没有必须出现的词，这条规则会在每条消息上判断",
                     "no term has to occur for this condition, so the rule is evaluated for every message", source.id);
      return;
    }
    for (const std::uint32_t term : *trigger) rules_of_[term].push_back(rule);
  }

  // Fills node `at`, and appends its children in one row.
  void Compile(const Condition& c, std::uint32_t at, const RuleSource& rule) {
    Node n;
    n.op = c.op;
    n.source = &c;
    switch (c.op) {
      case Op::kTerm:
        n.arg = TermOf(c.text), n.set = SetOf({n.arg});
        break;
      case Op::kList:
        n.arg = n.set = ListSet(c.text);
        break;
      case Op::kRegex:
        n.arg = RegexOf(c, rule);
        break;
      case Op::kField:
        n.arg = FieldOf(c);
        break;
      default:
        break;
    }
    n.count = static_cast<std::uint32_t>(c.children.size());
    n.child = static_cast<std::uint32_t>(p_.nodes.size());
    n.gap = static_cast<std::uint32_t>(p_.gaps.size());
    for (const int gap : c.gaps) p_.gaps.push_back(static_cast<std::uint32_t>(gap));
    p_.nodes[at] = n;
    p_.nodes.resize(p_.nodes.size() + n.count);
    for (std::uint32_t i = 0; i < n.count; ++i) Compile(c.children[i], n.child + i, rule);
    if (c.op == Op::kNear) {
      for (std::uint32_t i = 0; i < n.count; ++i) p_.nodes[n.child + i].set = OperandSet(n.child + i);
    }
  }

  std::uint32_t ListSet(const std::string& name) {
    const auto [it, fresh] = list_sets_.try_emplace(name, 0);
    if (!fresh) return it->second;
    std::vector<std::uint32_t> terms;
    if (const auto list = s_.lists.find(name); list != s_.lists.end()) {
      for (const std::string& term : list->second.terms) terms.push_back(TermOf(term));
    }
    return it->second = SetOf(std::move(terms));
  }

  std::uint32_t RegexOf(const Condition& c, const RuleSource& rule) {
    RegexFault fault;
    std::shared_ptr<const Regex> regex = Regex::Make(c.text, &fault);
    if (regex == nullptr) {
      broken_ = true;
      reporter_.Error(reporter_.Inside(rule.when_spot, c.begin), "regex", fault.zh, fault.en, rule.id);
      return 0;
    }
    std::vector<std::uint32_t> literals;
    for (const std::string& literal : regex->literals()) {
      literals.push_back(TermOf(literal));
      loose_.resize(units_.size());
      loose_[literals.back()] = true;
    }
    p_.regex_literals.push_back(SetOf(std::move(literals)));
    p_.regexes.push_back(std::move(regex));
    return static_cast<std::uint32_t>(p_.regexes.size() - 1);
  }

  std::uint32_t FieldOf(const Condition& c) {
    FieldTest t;
    if (c.text == "channel" || c.text == "line") {
      t.field = c.text == "channel" ? Field::kChannel : Field::kLine;
      t.words = c.values;
    } else if (c.text == "type") {
      t.field = Field::kType;
      for (const std::string& word : c.values) {
        if (const auto type = RequestTypeFromWord(word)) t.mask |= 1U << static_cast<unsigned>(*type);
      }
    } else if (c.text == "place") {
      t.field = Field::kPlace;
      for (const std::string& id : c.values) t.places.push_back(p_.places.Find(id));
    } else if (c.text == "hour") {
      t.field = Field::kHour;
      t.mask = HourMask(c.values);
    } else {
      t.field = Field::kLength;
      std::from_chars(c.values[0].data(), c.values[0].data() + c.values[0].size(), t.length);
    }
    p_.fields.push_back(std::move(t));
    return static_cast<std::uint32_t>(p_.fields.size() - 1);
  }

  std::uint32_t OperandSet(std::uint32_t node) {
    const Node n = p_.nodes[node];
    if (n.op != Op::kOr) return n.set;
    std::vector<std::uint32_t> terms;
    for (std::uint32_t i = 0; i < n.count; ++i) {
      const std::vector<std::uint32_t> part = TermsOfSet(OperandSet(n.child + i));
      terms.insert(terms.end(), part.begin(), part.end());
    }
    return SetOf(std::move(terms));
  }

  // Rough share of texts that contain one of the terms: short terms are common.
  double Commonness(const std::vector<std::uint32_t>& terms) const {
    double sum = 0;
    for (const std::uint32_t term : terms)
      sum += std::pow(0.1, static_cast<double>(std::min<std::size_t>(units_[term].size(), 6)));
    return sum;
  }

  // Terms of which one must be seen for the node to hold, or nothing if it can hold without.
  std::optional<std::vector<std::uint32_t>> Trigger(std::uint32_t node) const {
    const Node& n = p_.nodes[node];
    switch (n.op) {
      case Op::kTerm:
      case Op::kList:
        return TermsOfSet(n.set);
      case Op::kRegex:
        return TermsOfSet(p_.regex_literals[n.arg]);
      case Op::kOr: {
        std::vector<std::uint32_t> all;
        for (std::uint32_t i = 0; i < n.count; ++i) {
          const auto part = Trigger(n.child + i);
          if (!part) return std::nullopt;
          all.insert(all.end(), part->begin(), part->end());
        }
        return all;
      }
      case Op::kNear:
        return CheapestTrigger(n, true);
      case Op::kAnd:
        return CheapestTrigger(n, false);
      default:
        return std::nullopt;
    }
  }
  std::optional<std::vector<std::uint32_t>> CheapestTrigger(const Node& n, bool operands) const {
    std::optional<std::vector<std::uint32_t>> best;
    for (std::uint32_t i = 0; i < n.count; ++i) {
      auto part = operands ? TermsOfSet(p_.nodes[n.child + i].set) : Trigger(n.child + i);
      if (part && (!best || Commonness(*part) < Commonness(*best))) best = std::move(part);
    }
    return best;
  }

  void Finish() {
    loose_.resize(units_.size());
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      const std::u16string& u = units_[i];
      Term term;
      term.units = static_cast<std::uint16_t>(u.size());
      term.first_edge = EdgeClass(u.front());
      term.last_edge = EdgeClass(u.back());
      term.loose = loose_[i];
      p_.terms.push_back(term);
      p_.term_names.push_back(text::ToUtf8(u));
      std::vector<std::uint32_t>& rules = rules_of_[i];
      rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
      p_.rules_of_term.Add(rules);
      p_.places_of_term.Add(places_of_[i]);
      p_.lexicon_of_term.Add(lexicon_of_[i]);
    }
    p_.automaton = Automaton(units_);
  }

  const Sources& s_;
  Reporter& reporter_;
  Program p_;
  bool broken_ = false;
  std::vector<std::u16string> units_;
  std::vector<bool> loose_;
  std::unordered_map<std::u16string, std::uint32_t> term_numbers_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> set_numbers_;
  std::map<std::string, std::uint32_t> list_sets_;
  std::map<std::string, std::uint32_t> topic_numbers_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> rules_of_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> places_of_;
  std::unordered_map<std::uint32_t, std::vector<LexiconHit>> lexicon_of_;
};

}  // namespace

std::uint8_t EdgeClass(char16_t folded) {
  if (folded >= u'a' && folded <= u'z') return 1;
  return folded >= u'0' && folded <= u'9' ? 2 : 0;
}

Program BuildProgram(const Sources& sources, Reporter* reporter) {
  static std::atomic<std::uint64_t> serials = 0;
  Program program = ProgramBuilder(sources, reporter).Run();
  program.spoken = Spoken(sources);
  program.serial = ++serials;
  return program;
}

}  // namespace minsheng::rules
