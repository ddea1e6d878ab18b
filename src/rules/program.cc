// SPDX-License-Identifier: Apache-2.0
#include "src/rules/program.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <map>
#include <optional>
#include <unordered_map>

#include "src/rules/clauses.h"
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
    for (std::uint32_t i = 0; i < s_.rules.size(); ++i) AddChecks(i);  // when it is known how often each term is used
    Finish();
    return std::move(p_);
  }

 private:
  std::uint32_t TermOf(std::string_view text) {
    const std::u16string units = text::FoldToUnits(text);
    const auto [it, fresh] = term_numbers_.try_emplace(units, static_cast<std::uint32_t>(units_.size()));
    if (fresh) {
      units_.push_back(units);
      uses_.push_back(0);
    }
    return it->second;
  }
  std::uint32_t SetOf(std::vector<std::uint32_t> terms) {
    std::sort(terms.begin(), terms.end());
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
    const auto [it, fresh] = set_numbers_.try_emplace(terms, 0);
    if (fresh) it->second = p_.sets.Add(terms);
    return it->second;
  }

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
    checks_.emplace_back();
    if (!source.good) return;
    broken_ = false;
    Compile(source.condition, root, source);
    if (broken_) {
      p_.nodes[root].op = Op::kBroken;
    }
  }

  void AddChecks(std::uint32_t rule) {
    const RuleSource& source = s_.rules[rule];
    const std::uint32_t root = p_.roots[rule];
    if (!source.good || p_.nodes[root].op == Op::kBroken) return;
    RuleChecks& checks = checks_[rule];
    checks = ChecksOf(p_, root, [this](const std::vector<std::uint32_t>& terms) { return Commonness(terms); });
    if (checks.triggered) return;
    reporter_.Warn(source.when_spot, "every-message", "条件里没有必须出现的词，这条规则会在每条消息上判断",
                   "no term has to occur for this condition, so the rule is evaluated for every message", source.id);
  }

  // Fills node `at`, and appends its children in one row.
  void Compile(const Condition& c, std::uint32_t at, const RuleSource& rule) {
    Node n;
    n.op = c.op;
    n.begin = static_cast<std::uint16_t>(c.begin);
    n.end = static_cast<std::uint16_t>(c.end);
    switch (c.op) {
      case Op::kTerm:
        n.arg = TermOf(c.text);
        ++uses_[n.arg];
        break;
      case Op::kList:
        n.arg = ListSet(c.text);
        break;
      case Op::kRegex:
        n.arg = RegexOf(c, rule);
        break;
      case Op::kField:
        n.arg = FieldOf(c);
        break;
      case Op::kNear:
        n.arg = static_cast<std::uint32_t>(p_.gaps.size());
        for (const int gap : c.gaps) p_.gaps.push_back(static_cast<std::uint32_t>(gap));
        p_.gaps.push_back(0);  // as many as operands
        p_.set_of.resize(p_.gaps.size());
        break;
      default:
        break;
    }
    n.count = static_cast<std::uint16_t>(c.children.size());
    n.child = static_cast<std::uint32_t>(p_.nodes.size());
    p_.nodes[at] = n;
    p_.nodes.resize(p_.nodes.size() + n.count);
    for (std::uint32_t i = 0; i < n.count; ++i) Compile(c.children[i], n.child + i, rule);
    if (c.op != Op::kNear) return;
    for (std::uint32_t i = 0; i < n.count; ++i) p_.set_of[n.arg + i] = SetOf(OperandTerms(p_, n.child + i));
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

  // The terms of words of a regex, which may also stand inside longer words.
  std::vector<std::uint32_t> LooseTerms(const std::vector<std::string>& words) {
    std::vector<std::uint32_t> terms;
    for (const std::string& word : words) {
      terms.push_back(TermOf(word));
      loose_.resize(units_.size());
      loose_[terms.back()] = true;
    }
    return terms;
  }

  std::uint32_t RegexOf(const Condition& c, const RuleSource& rule) {
    RegexCode code;
    std::vector<std::uint32_t> needs;
    if (const auto pattern = ReadGapPattern(FoldRegex(c.text))) {
      code.gaps = {static_cast<std::uint32_t>(p_.alternatives.starts.size() - 1), pattern->gaps};
      for (const auto& segment : pattern->segments) {
        const std::vector<std::uint32_t> terms = LooseTerms(segment);
        p_.alternatives.Add(terms);
        needs.push_back(SetOf(terms));
      }
    } else {
      RegexFault fault;
      code.re = Regex::Make(c.text, &fault);
      if (code.re == nullptr) {
        broken_ = true;
        reporter_.Error(reporter_.Inside(rule.when_spot, c.begin), "regex", fault.zh, fault.en, rule.id);
        return 0;
      }
      needs.push_back(SetOf(LooseTerms(code.re->literals())));
    }
    p_.regex_needs.Add(needs);
    p_.regexes.push_back(std::move(code));
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

  // Rough share of texts that contain one of the terms: short terms are common, and so are those
  // that many rules name.
  double Commonness(const std::vector<std::uint32_t>& terms) const {
    static constexpr std::array<double, 7> kShare = {1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6};
    double sum = 0;
    for (const std::uint32_t term : terms)
      sum += kShare[std::min<std::size_t>(units_[term].size(), 6)] * (1 + uses_[term]);
    return sum;
  }

  // Where a term may be seen without occurring (inside a longer word), seeing it decides nothing.
  bool SeenMeansOccurs(const std::vector<std::uint32_t>& terms) const {
    return std::none_of(terms.begin(), terms.end(), [this](std::uint32_t t) {
      return p_.terms[t].loose && (p_.terms[t].first_edge != 0 || p_.terms[t].last_edge != 0);
    });
  }

  std::uint32_t AddClauses(RuleChecks* checks) {
    if (checks->triggered && !SeenMeansOccurs(checks->trigger) && checks->all_told) {
      checks->clauses.insert(checks->clauses.begin(), {false, false, checks->trigger});
    }
    std::vector<std::uint32_t> row;
    for (const Clause& clause : checks->clauses) {
      if (clause.loose && !SeenMeansOccurs(clause.terms)) continue;  // the tree looks at it
      const std::uint32_t forbids = clause.forbids ? kForbids : 0;
      if (clause.terms.size() > kMaxInlineTerms) {
        row.push_back(SetOf(clause.terms) << kClauseBits | kBySet | forbids);
        continue;
      }
      row.push_back(static_cast<std::uint32_t>(clause.terms.size()) << kClauseBits | forbids);
      row.insert(row.end(), clause.terms.begin(), clause.terms.end());
    }
    p_.clauses.Add(row);
    return (row.empty() ? 0 : kHasClauses) | (checks->all_told ? 0 : kHasTree);
  }

  void AddPostings() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> all;  // term, posting
    for (std::uint32_t rule = 0; rule < checks_.size(); ++rule) {
      RuleChecks& checks = checks_[rule];
      const std::uint32_t posting = rule << kPostingBits | AddClauses(&checks);
      if (p_.nodes[p_.roots[rule]].op == Op::kBroken) continue;
      if (!checks.triggered) p_.always.push_back(posting);
      for (const std::uint32_t term : checks.trigger) all.emplace_back(term, posting);
    }
    std::sort(all.begin(), all.end());
    p_.postings.starts.assign(units_.size() + 1, 0);
    for (const auto& [term, posting] : all) {
      ++p_.postings.starts[term + 1];
      p_.postings.items.push_back(posting);
    }
    for (std::size_t i = 0; i < units_.size(); ++i) p_.postings.starts[i + 1] += p_.postings.starts[i];
  }

  void Finish() {
    loose_.resize(units_.size());
    for (std::uint32_t i = 0; i < units_.size(); ++i) {
      const std::u16string& u = units_[i];
      Term term;
      term.units = static_cast<std::uint16_t>(u.size());
      term.first_edge = EdgeClass(u.front()) & 3;
      term.last_edge = EdgeClass(u.back()) & 3;
      term.loose = loose_[i];
      const auto places = places_of_.find(i);
      const auto lexicon = lexicon_of_.find(i);
      term.place = places != places_of_.end();
      term.lexicon = lexicon != lexicon_of_.end();
      p_.terms.push_back(term);
      p_.term_names.Add(text::ToUtf8(u));
      p_.places_of_term.Add(term.place ? places->second : std::vector<std::uint32_t>{});
      p_.lexicon_of_term.Add(term.lexicon ? lexicon->second : std::vector<LexiconHit>{});
    }
    AddPostings();
    p_.automaton = Automaton(units_);
    Shrink();
  }

  void Shrink() {
    p_.terms.shrink_to_fit(), p_.nodes.shrink_to_fit(), p_.roots.shrink_to_fit(), p_.regexes.shrink_to_fit();
    p_.term_names.Shrink(), p_.sets.Shrink(), p_.alternatives.Shrink(), p_.regex_needs.Shrink();
    p_.postings.Shrink(), p_.clauses.Shrink(), p_.places_of_term.Shrink(), p_.lexicon_of_term.Shrink();
  }

  static constexpr std::size_t kMaxInlineTerms = 16;

  const Sources& s_;
  Reporter& reporter_;
  Program p_;
  bool broken_ = false;
  std::vector<RuleChecks> checks_;  // per rule
  std::vector<std::u16string> units_;
  std::vector<std::uint32_t> uses_;  // term -> how often rules name it
  std::vector<bool> loose_;
  std::unordered_map<std::u16string, std::uint32_t> term_numbers_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> set_numbers_;
  std::map<std::string, std::uint32_t> list_sets_;
  std::map<std::string, std::uint32_t> topic_numbers_;
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
