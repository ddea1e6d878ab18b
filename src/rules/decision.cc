// SPDX-License-Identifier: Apache-2.0
#include "src/rules/decision.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/rules/confidence.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxSums = 8;
constexpr std::size_t kMaxLexiconTerms = 8;  // shown in a reason
constexpr std::size_t kMaxAlternatives = 3;  // shown in a clause

class Decider {
 public:
  Decider(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch)
      : c_(c), input_(input), m_(matcher), d_(scratch) {}

  Verdict Run() {
    Sum();
    RankTopics();
    v_.place = m_.place();
    RankRules();
    for (const RankedRule& r : d_.ranked) AddReason(r.rule, r.weight);
    Effects();
    AddLexiconReasons();
    return std::move(v_);
  }

 private:
  const RuleSource& Rule(std::uint32_t rule) const { return c_.sources.rules[rule]; }

  void Use(std::uint32_t topic) {
    if (d_.used[topic]) return;
    d_.used[topic] = true;
    d_.topics.push_back(topic);
    d_.sums[topic] = d_.lexicon[topic] = 0;
    d_.decisive[topic] = false;
  }

  // Evidence counts more when it is found in the opening of the text.
  double FactorOf(bool in_opening) const { return in_opening ? c_.sources.settings.opening_factor : 1; }
  bool OpeningCounts() const { return c_.sources.settings.opening_factor > 1 && c_.sources.settings.opening_chars > 0; }
  std::uint32_t OpeningChars() const { return static_cast<std::uint32_t>(c_.sources.settings.opening_chars); }

  void Sum() {
    const std::size_t n = c_.topics.size() + c_.general_of_category.size();
    d_.sums.resize(n), d_.lexicon.resize(n), d_.decisive.resize(n);
    d_.used.assign(n, false);
    d_.topics.clear();
    d_.factors.assign(m_.matched().size(), 1);
    for (std::size_t i = 0; i < m_.matched().size(); ++i) {
      const std::uint32_t rule = m_.matched()[i];
      const std::uint32_t topic = c_.topic_of_rule[rule];
      if (topic == kNoTopic) continue;
      Use(topic);
      if (OpeningCounts()) d_.factors[i] = FactorOf(m_.HoldsInOpening(c_.program.roots[rule], OpeningChars()));
      d_.sums[topic] += Rule(rule).weight * d_.factors[i];
      if (Rule(rule).decisive) d_.decisive[topic] = true;
    }
    SumLexicon();
    ShareCategories();
    std::sort(d_.topics.begin(), d_.topics.end());
  }

  void SumLexicon() {
    const auto& lexicon = c_.program.lexicon_of_term;
    if (lexicon.items.empty()) return;
    std::vector<std::uint32_t>& terms = lexicon_terms_;
    for (const std::uint32_t term : m_.seen()) {
      if (lexicon.begin(term) != lexicon.end(term) && m_.TermOccurs(term)) terms.push_back(term);
    }
    std::sort(terms.begin(), terms.end());  // sums must not depend on the order of the text
    if (terms.empty()) return;
    share_ = std::pow(static_cast<double>(terms.size()), -0.5 * c_.sources.settings.lexicon_length);
    for (const std::uint32_t term : terms) {
      const double share = ShareOf(term);
      for (const LexiconHit* hit = lexicon.begin(term); hit != lexicon.end(term); ++hit) {
        Use(hit->topic);
        d_.lexicon[hit->topic] += hit->weight * share;
      }
    }
    for (const std::uint32_t topic : d_.topics) d_.sums[topic] += d_.lexicon[topic];
  }

  double ShareOf(std::uint32_t term) const {
    return share_ * FactorOf(OpeningCounts() && m_.TermInOpening(term, OpeningChars()));
  }

  // Hands the evidence for categories on to their topics.
  void ShareCategories() {
    const std::size_t first = c_.topics.size();
    std::vector<std::uint32_t> topics;
    std::vector<bool> shared(c_.general_of_category.size(), false);
    for (const std::uint32_t t : d_.topics) {
      if (t >= first) continue;
      topics.push_back(t);
      const std::uint32_t category = c_.category_of_topic[t];
      if (category == kNoTopic || !d_.used[first + category] || d_.sums[t] <= 0) continue;
      d_.sums[t] += d_.sums[first + category];
      d_.lexicon[t] += d_.lexicon[first + category];
      shared[category] = true;
    }
    const std::vector<std::uint32_t> all = d_.topics;
    d_.topics = std::move(topics);
    for (const std::uint32_t t : all) {
      if (t < first || shared[t - first] || d_.sums[t] <= 0) continue;
      const std::uint32_t general = c_.general_of_category[t - first];
      if (general == kNoTopic) continue;
      Use(general);
      d_.sums[general] += d_.sums[t];
      d_.lexicon[general] += d_.lexicon[t];
    }
  }

  void RankTopics() {
    std::vector<std::uint32_t>& order = d_.topics;
    std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
      return std::tuple(-d_.sums[a], a) < std::tuple(-d_.sums[b], b);
    });
    const bool decided = std::any_of(order.begin(), order.end(), [this](std::uint32_t t) { return d_.decisive[t]; });
    const auto competes = [&](std::uint32_t t) { return decided ? d_.decisive[t] : d_.sums[t] > 0; };
    for (const std::uint32_t t : order) {
      if (v_.sums.size() < kMaxSums) v_.sums.push_back({c_.topics[t]->topic.id, d_.sums[t]});
      if (winner_ == kNoTopic && competes(t)) winner_ = t;
    }
    if (winner_ == kNoTopic) return;
    for (const std::uint32_t t : order) {
      if (t != winner_ && d_.sums[t] > 0 && runner_up_ == kNoTopic) runner_up_ = t;
    }
    const Topic& topic = c_.topics[winner_]->topic;
    v_.category = topic.category;
    v_.topic = topic.id;
    if (runner_up_ != kNoTopic) v_.runner_up = c_.topics[runner_up_]->topic.id;
    const Settings& s = c_.sources.settings;
    const Certainty sure = Confidence(decided);
    v_.confidence = sure.category;
    v_.topic_confidence = sure.topic;
    v_.triage = v_.confidence < s.threshold || v_.topic_confidence < s.topic_threshold ||
                (!decided && d_.sums[winner_] < s.min_evidence);
  }

  Certainty Confidence(bool decided) const {
    const Topic& won = c_.topics[winner_]->topic;
    Contest contest;
    contest.sum = d_.sums[winner_];
    bool rivals = false;
    for (const std::uint32_t t : d_.topics) {
      if (t == winner_ || d_.sums[t] <= 0 || (decided && !d_.decisive[t])) continue;
      const Topic& other = c_.topics[t]->topic;
      const bool kin = other.category == won.category && other.out_of_scope == won.out_of_scope;
      double& best = kin ? contest.kin : contest.rival;
      best = std::max(best, d_.sums[t]);
      rivals = true;
    }
    if (decided && !rivals) return {1, 1};
    return CertaintyOf(c_.sources.settings, contest);
  }

  // Decisive first, then by falling weight, then by id.
  void RankRules() {
    d_.ranked.clear();
    for (std::size_t i = 0; i < m_.matched().size(); ++i) {
      const std::uint32_t rule = m_.matched()[i];
      d_.ranked.push_back({rule, Rule(rule).weight * d_.factors[i]});
    }
    std::sort(d_.ranked.begin(), d_.ranked.end(), [this](const RankedRule& a, const RankedRule& b) {
      if (Rule(a.rule).decisive != Rule(b.rule).decisive) return Rule(a.rule).decisive;
      return a.weight != b.weight ? a.weight > b.weight : a.rule < b.rule;
    });
    v_.reasons.reserve(d_.ranked.size() + 2);
  }

  void AddReason(std::uint32_t rule, double weight) {
    const RuleSource& r = Rule(rule);
    Reason& reason = v_.reasons.emplace_back();
    reason.rule = r.id;
    reason.name = r.name;
    reason.topic = r.topic;
    reason.weight = weight;
    reason.decisive = r.decisive;
    reason.effect = EffectWords(r);
    reason.clause = Clause(rule);
    reason.spans = m_.Spans(c_.program.roots[rule]);
  }

  static std::string EffectWords(const RuleSource& r) {
    std::string out;
    const auto add = [&](std::string_view key, std::string_view value) {
      out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
    };
    if (r.type) add("type", ToWord(*r.type));
    if (r.urgency) add("urgency", ToWord(*r.urgency));
    for (const std::string& tag : r.tags) add("tag", tag);
    if (!r.reply.empty()) out += out.empty() ? "reply" : " reply";
    return out;
  }

  // The alternatives that held, or the whole condition.
  std::string Clause(std::uint32_t rule) const {
    const RuleSource& r = Rule(rule);
    const Node& root = c_.program.nodes[c_.program.roots[rule]];
    if (root.op != Op::kOr) return r.when;
    std::string out;
    std::size_t shown = 0;
    for (std::uint32_t i = 0; i < root.count && shown < kMaxAlternatives; ++i) {
      if (!m_.Holds(root.child + i)) continue;
      const Condition& part = *c_.program.nodes[root.child + i].source;
      out += (shown++ == 0 ? "" : " | ") + r.when.substr(part.begin, part.end - part.begin);
    }
    return out;
  }

  // Strongest first: decisive, then by weight, then by how many bytes of words matched.
  bool Stronger(std::size_t a, std::size_t b) const {
    const auto rank = [this](std::size_t i) {
      const Reason& r = v_.reasons[i];
      double words = 0;
      for (const Span& s : r.spans) words += s.end - s.begin;
      return std::tuple(!r.decisive, -std::abs(r.weight), -words, d_.ranked[i].rule);
    };
    return rank(a) < rank(b);
  }

  // reasons[i] is still that of rules[i]: the lexicon's stand after them.
  void Effects() {
    v_.type = input_.stated_type;
    std::optional<std::size_t> typed;
    std::optional<std::size_t> answered;
    for (std::size_t i = 0; i < d_.ranked.size(); ++i) {
      const RuleSource& r = Rule(d_.ranked[i].rule);
      if (r.type && (!typed || Stronger(i, *typed))) typed = i;
      if (r.urgency) v_.urgency = std::max(v_.urgency, *r.urgency);
      v_.tags.insert(v_.tags.end(), r.tags.begin(), r.tags.end());
      const std::uint32_t topic = c_.topic_of_rule[d_.ranked[i].rule];
      const bool fits = topic == kNoTopic || (topic == winner_ && !v_.triage);
      if (!r.reply.empty() && fits && (!answered || Stronger(i, *answered))) answered = i;
    }
    if (!v_.type && typed) v_.type = Rule(d_.ranked[*typed].rule).type;
    std::sort(v_.tags.begin(), v_.tags.end());
    v_.tags.erase(std::unique(v_.tags.begin(), v_.tags.end()), v_.tags.end());
    if (answered) {
      v_.reply = Rule(d_.ranked[*answered].rule).reply;
    } else if (winner_ != kNoTopic && !v_.triage && c_.topics[winner_]->topic.out_of_scope) {
      v_.reply = c_.topics[winner_]->reply;
    }
  }

  // One reason for each of the two best topics, with the terms that counted most.
  void AddLexiconReasons() {
    for (const std::uint32_t topic : {winner_, runner_up_}) {
      if (topic == kNoTopic || lexicon_terms_.empty() || d_.lexicon[topic] == 0) continue;
      std::vector<std::pair<double, std::uint32_t>> parts;
      const auto& lexicon = c_.program.lexicon_of_term;
      const std::uint32_t of = c_.category_of_topic[topic];
      const std::uint32_t category = of == kNoTopic ? kNoTopic : static_cast<std::uint32_t>(c_.topics.size()) + of;
      for (const std::uint32_t term : lexicon_terms_) {
        for (const LexiconHit* hit = lexicon.begin(term); hit != lexicon.end(term); ++hit) {
          if (hit->topic == topic || hit->topic == category) parts.emplace_back(hit->weight * ShareOf(term), term);
        }
      }
      std::sort(parts.begin(), parts.end(), [this](const auto& a, const auto& b) {
        return std::tuple(-std::abs(a.first), std::string_view(c_.program.term_names[a.second])) <
               std::tuple(-std::abs(b.first), std::string_view(c_.program.term_names[b.second]));
      });
      if (parts.size() > kMaxLexiconTerms) parts.resize(kMaxLexiconTerms);
      InsertReason(LexiconReason(topic, parts));
    }
  }

  // Keeps the order: decisive first, then by falling weight; the lexicon after rules of equal weight.
  void InsertReason(Reason reason) {
    const auto after = std::find_if(v_.reasons.begin(), v_.reasons.end(),
                                    [&](const Reason& r) { return !r.decisive && r.weight < reason.weight; });
    v_.reasons.insert(after, std::move(reason));
  }

  Reason LexiconReason(std::uint32_t topic, const std::vector<std::pair<double, std::uint32_t>>& parts) const {
    Reason reason;
    reason.rule = "lexicon";
    reason.name = "用词";
    reason.topic = c_.topics[topic]->topic.id;
    reason.weight = d_.lexicon[topic];
    for (const auto& [weight, term] : parts) {
      reason.clause +=
          fmt::format("{}{} {:+.2f}", reason.clause.empty() ? "" : "，", c_.program.term_names[term], weight);
      const std::vector<Span> spans = m_.SpansOfTerm(term);
      reason.spans.insert(reason.spans.end(), spans.begin(), spans.end());
    }
    JoinSpans(&reason.spans);
    return reason;
  }

  const Compilation& c_;
  const Input& input_;
  Matcher& m_;
  DecisionScratch& d_;
  Verdict v_;
  std::uint32_t winner_ = kNoTopic;
  std::uint32_t runner_up_ = kNoTopic;
  std::vector<std::uint32_t> lexicon_terms_;
  double share_ = 1;
};

}  // namespace

Verdict Decide(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch) {
  return Decider(c, input, matcher, scratch).Run();
}

}  // namespace minsheng::rules
