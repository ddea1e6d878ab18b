// SPDX-License-Identifier: Apache-2.0
#include "src/rules/mining.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxMisjudged = 3'000;  // the newest so many are mined
constexpr std::size_t kMaxWords = 48;         // of a topic, that clauses are made of
constexpr std::size_t kMaxInGroup = 5;        // in one group
constexpr double kCohesion = 30;              // halves stand together so many times more often than by chance
constexpr double kPricePerHit = 1;            // of a Request of another topic that is hit
constexpr double kPricePerWord = 0.1;         // short conditions win ties,
constexpr double kPriceOfDistance = 0.02;     // and near words those that are further apart, per character;
constexpr double kPriceOfAnywhere =
    0.5;  // per citizen; in a long text, two words anywhere have little to do with each other
constexpr int kDistances[] = {2, 5, 8, 12, 20, 30};

// What one scan of all texts says of a word.
struct WordFacts {
  std::uint32_t elsewhere = 0;    // Requests of other topics that hold it
  std::uint64_t occurrences = 0;  // in all texts
};

struct Hit {
  std::uint32_t request;
  int gap;
};
using Posting = std::vector<std::uint32_t>;  // Requests, rising
using PairPosting = std::vector<Hit>;        // Requests, rising

// A clause in numbers of words, with what it reaches.
struct Candidate {
  std::vector<std::size_t> left, right;
  int near = MinedCondition::kAnywhere;
  double score = 0;
  std::uint32_t support = 0;
  std::uint32_t others = 0;
  bool operator<(const Candidate& o) const {  // better first
    return std::tuple(-score, left.size() + right.size(), near, left, right) <
           std::tuple(-o.score, o.left.size() + o.right.size(), o.near, o.left, o.right);
  }
};

std::string Group(const std::vector<std::u16string>& terms, bool brackets) {
  std::string out;
  for (const auto& term : terms) out += (out.empty() ? "" : " | ") + text::ToUtf8(term);
  return brackets && terms.size() > 1 ? "(" + out + ")" : out;
}

class ConditionMiner {
 public:
  ConditionMiner(const Corpus& corpus, const std::string& topic, const StopWords& stop, std::uint32_t min_support)
      : c_(corpus), topic_(topic), stop_(stop), min_support_(min_support), seen_citizen_(corpus.cases.size() + 1, 0) {}

  std::vector<MinedCondition> Run(std::size_t limit) {
    CollectMisjudged();
    if (!FindWords()) return {};
    FindPostings();
    std::vector<MinedCondition> clauses;
    while (clauses.size() < limit) {
      auto best = Best();
      if (!best || best->support < min_support_) break;
      while (Extend(&*best)) {
      }
      for (const std::uint32_t r : RequestsOf(*best)) open_[r] = false;
      clauses.push_back(ConditionOf(*best));
    }
    return clauses;
  }

 private:
  bool IsOther(std::size_t r) const {
    return !c_.decided[r].empty() && !IsUnder(c_.decided[r], topic_) && !IsUnder(topic_, c_.decided[r]);
  }

  void CollectMisjudged() {
    open_.assign(c_.cases.size(), false);
    for (std::uint32_t r = 0; r < c_.cases.size() && misjudged_.size() < kMaxMisjudged; ++r) {
      if (!c_.misjudged[r] || c_.cases[r].label != topic_) continue;
      misjudged_.push_back(r);
      open_[r] = true;
    }
    std::vector<std::uint32_t> by_citizen = misjudged_;
    std::stable_sort(by_citizen.begin(), by_citizen.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return c_.citizens[a] < c_.citizens[b]; });
    for (const std::uint32_t r : by_citizen) counts_.Add(c_.texts[r], std::to_string(c_.citizens[r]));
    counts_.Keep(min_support_);
  }

  // The words that are more common here than elsewhere; false when there is none.
  bool FindWords() {
    std::vector<std::u16string> terms;
    std::map<std::u16string_view, std::size_t> number;
    for (const auto& [term, n] : counts_.kept()) {
      number.emplace(term, terms.size());
      terms.push_back(term);
    }
    if (terms.empty()) return false;
    std::uint64_t characters = 0;
    const std::vector<WordFacts> facts = Scan(terms, &characters);
    const auto n = [&](std::u16string_view t) { return static_cast<double>(facts[number.at(t)].occurrences); };
    const auto is_cohesive = [&](std::u16string_view term) {
      const double all = static_cast<double>(characters);
      const double least = std::min(kCohesion, all / (2 * n(term)));  // few texts cannot show more
      for (std::size_t cut = 1; cut < term.size(); ++cut) {
        if (n(term) * all < least * n(term.substr(0, cut)) * n(term.substr(cut))) return false;
      }
      return true;
    };
    std::vector<std::pair<double, std::u16string>> ranked;
    auto all_words = WordsOf(counts_, stop_, is_cohesive);
    for (auto& word : all_words) {
      const double here = counts_.CitizensOf(word);
      const double elsewhere = facts[number.at(word)].elsewhere;
      const double lift = here / static_cast<double>(misjudged_.size()) * (others_ + 1) / (elsewhere + 1);
      if (lift > 1) ranked.emplace_back(-here * std::log(lift), std::move(word));
    }
    tries_ = all_words.size();
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > kMaxWords) ranked.resize(kMaxWords);
    for (auto& [rank, word] : ranked) words_.push_back(std::move(word));
    return !words_.empty();
  }

  // How surprising it is that `support` of the misjudged are hit, if they were like the Requests of other
  // topics, of which `elsewhere` are: the exponent of Chernoff's bound for a Poisson count. Of `tries`
  // words or clauses without meaning, fewer than one is more surprising than ln(tries).
  bool IsSurprising(double support, double elsewhere, std::size_t tries) const {
    const double expected = static_cast<double>(misjudged_.size()) * (elsewhere + 1) / (others_ + 1);
    if (support <= expected) return false;
    return support * std::log(support / expected) - (support - expected) > std::log(static_cast<double>(tries));
  }

  std::vector<WordFacts> Scan(const std::vector<std::u16string>& terms, std::uint64_t* characters) {
    std::vector<WordFacts> facts(terms.size());
    std::vector<std::uint32_t> seen_in(terms.size(), 0);
    const Automaton automaton(terms);
    for (std::size_t r = 0; r < c_.texts.size(); ++r) {
      const bool other = IsOther(r);
      others_ += other ? 1 : 0;
      *characters += c_.texts[r].size();
      automaton.Scan(c_.texts[r], [&](std::uint32_t term, std::uint32_t) {
        ++facts[term].occurrences;
        if (!other || seen_in[term] == r + 1) return;
        seen_in[term] = static_cast<std::uint32_t>(r + 1);
        ++facts[term].elsewhere;
      });
    }
    return facts;
  }

  // Where the words stand, in the Requests that count: misjudged ones and those of other topics.
  void FindPostings() {
    postings_.resize(words_.size());
    pairs_.resize(words_.size() * words_.size());
    const Automaton automaton(words_);
    std::vector<std::vector<std::uint32_t>> ends(words_.size());
    std::vector<std::uint32_t> here;
    for (std::uint32_t r = 0; r < c_.texts.size(); ++r) {
      if (!open_[r] && !IsOther(r)) continue;
      for (const std::uint32_t w : here) ends[w].clear();
      here.clear();
      automaton.Scan(c_.texts[r], [&](std::uint32_t w, std::uint32_t end) {
        if (ends[w].empty()) here.push_back(w);
        ends[w].push_back(end);
      });
      for (std::size_t i = 0; i < here.size(); ++i) {
        postings_[here[i]].push_back(r);
        for (std::size_t j = 0; j < i; ++j) {
          const auto a = std::min(here[i], here[j]), b = std::max(here[i], here[j]);
          pairs_[a * words_.size() + b].push_back({r, Gap(ends[a], words_[a].size(), ends[b], words_[b].size())});
        }
      }
    }
  }

  // The fewest characters between an occurrence of one and of the other; 0 where they overlap.
  static int Gap(const std::vector<std::uint32_t>& a, std::size_t a_size, const std::vector<std::uint32_t>& b,
                 std::size_t b_size) {
    int least = INT32_MAX;
    for (const std::uint32_t x : a) {
      for (const std::uint32_t y : b) {
        const int gap = x < y ? static_cast<int>(y - b_size) - static_cast<int>(x)
                              : static_cast<int>(x - a_size) - static_cast<int>(y);
        least = std::min(least, std::max(0, gap));
      }
    }
    return least;
  }

  const PairPosting& Pair(std::size_t a, std::size_t b) const {
    return pairs_[std::min(a, b) * words_.size() + std::max(a, b)];
  }
  bool Overlap(std::size_t a, std::size_t b) const {
    return words_[a].find(words_[b]) != std::u16string::npos || words_[b].find(words_[a]) != std::u16string::npos;
  }

  Posting RequestsOf(const Candidate& c) const {
    Posting out;
    for (const std::size_t a : c.left) {
      if (c.right.empty()) out.insert(out.end(), postings_[a].begin(), postings_[a].end());
      for (const std::size_t b : c.right) {
        for (const Hit& hit : Pair(a, b)) {
          if (c.near == MinedCondition::kAnywhere || hit.gap <= c.near) out.push_back(hit.request);
        }
      }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  void Rate(Candidate* c) {
    ++epoch_;
    c->support = c->others = 0;
    for (const std::uint32_t r : RequestsOf(*c)) {
      if (!open_[r]) {
        c->others += IsOther(r) ? 1 : 0;
        continue;
      }
      std::uint32_t& seen = seen_citizen_[c_.citizens[r]];
      c->support += seen == epoch_ ? 0 : 1;
      seen = epoch_;
    }
    Score(c);
  }

  static void Score(Candidate* c) {
    const double apart = c->right.empty()                       ? 0
                         : c->near == MinedCondition::kAnywhere ? kPriceOfAnywhere * c->support
                                                                : kPriceOfDistance * c->near;
    c->score = c->support - kPricePerHit * c->others - apart -
               kPricePerWord * static_cast<double>(c->left.size() + c->right.size());
  }

  // One pair of words at every distance, counted in one pass.
  void RatePair(std::size_t a, std::size_t b, std::vector<Candidate>* good) {
    constexpr std::size_t kSteps = std::size(kDistances) + 1;  // the last one: anywhere
    std::array<std::uint32_t, kSteps> support{}, others{};
    const auto step = [](int gap) {
      return static_cast<std::size_t>(std::lower_bound(std::begin(kDistances), std::end(kDistances), gap) -
                                      std::begin(kDistances));
    };
    std::map<std::uint32_t, std::size_t> nearest;  // of each citizen
    for (const Hit& hit : Pair(a, b)) {
      if (!open_[hit.request]) {
        others[step(hit.gap)] += IsOther(hit.request) ? 1 : 0;
        continue;
      }
      const auto [at, fresh] = nearest.try_emplace(c_.citizens[hit.request], step(hit.gap));
      if (!fresh) at->second = std::min(at->second, step(hit.gap));
    }
    for (const auto& [citizen, nearest_step] : nearest) ++support[nearest_step];
    Candidate c{{a}, {b}};
    for (std::size_t i = 0; i < kSteps; ++i) {
      c.support += support[i];
      c.others += others[i];
      c.near = i + 1 < kSteps ? kDistances[i] : MinedCondition::kAnywhere;
      Score(&c);
      if (c.support >= min_support_ && c.score > 0) good->push_back(c);
    }
  }

  // The best word or pair of words for what is still open.
  std::optional<Candidate> Best() {
    std::vector<Candidate> all;
    for (std::size_t a = 0; a < words_.size(); ++a) {
      Candidate alone{{a}, {}};
      Rate(&alone);
      if (alone.support >= min_support_ && alone.score > 0) all.push_back(std::move(alone));
      for (std::size_t b = a + 1; b < words_.size(); ++b) {
        if (Pair(a, b).size() >= min_support_ && !Overlap(a, b)) RatePair(a, b, &all);
      }
    }
    std::erase_if(all, [&, tries = std::max(tries_, all.size())](const Candidate& c) {
      return !IsSurprising(c.support, c.others, tries);
    });
    if (all.empty()) return std::nullopt;
    return *std::min_element(all.begin(), all.end());
  }

  // Adds the alternative that explains most on top; false when none explains a second citizen more.
  bool Extend(Candidate* c) {
    std::vector<Candidate> all;
    for (std::size_t w = 0; w < words_.size(); ++w) {
      const auto in = [&](const std::vector<std::size_t>& group) {
        return std::any_of(group.begin(), group.end(), [&](std::size_t other) { return Overlap(w, other); });
      };
      if (in(c->left) || in(c->right)) continue;
      for (const bool left : {true, false}) {
        if (!left && c->right.empty()) continue;
        Candidate wider = *c;
        auto& group = left ? wider.left : wider.right;
        if (group.size() >= kMaxInGroup) continue;
        group.push_back(w);
        Rate(&wider);
        if (wider.support < c->support + 2 || wider.score < c->score + 1.5) continue;
        if (!IsSurprising(wider.support - c->support, wider.others - c->others, tries_)) continue;
        all.push_back(std::move(wider));
      }
    }
    if (all.empty()) return false;
    *c = *std::min_element(all.begin(), all.end());
    return true;
  }

  MinedCondition ConditionOf(const Candidate& c) const {
    MinedCondition out;
    for (const std::size_t w : c.left) out.left.push_back(words_[w]);
    for (const std::size_t w : c.right) out.right.push_back(words_[w]);
    out.near = c.near;
    return out;
  }

  const Corpus& c_;
  const std::string& topic_;
  const StopWords& stop_;
  const std::uint32_t min_support_;
  Posting misjudged_;       // rising; the cases come newest first
  std::vector<bool> open_;  // misjudged and not explained yet
  TermCounts counts_;
  std::vector<std::u16string> words_;
  std::vector<Posting> postings_;
  std::vector<PairPosting> pairs_;  // [a * words + b], a < b
  std::vector<std::uint32_t> seen_citizen_;
  std::uint32_t epoch_ = 0;
  double others_ = 0;      // Requests of other topics
  std::size_t tries_ = 1;  // words that might have been chosen by chance
};

}  // namespace

std::string MinedCondition::When() const {
  if (right.empty()) return Group(left, false);
  const auto between = near == kAnywhere ? std::string("&") : fmt::format("~{}", near);
  return fmt::format("{} {} {}", Group(left, true), between, Group(right, true));
}

std::vector<MinedCondition> MineConditions(const Corpus& corpus, const std::string& topic, const StopWords& stop,
                                           std::uint32_t min_support, std::size_t limit) {
  return ConditionMiner(corpus, topic, stop, std::max(1U, min_support)).Run(limit);
}

}  // namespace minsheng::rules
