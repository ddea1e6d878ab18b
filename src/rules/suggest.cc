// SPDX-License-Identifier: Apache-2.0
#include "src/rules/suggest.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "src/base/parallel.h"
#include "src/rules/mining.h"
#include "src/rules/snippet.h"
#include "src/rules/sources.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kPerTopic = 5;
constexpr std::size_t kCounterExamples = 5;
constexpr double kWeights[] = {2, 3, 4, 6, 8};
constexpr char kFileName[] = "suggested.json";
constexpr std::size_t kSuggestBlock = 64;
constexpr std::size_t kNameTerms = 3;

nlohmann::ordered_json RuleJson(const Suggestion& s) {
  nlohmann::ordered_json rule{
      {"id", s.id}, {"name", s.name}, {"when", s.when}, {"topic", s.topic}, {"weight", s.weight}};
  if (!s.yes.empty()) rule["examples"]["yes"] = s.yes;
  if (!s.no.empty()) rule["examples"]["no"] = s.no;
  return rule;
}

SourceFile FileWith(const std::vector<Suggestion>& items) { return {kFileName, RuleFileOf(items)}; }

// What a suggestion hits, by the engine itself.
struct Reach {
  std::vector<std::uint32_t> requests;  // rising
};

class Suggester {
 public:
  Suggester(const std::vector<SourceFile>& files, const RuleSet& set, const std::vector<HistoryCase>& cases,
            const StopWords& stop, const SuggestOptions& options)
      : files_(files),
        set_(set),
        cases_(cases),
        stop_(stop),
        options_(options),
        threads_(ThreadCount(options.threads)),
        corpus_{cases, {}, {}, {}, {}, {}} {
    Reporter reporter(files_);
    sources_ = ReadSources(files_, &reporter);
    for (const SourceFile& f : files_) {
      if (f.path == "categories.json" || f.path.ends_with("/categories.json")) categories_ = f;
    }
  }

  Suggestions Run() {
    Prepare();
    std::vector<Suggestion> items;
    if (GoOn()) items = Mine();
    std::vector<Reach> reach(items.size());
    if (GoOn()) FindReach(items, &reach);
    ForEachInParallel(items.size(), threads_, 1, [&](int, std::size_t i) {
      if (GoOn()) Complete(&items[i], reach[i]);
    });
    if (!GoOn()) items.clear();
    Rank(&items);
    result_.items = std::move(items);
    return std::move(result_);
  }

 private:
  bool GoOn() const { return !options_.go_on || options_.go_on(); }

  void Prepare() {
    const std::size_t n = cases_.size();
    corpus_.judged.resize(n);
    corpus_.texts.resize(n);
    std::vector<std::string> names;
    for (const auto& [id, place] : sources_.places) {
      names.push_back(place.name);
      names.insert(names.end(), place.aliases.begin(), place.aliases.end());
    }
    const TermTexts terms(names);
    std::vector<RuleSet::Scratch> scratch(static_cast<std::size_t>(threads_));
    ForEachInParallel(n, threads_, kSuggestBlock, [&](int worker, std::size_t i) {
      BareVerdict verdict;
      set_.Decide(cases_[i].AsInput(), scratch[static_cast<std::size_t>(worker)], &verdict);
      Judge(verdict, &corpus_.judged[i]);
      corpus_.texts[i] = terms.Of(cases_[i].text);
    });
    std::map<std::string_view, std::uint32_t> citizens;
    for (std::size_t i = 0; i < n; ++i) {
      const HistoryCase& c = cases_[i];
      const Judgement& j = corpus_.judged[i];
      corpus_.decided.push_back(!c.label.empty() ? c.label : j.triage ? std::string() : j.topic);
      corpus_.misjudged.push_back(!c.label.empty() && StandingOf(j, c.label) != Standing::kRight);
      // Without a citizen every Request is by somebody else.
      const std::string_view who = c.citizen.empty() ? std::string_view(c.id) : std::string_view(c.citizen);
      corpus_.citizens.push_back(
          citizens.try_emplace(who, static_cast<std::uint32_t>(citizens.size() + 1)).first->second);
      result_.labelled += c.label.empty() ? 0 : 1;
      result_.misjudged += corpus_.misjudged.back() ? 1 : 0;
    }
    result_.requests = static_cast<std::int64_t>(n);
  }

  std::vector<Suggestion> Mine() const {
    std::map<std::string, std::int64_t> misjudged;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      if (corpus_.misjudged[i] && KnowsTopic(cases_[i].label)) ++misjudged[cases_[i].label];
    }
    std::vector<std::string> topics;
    for (const auto& [topic, n] : misjudged) {
      if (n >= options_.min_support) topics.push_back(topic);
    }
    std::vector<std::vector<MinedCondition>> clauses(topics.size());
    ForEachInParallel(topics.size(), threads_, 1, [&](int, std::size_t t) {
      if (GoOn())
        clauses[t] =
            MineConditions(corpus_, topics[t], stop_, static_cast<std::uint32_t>(options_.min_support), kPerTopic);
    });
    std::set<std::string> ids;
    for (const RuleSource& rule : sources_.rules) ids.insert(rule.id);
    std::vector<Suggestion> items;
    for (std::size_t t = 0; t < topics.size(); ++t) {
      for (const MinedCondition& clause : clauses[t]) items.push_back(Draft(topics[t], clause, &ids));
    }
    return items;
  }

  // A rule may give evidence for a topic, or for a category that has a general topic.
  bool KnowsTopic(const std::string& label) const {
    if (set_.FindTopic(label) != nullptr) return true;
    const auto at = sources_.categories.find(label);
    return at != sources_.categories.end() && !at->second.general.empty();
  }

  static Suggestion Draft(const std::string& topic, const MinedCondition& clause, std::set<std::string>* ids) {
    Suggestion s;
    s.topic = topic;
    s.when = clause.When();
    for (int n = 1; s.id.empty(); ++n) {
      auto id = topic + ".suggested-" + std::to_string(n);
      if (ids->insert(id).second) s.id = std::move(id);
    }
    std::size_t shown = 0;
    for (const auto* group : {&clause.left, &clause.right}) {
      for (const auto& term : *group) {
        if (shown++ < kNameTerms) s.name += (s.name.empty() ? "建议：" : "、") + text::ToUtf8(term);
      }
    }
    return s;
  }

  // Which Requests match, by the engine: conditions alone, without the rest of the RuleSet.
  void FindReach(const std::vector<Suggestion>& items, std::vector<Reach>* reach) {
    auto plain = items;
    for (Suggestion& s : plain) s.weight = 1;
    conditions_ = RuleSet::Compile({categories_, FileWith(plain)}).set;
    if (!conditions_) return;
    std::map<std::string_view, std::size_t> number;
    for (std::size_t i = 0; i < items.size(); ++i) number.emplace(items[i].id, i);
    std::vector<std::vector<std::size_t>> hit(cases_.size());
    std::vector<RuleSet::Scratch> scratch(static_cast<std::size_t>(threads_));
    ForEachInParallel(cases_.size(), threads_, kSuggestBlock, [&](int worker, std::size_t i) {
      const Verdict v = conditions_->Classify(cases_[i].AsInput(), scratch[static_cast<std::size_t>(worker)]);
      for (const Reason& r : v.reasons) hit[i].push_back(number.at(r.rule));
    });
    for (std::size_t i = 0; i < hit.size(); ++i) {
      for (const std::size_t item : hit[i]) (*reach)[item].requests.push_back(static_cast<std::uint32_t>(i));
    }
  }

  void Complete(Suggestion* s, const Reach& reach) const {
    CountReach(s, reach);
    ChooseWeight(s, reach);
    if (s->weight > 0) AddExamples(s, reach);
  }

  void CountReach(Suggestion* s, const Reach& reach) const {
    std::set<std::uint32_t> citizens;
    std::vector<CounterExample> unnamed;
    for (const std::uint32_t r : reach.requests) {
      const std::string& decided = corpus_.decided[r];
      if (decided.empty()) {
        ++s->unknown;
      } else if (!IsUnder(decided, s->topic)) {
        ++s->against;
        const bool by_person = !cases_[r].label.empty();
        auto& list = by_person ? s->counter_examples : unnamed;
        if (list.size() < kCounterExamples) list.push_back({cases_[r].id, decided, by_person, cases_[r].text});
      } else if (corpus_.misjudged[r]) {
        ++s->support;
        citizens.insert(corpus_.citizens[r]);
      } else {
        ++s->agreeing;
      }
    }
    s->citizens = static_cast<std::int64_t>(citizens.size());
    s->counter_examples.insert(s->counter_examples.end(), unnamed.begin(), unnamed.end());
    if (s->counter_examples.size() > kCounterExamples) s->counter_examples.resize(kCounterExamples);
  }

  // The least weight with the best Score. A weight under which examples or golden cases of the RuleSet
  // fail is none; if that is all of them, weight stays 0.
  void ChooseWeight(Suggestion* s, const Reach& reach) const {
    Suggestion best = *s;
    for (const double weight : kWeights) {
      Suggestion tried = *s;
      tried.weight = weight;
      auto files = files_;
      files.push_back(FileWith({tried}));
      const auto with = RuleSet::Compile(files).set;
      if (!with) continue;
      Try(*with, reach, &tried);
      if (best.weight == 0 || tried.Score() > best.Score()) best = std::move(tried);
    }
    *s = std::move(best);
  }

  // A rule changes nothing where it does not match, so the Requests that it hits are the whole replay.
  void Try(const RuleSet& with, const Reach& reach, Suggestion* s) const {
    RuleSet::Scratch scratch;
    for (const std::uint32_t r : reach.requests) {
      const HistoryCase& c = cases_[r];
      const Judgement& was = corpus_.judged[r];
      const Judgement is = JudgementOf(with.Classify(c.AsInput(), scratch));
      if (!c.label.empty()) {
        const Standing before = StandingOf(was, c.label);
        const Standing after = StandingOf(is, c.label);
        ++(before == after ? s->unchanged : before < after ? s->wins : s->losses);
      } else if (was.triage) {
        s->opened += is.triage ? 0 : 1;
      } else {
        s->moved += is.triage || is.topic != was.topic ? 1 : 0;
      }
    }
  }

  void AddExamples(Suggestion* s, const Reach& reach) const {
    std::vector<const HistoryCase*> hit;
    std::vector<const HistoryCase*> missed;
    std::vector<bool> in_reach(cases_.size(), false);
    for (const std::uint32_t r : reach.requests) {
      in_reach[r] = true;
      if (IsUnder(corpus_.decided[r], s->topic)) hit.push_back(&cases_[r]);
    }
    for (std::size_t r = 0; r < cases_.size(); ++r) {
      if (!in_reach[r] && !corpus_.decided[r].empty() && !IsUnder(corpus_.decided[r], s->topic))
        missed.push_back(&cases_[r]);
    }
    SnippetMaker maker(*conditions_, corpus_, s->id, static_cast<std::uint32_t>(options_.min_support));
    s->yes = maker.Matching(hit);
    s->no = maker.NotMatching(missed, s->when);
  }

  void Rank(std::vector<Suggestion>* items) const {
    std::erase_if(
        *items, [&](const Suggestion& s) { return s.weight == 0 || s.wins < options_.min_support || s.Score() <= 0; });
    std::sort(items->begin(), items->end(), [](const Suggestion& a, const Suggestion& b) {
      return std::tuple(-a.Score(), -a.support, a.id) < std::tuple(-b.Score(), -b.support, b.id);
    });
    if (items->size() > static_cast<std::size_t>(std::max(0, options_.limit)))
      items->resize(static_cast<std::size_t>(options_.limit));
  }

  const std::vector<SourceFile>& files_;
  const RuleSet& set_;
  const std::vector<HistoryCase>& cases_;
  const StopWords& stop_;
  const SuggestOptions& options_;
  const int threads_;
  Sources sources_;
  SourceFile categories_;
  std::shared_ptr<const RuleSet> conditions_;
  Corpus corpus_;
  Suggestions result_;
};

}  // namespace

Suggestions Suggest(const std::vector<SourceFile>& files, const RuleSet& set, const std::vector<HistoryCase>& cases,
                    const StopWords& stop, const SuggestOptions& options) {
  return Suggester(files, set, cases, stop, options).Run();
}

std::string RuleFileOf(const std::vector<Suggestion>& items) {
  std::string out = "[";
  for (const Suggestion& s : items) {
    out += (out.size() == 1 ? "\n  " : ",\n  ") +
           RuleJson(s).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
  return out + "\n]\n";
}

}  // namespace minsheng::rules
