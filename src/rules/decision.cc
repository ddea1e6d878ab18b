// SPDX-License-Identifier: Apache-2.0
#include "src/rules/decision.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/rules/confidence.h"

namespace minsheng::rules {
namespace {

bool OpeningCounts(const Settings& s) { return s.opening_factor > 1 && s.opening_chars > 0; }

class Decider {
 public:
  Decider(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch)
      : c_(c), input_(input), m_(matcher), d_(scratch) {}

  void Run() {
    Begin();
    SumRules();
    SumLexicon();
    if (categories_) ShareCategories();
    ChooseTopic();
    Effects();
  }

 private:
  const Settings& settings() const { return c_.sources.settings; }
  TopicEvidence& Of(std::uint32_t topic) const { return d_.evidence.data()[topic]; }

  void Begin() {
    const std::size_t n = c_.topics.size() + c_.general_of_category.size();
    if (d_.evidence.size() != n || d_.epoch == UINT32_MAX) d_.evidence.assign(n, {}), d_.epoch = 0;
    ++d_.epoch;
    d_.matched.clear(), d_.topics.clear(), d_.lexicon_terms.clear(), d_.tags.clear();
  }

  TopicEvidence& Use(std::uint32_t topic) {
    TopicEvidence& e = Of(topic);
    if (e.epoch == d_.epoch) return e;
    e = {0, 0, d_.epoch, false};
    d_.topics.push_back(topic);
    categories_ = categories_ || topic >= c_.topics.size();
    return e;
  }

  void SumRules() {
    const bool opening = OpeningCounts(settings());
    for (const std::uint32_t rule : m_.matched()) {
      const RuleFacts& facts = c_.book.Facts(rule);
      d_.matched.push_back({rule, facts.decisive, facts.weight});
      effects_ = effects_ || facts.has_effects;
      if (facts.topic == kNoTopic) continue;
      if (opening && m_.HoldsInOpening(c_.program.roots[rule], static_cast<std::uint32_t>(settings().opening_chars))) {
        d_.matched.back().weight *= settings().opening_factor;
      }
      TopicEvidence& e = Use(facts.topic);
      e.sum += d_.matched.back().weight;
      e.decisive = e.decisive || facts.decisive;
    }
  }

  void SumLexicon() {
    const auto& lexicon = c_.program.lexicon_of_term;
    if (lexicon.items.empty()) return;
    for (const std::uint32_t term : m_.seen()) {
      if (c_.program.terms[term].lexicon && m_.TermOccurs(term)) d_.lexicon_terms.push_back(term);
    }
    if (d_.lexicon_terms.empty()) return;
    std::sort(d_.lexicon_terms.begin(), d_.lexicon_terms.end());  // sums must not depend on the order of the text
    d_.lexicon_share = std::pow(static_cast<double>(d_.lexicon_terms.size()), -0.5 * settings().lexicon_length);
    for (const std::uint32_t term : d_.lexicon_terms) {
      const double share = LexiconShare(c_, m_, d_, term);
      for (const LexiconHit* hit = lexicon.begin(term); hit != lexicon.end(term); ++hit) {
        Use(hit->topic).lexicon += hit->weight * share;
      }
    }
    for (const std::uint32_t topic : d_.topics) Of(topic).sum += Of(topic).lexicon;
  }

  // Hands the evidence for categories on to their topics, or to the general one if none has any.
  void ShareCategories() {
    const auto first = static_cast<std::uint32_t>(c_.topics.size());
    const auto middle = std::partition(d_.topics.begin(), d_.topics.end(), [=](std::uint32_t t) { return t < first; });
    const auto own = static_cast<std::size_t>(middle - d_.topics.begin());
    const std::size_t all = d_.topics.size();
    for (std::size_t i = own; i < all; ++i) {
      const std::uint32_t category = d_.topics[i] - first;
      const TopicEvidence evidence = Of(d_.topics[i]);
      bool shared = false;
      for (std::size_t j = 0; j < own; ++j) {
        TopicEvidence& e = Of(d_.topics[j]);
        if (c_.category_of_topic[d_.topics[j]] != category || e.sum <= 0) continue;
        e.sum += evidence.sum;
        e.lexicon += evidence.lexicon;
        shared = true;
      }
      const std::uint32_t general = c_.general_of_category[category];
      if (shared || evidence.sum <= 0 || general == kNoTopic) continue;
      TopicEvidence& e = Use(general);
      e.sum += evidence.sum;
      e.lexicon += evidence.lexicon;
    }
    std::erase_if(d_.topics, [=](std::uint32_t t) { return t >= first; });
  }

  bool Better(std::uint32_t a, std::uint32_t b) const {
    if (b == kNoTopic) return true;
    return Of(a).sum != Of(b).sum ? Of(a).sum > Of(b).sum : a < b;
  }

  void ChooseTopic() {
    d_.winner = d_.runner_up = kNoTopic;
    d_.certainty = {};
    d_.triage = true;
    const bool decided =
        std::any_of(d_.topics.begin(), d_.topics.end(), [this](std::uint32_t t) { return Of(t).decisive; });
    for (const std::uint32_t t : d_.topics) {
      if ((decided ? Of(t).decisive : Of(t).sum > 0) && Better(t, d_.winner)) d_.winner = t;
    }
    if (d_.winner == kNoTopic) return;
    for (const std::uint32_t t : d_.topics) {
      if (t != d_.winner && Of(t).sum > 0 && Better(t, d_.runner_up)) d_.runner_up = t;
    }
    d_.certainty = CertaintyOfWinner(decided);
    d_.triage = d_.certainty.category < settings().threshold || d_.certainty.topic < settings().topic_threshold ||
                (!decided && Of(d_.winner).sum < settings().min_evidence);
  }

  Certainty CertaintyOfWinner(bool decided) const {
    Contest contest;
    contest.sum = Of(d_.winner).sum;
    bool rivals = false;
    for (const std::uint32_t t : d_.topics) {
      if (t == d_.winner || Of(t).sum <= 0 || (decided && !Of(t).decisive)) continue;
      const bool kin = c_.kin_of_topic[t] == c_.kin_of_topic[d_.winner];
      double& best = kin ? contest.kin : contest.rival;
      best = std::max(best, Of(t).sum);
      rivals = true;
    }
    if (decided && !rivals) return {1, 1};
    return CertaintyOf(settings(), contest);
  }

  // Decisive first, then by weight, then by how many bytes of words matched, then by id.
  bool Stronger(const RankedRule& a, const RankedRule& b) {
    if (a.decisive != b.decisive) return a.decisive;
    if (std::abs(a.weight) != std::abs(b.weight)) return std::abs(a.weight) > std::abs(b.weight);
    const std::uint64_t words_a = WordBytes(a.rule), words_b = WordBytes(b.rule);
    return words_a != words_b ? words_a > words_b : a.rule < b.rule;
  }
  std::uint64_t WordBytes(std::uint32_t rule) {
    m_.Spans(c_.program.roots[rule], &d_.spans);
    std::uint64_t bytes = 0;
    for (const Span& s : d_.spans) bytes += s.end - s.begin;
    return bytes;
  }

  void Effects() {
    d_.type = input_.stated_type;
    d_.urgency = Urgency::kNormal;
    d_.reply = {};
    const RankedRule* typed = nullptr;
    const RankedRule* answered = nullptr;
    if (effects_) {
      for (const RankedRule& r : d_.matched) AddEffects(r, &typed, &answered);
    }
    if (!d_.type && typed != nullptr) d_.type = static_cast<RequestType>(c_.book.Facts(typed->rule).type);
    std::sort(d_.tags.begin(), d_.tags.end());
    d_.tags.erase(std::unique(d_.tags.begin(), d_.tags.end()), d_.tags.end());
    if (answered != nullptr) {
      d_.reply = c_.book.Reply(answered->rule);
    } else if (d_.winner != kNoTopic && !d_.triage && c_.topics[d_.winner]->topic.out_of_scope) {
      d_.reply = c_.topics[d_.winner]->reply;
    }
  }

  void AddEffects(const RankedRule& r, const RankedRule** typed, const RankedRule** answered) {
    const RuleFacts& facts = c_.book.Facts(r.rule);
    if (!facts.has_effects) return;
    if (facts.type >= 0 && (*typed == nullptr || Stronger(r, **typed))) *typed = &r;
    if (facts.urgency >= 0) d_.urgency = std::max(d_.urgency, static_cast<Urgency>(facts.urgency));
    d_.tags.insert(d_.tags.end(), c_.book.TagsBegin(r.rule), c_.book.TagsEnd(r.rule));
    const bool fits = facts.topic == kNoTopic || (facts.topic == d_.winner && !d_.triage);
    if (!fits || c_.book.Reply(r.rule).empty()) return;
    if (*answered == nullptr || Stronger(r, **answered)) *answered = &r;
  }

  const Compilation& c_;
  const Input& input_;
  Matcher& m_;
  DecisionScratch& d_;
  bool categories_ = false;
  bool effects_ = false;
};

}  // namespace

double LexiconShare(const Compilation& c, const Matcher& matcher, const DecisionScratch& scratch, std::uint32_t term) {
  const Settings& s = c.sources.settings;
  const bool opening = OpeningCounts(s) && matcher.TermInOpening(term, static_cast<std::uint32_t>(s.opening_chars));
  return scratch.lexicon_share * (opening ? s.opening_factor : 1);
}

void DropSources(Compilation* c) {
  Sources kept;
  kept.categories = std::move(c->sources.categories);
  kept.topics = std::move(c->sources.topics);
  kept.settings = c->sources.settings;
  c->sources = std::move(kept);
}

void Decide(const Compilation& c, const Input& input, Matcher& matcher, DecisionScratch& scratch) {
  Decider(c, input, matcher, scratch).Run();
}

}  // namespace minsheng::rules
