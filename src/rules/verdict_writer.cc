// SPDX-License-Identifier: Apache-2.0
// From a decision to a Verdict: names, sums and reasons.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "src/rules/decision.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxSums = 8;
constexpr std::size_t kMaxLexiconTerms = 8;  // shown in a reason
constexpr std::size_t kMaxAlternatives = 3;  // shown in a clause

// Keeps the memory of elements that are not needed now: they wait in `spare`.
template <class T>
void Resize(std::size_t n, std::vector<T>* all, std::vector<T>* spare) {
  for (; all->size() > n; all->pop_back()) spare->push_back(std::move(all->back()));
  for (; all->size() < n && !spare->empty(); spare->pop_back()) all->push_back(std::move(spare->back()));
  all->resize(n);
}

class VerdictWriter {
 public:
  VerdictWriter(const Compilation& c, Matcher& matcher, DecisionScratch& scratch, Verdict* out)
      : c_(c), m_(matcher), d_(scratch), v_(*out) {}

  void Run() {
    Head();
    Sums();
    Rank();
    Reasons();
    LexiconReasons();
  }

 private:
  const std::string& IdOf(std::uint32_t topic) const { return c_.topics[topic]->topic.id; }
  const TopicEvidence& Of(std::uint32_t topic) const { return d_.evidence.data()[topic]; }

  void Head() {
    v_.category.clear(), v_.topic.clear(), v_.runner_up.clear();
    if (d_.winner != kNoTopic) v_.category = c_.topics[d_.winner]->topic.category, v_.topic = IdOf(d_.winner);
    if (d_.runner_up != kNoTopic) v_.runner_up = IdOf(d_.runner_up);
    v_.confidence = d_.certainty.category;
    v_.topic_confidence = d_.certainty.topic;
    v_.triage = d_.triage;
    v_.type = d_.type;
    v_.urgency = d_.urgency;
    v_.reply = d_.reply;
    Resize(d_.tags.size(), &v_.tags, &d_.spare_tags);
    for (std::size_t i = 0; i < d_.tags.size(); ++i) v_.tags[i] = c_.book.TagName(d_.tags[i]);
    WritePlace();
  }

  void WritePlace() {
    const text::Gazetteer& places = c_.program.places;
    const bool placed = m_.place() != text::Gazetteer::kNone;
    if (placed != v_.place.has_value()) v_.place.swap(d_.spare_place);
    if (!placed) return v_.place.reset();
    if (!v_.place) v_.place.emplace();
    v_.place->id = places.id(m_.place());
    v_.place->name = places.name(m_.place());
    v_.place->span = m_.place_span();
  }

  void Sums() {
    std::vector<std::uint32_t>& order = d_.topics;
    const auto shown = std::min(order.size(), kMaxSums);
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
        [this](std::uint32_t a, std::uint32_t b) { return Of(a).sum != Of(b).sum ? Of(a).sum > Of(b).sum : a < b; });
    Resize(shown, &v_.sums, &d_.spare_sums);
    for (std::size_t i = 0; i < shown; ++i) {
      v_.sums[i].topic = IdOf(order[i]);
      v_.sums[i].sum = Of(order[i]).sum;
    }
  }

  // Decisive first, then by falling weight, then by id.
  void Rank() {
    std::sort(d_.matched.begin(), d_.matched.end(), [](const RankedRule& a, const RankedRule& b) {
      if (a.decisive != b.decisive) return a.decisive;
      return a.weight != b.weight ? a.weight > b.weight : a.rule < b.rule;
    });
  }

  // What the reasons will read lies far apart in memory: it is asked for at once, not one by one.
  void FetchAhead() const {
    const Program& p = c_.program;
    for (const RankedRule& r : d_.matched) {
      c_.book.FetchRow(r.rule);
      __builtin_prefetch(p.nodes.data() + p.roots.data()[r.rule]);
      __builtin_prefetch(p.nodes.data() + p.roots.data()[r.rule] + 4);
    }
    for (const RankedRule& r : d_.matched) {
      c_.book.FetchTexts(r.rule);
      const Node& root = p.nodes.data()[p.roots.data()[r.rule]];
      __builtin_prefetch(p.nodes.data() + root.child + root.count);
    }
  }

  void Reasons() {
    FetchAhead();
    Resize(d_.matched.size(), &v_.reasons, &d_.spare_reasons);
    for (std::size_t i = 0; i < d_.matched.size(); ++i) {
      const RankedRule& r = d_.matched[i];
      Reason& reason = v_.reasons[i];
      reason.rule = c_.book.Id(r.rule);
      reason.name = c_.book.Name(r.rule);
      reason.topic = c_.book.TopicId(r.rule);
      reason.weight = r.weight;
      reason.decisive = r.decisive;
      reason.effect = c_.book.Effect(r.rule);
      WriteClause(r.rule, &reason.clause);
      m_.Spans(c_.program.roots[r.rule], &reason.spans);
    }
  }

  // The alternatives that held, or the whole condition.
  void WriteClause(std::uint32_t rule, std::string* out) {
    const std::string_view when = c_.book.When(rule);
    const Node& root = c_.program.nodes[c_.program.roots[rule]];
    if (root.op != Op::kOr) {
      *out = when;
      return;
    }
    out->clear();
    std::size_t shown = 0;
    for (std::uint32_t i = 0; i < root.count && shown < kMaxAlternatives; ++i) {
      if (!m_.Holds(root.child + i)) continue;
      const Node& part = c_.program.nodes[root.child + i];
      if (shown++ > 0) *out += " | ";
      *out += when.substr(part.begin, static_cast<std::size_t>(part.end - part.begin));
    }
  }

  // One reason for each of the two best topics, with the terms that counted most.
  void LexiconReasons() {
    for (const std::uint32_t topic : {d_.winner, d_.runner_up}) {
      if (topic == kNoTopic || d_.lexicon_terms.empty() || Of(topic).lexicon == 0) continue;
      d_.parts.clear();
      const auto& lexicon = c_.program.lexicon_of_term;
      const std::uint32_t of = c_.category_of_topic[topic];
      const std::uint32_t category = of == kNoTopic ? kNoTopic : static_cast<std::uint32_t>(c_.topics.size()) + of;
      for (const std::uint32_t term : d_.lexicon_terms) {
        const double share = LexiconShare(c_, m_, d_, term);
        for (const LexiconHit* hit = lexicon.begin(term); hit != lexicon.end(term); ++hit) {
          if (hit->topic == topic || hit->topic == category) d_.parts.emplace_back(hit->weight * share, term);
        }
      }
      const auto shown = std::min(d_.parts.size(), kMaxLexiconTerms);
      std::partial_sort(d_.parts.begin(), d_.parts.begin() + static_cast<std::ptrdiff_t>(shown), d_.parts.end(),
                        [this](const auto& a, const auto& b) {
                          return std::tuple(-std::abs(a.first), c_.program.TermName(a.second)) <
                                 std::tuple(-std::abs(b.first), c_.program.TermName(b.second));
                        });
      d_.parts.resize(shown);
      InsertLexiconReason(topic);
    }
  }

  // Keeps the order: decisive first, then by falling weight; the lexicon after rules of equal weight.
  void InsertLexiconReason(std::uint32_t topic) {
    const double weight = Of(topic).lexicon;
    const auto after = std::find_if(v_.reasons.begin(), v_.reasons.end(),
                                    [&](const Reason& r) { return !r.decisive && r.weight < weight; });
    const auto place = after - v_.reasons.begin();
    Resize(v_.reasons.size() + 1, &v_.reasons, &d_.spare_reasons);
    WriteLexiconReason(topic, &v_.reasons.back());
    std::rotate(v_.reasons.begin() + place, v_.reasons.end() - 1, v_.reasons.end());
  }

  void WriteLexiconReason(std::uint32_t topic, Reason* reason) {
    reason->rule = "lexicon";
    reason->name = "用词";
    reason->topic = IdOf(topic);
    reason->weight = Of(topic).lexicon;
    reason->decisive = false;
    reason->effect.clear(), reason->clause.clear(), reason->spans.clear();
    for (const auto& [weight, term] : d_.parts) {
      fmt::format_to(std::back_inserter(reason->clause), "{}{} {:+.2f}", reason->clause.empty() ? "" : "，",
                     c_.program.TermName(term), weight);
      m_.AppendSpansOfTerm(term, &reason->spans);
    }
    JoinSpans(&reason->spans);
  }

  const Compilation& c_;
  Matcher& m_;
  DecisionScratch& d_;
  Verdict& v_;
};

}  // namespace

void WriteVerdict(const Compilation& c, Matcher& matcher, DecisionScratch& scratch, Verdict* out) {
  VerdictWriter(c, matcher, scratch, out).Run();
}

}  // namespace minsheng::rules
