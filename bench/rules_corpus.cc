// SPDX-License-Identifier: Apache-2.0
#include "bench/rules_corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "bench/rules_words.h"

namespace minsheng::bench {
namespace {

constexpr std::size_t kCategories = 6;
constexpr std::size_t kTopics = 60;  // in each
constexpr int kGap = 8;
constexpr std::size_t kGeneralRules = 1000;  // the first rules look for more general words

class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  std::size_t Below(std::size_t n) { return random_() % n; }
  bool Chance(std::size_t percent) { return Below(100) < percent; }
  template <class List>
  std::string Of(const List& list) {
    return std::string(list[Below(list.size())]);
  }
  std::string Road() { return Of(words::kRoadNames) + Of(words::kRoadKinds); }
  std::string Matter() {
    const std::string adverb = Chance(40) ? Of(words::kAdverbs) : "";
    return Of(words::kModifiers) + Of(words::kObjects) + adverb + Of(words::kProblems);
  }
  std::string Sentence() { return fmt::format("{}{}{}号{}", Of(words::kDistricts), Road(), Below(300) + 1, Matter()); }

  std::string Text() {
    static constexpr std::array<std::size_t, 20> kLengths = {40,  50,  60,  70,  75,  80,  85,  90,  95,  100,
                                                             105, 110, 115, 120, 125, 135, 155, 190, 250, 400};
    const std::size_t bytes = 3 * (kLengths[Below(kLengths.size())] + Below(20));
    std::string text = Of(words::kOpenings) + Of(words::kTimes) + Sentence();
    if (Chance(35)) text += "，" + Matter();
    text += "。";
    if (Chance(15)) text += "另外，" + Sentence() + "。";
    while (text.size() < bytes) text += Of(words::kFillers);
    return text + Of(words::kEndings);
  }

  std::string Keyword(std::size_t rule) {
    const std::size_t kind = Below(1000);
    const std::size_t general = rule < kGeneralRules ? 25 : 2;
    if (kind < general) return Chance(50) ? Of(words::kObjects) : Of(words::kProblems);
    if (kind < 130) return Of(words::kDistricts) + Road();
    if (kind < 300) return Of(words::kModifiers) + Of(words::kObjects);
    if (kind < 600) return Of(words::kObjects) + Of(words::kProblems);
    if (kind < 800) return Of(words::kObjects) + Of(words::kAdverbs) + Of(words::kProblems);
    return Road() + Of(words::kObjects);
  }

 private:
  std::mt19937 random_;
};

std::vector<std::string> Several(std::size_t n, const std::function<std::string()>& make) {
  std::vector<std::string> out;
  while (out.size() < n) {
    std::string word = make();
    if (std::find(out.begin(), out.end(), word) == out.end()) out.push_back(std::move(word));
  }
  return out;
}

bool Contains(std::string_view text, const std::string& word) { return text.find(word) != std::string_view::npos; }
bool AnyIn(const std::vector<std::string>& words, std::string_view text) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& w) { return Contains(text, w); });
}

std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Whether one of `a` stands before one of `b`, with at most `gap` characters between.
bool Follows(const std::vector<std::string>& a, const std::vector<std::string>& b, int gap, std::string_view text) {
  for (const auto& first : a) {
    for (std::size_t at = text.find(first); at != std::string_view::npos; at = text.find(first, at + 1)) {
      for (const auto& second : b) {
        const std::size_t from = at + first.size();
        for (std::size_t to = text.find(second, from); to != std::string_view::npos; to = text.find(second, to + 1)) {
          if (Characters(text.substr(from, to - from)) <= static_cast<std::size_t>(gap)) return true;
        }
      }
    }
  }
  return false;
}

std::string Joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::string TopicId(std::size_t category, std::size_t topic) { return fmt::format("c{}.t{:02}", category, topic); }

MadeRule MakeRule(Maker& make, std::size_t number, const std::function<std::string()>& keyword) {
  MadeRule r;
  r.id = fmt::format("made.rule-{:06}", number);
  const std::size_t kind = make.Below(100);
  if (kind < 10) {  // an object and a problem near each other, or in a regex
    r.regex = kind < 5;
    r.gap = kGap;
    r.left = Several(1 + make.Below(2), [&] { return make.Of(words::kModifiers) + make.Of(words::kObjects); });
    r.right = Several(2 + make.Below(2), [&] { return make.Of(words::kProblems); });
  } else {
    r.any = Several(3 + make.Below(6), keyword);
  }
  const auto around = [&] { return make.Of(words::kAround); };
  if (make.Chance(25)) r.all = Several(1 + make.Below(2), around);
  if (make.Chance(30)) {
    r.none = Several(1 + make.Below(2), around);
    // A word that always comes along with another one of the rule would make it impossible.
    std::erase_if(r.none, [&](const std::string& w) {
      const auto holds = [&](const std::string& other) { return Contains(other, w) || Contains(w, other); };
      const auto in = [&](const std::vector<std::string>& all) { return std::any_of(all.begin(), all.end(), holds); };
      return in(r.any) || in(r.all) || in(r.left) || in(r.right);
    });
  }
  r.halves = static_cast<int>(make.Below(10)) + 1;
  r.topic = TopicId(make.Below(kCategories), make.Below(kTopics));
  return r;
}

}  // namespace

std::vector<std::string> MadeTexts(std::size_t n) {
  Maker make(20261101);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < n; ++i) texts.push_back(make.Text());
  return texts;
}

std::vector<MadeRule> MadeRules(std::size_t n) {
  Maker make(20261102);
  std::set<std::string> conditions;
  std::vector<MadeRule> made;
  while (made.size() < n) {
    const std::size_t number = made.size();
    MadeRule rule = MakeRule(make, number, [&] { return make.Keyword(number); });
    if (conditions.insert(ConditionOf(rule)).second) made.push_back(std::move(rule));
  }
  return made;
}

std::vector<MadeRule> SilentRules(std::size_t n, const std::vector<std::string>& texts) {
  Maker make(20261103);
  std::vector<std::string> characters;
  std::set<std::string> followers;  // pairs that stand in a text
  std::set<std::string> known;
  for (const auto& text : texts) {
    for (std::size_t at = 0; at + 3 <= text.size(); at += (text[at] & 0x80) != 0 ? 3 : 1) {
      if ((text[at] & 0x80) == 0) continue;
      const std::string c = text.substr(at, 3);
      if (c >= "一" && known.insert(c).second && c < "鿿") characters.push_back(c);
      followers.insert(text.substr(at, 6));
    }
  }
  const auto keyword = [&] {
    for (;;) {
      std::string word;
      for (std::size_t i = 4 + make.Below(2); i > 0; --i) word += make.Of(characters);
      if (!followers.contains(word.substr(word.size() - 6))) return word;
    }
  };
  std::vector<MadeRule> made;
  for (std::size_t i = 0; i < n; ++i) {
    MadeRule rule = MakeRule(make, 500'000 + i, keyword);
    if (!rule.left.empty()) rule.left = Several(2, keyword), rule.right = Several(2, keyword);
    made.push_back(std::move(rule));
  }
  return made;
}

std::string ConditionOf(const MadeRule& r) {
  std::string when;
  if (!r.any.empty()) {
    when = "(" + Joined(r.any, " | ") + ")";
  } else if (r.regex) {
    when = fmt::format("/({}).{{0,{}}}({})/", Joined(r.left, "|"), r.gap, Joined(r.right, "|"));
  } else {
    when = fmt::format("({}) ~{} ({})", Joined(r.left, " | "), r.gap, Joined(r.right, " | "));
  }
  for (const auto& word : r.all) when += " & " + word;
  if (!r.none.empty()) when += " & !(" + Joined(r.none, " | ") + ")";
  return when;
}

std::vector<rules::SourceFile> ToFiles(const std::vector<MadeRule>& made) {
  auto rules = nlohmann::ordered_json::array();
  for (const auto& r : made) {
    rules.push_back({{"id", r.id},
                     {"name", "规则" + r.id.substr(r.id.size() - 6)},
                     {"when", ConditionOf(r)},
                     {"topic", r.topic},
                     {"weight", r.halves / 2.0}});
  }
  auto categories = nlohmann::ordered_json::array();
  for (std::size_t c = 0; c < kCategories; ++c) {
    auto topics = nlohmann::ordered_json::array();
    for (std::size_t t = 0; t < kTopics; ++t) {
      topics.push_back({{"id", TopicId(c, t)}, {"name", fmt::format("事项{}-{}", c, t)}});
    }
    categories.push_back({{"id", fmt::format("c{}", c)},
                          {"name", fmt::format("类别{}", c)},
                          {"general", TopicId(c, 0)},
                          {"topics", topics}});
  }
  return {{"categories.json", nlohmann::ordered_json{{"categories", categories}}.dump()}, {"made.json", rules.dump()}};
}

std::string ToPeerJson(const std::vector<MadeRule>& made) {
  auto rules = nlohmann::ordered_json::array();
  for (const auto& r : made) {
    rules.push_back({{"id", r.id},
                     {"any", r.any},
                     {"all", r.all},
                     {"none", r.none},
                     {"left", r.left},
                     {"right", r.right},
                     {"gap", r.gap},
                     {"regex", r.regex},
                     {"weight", r.halves / 2.0},
                     {"topic", r.topic}});
  }
  return rules.dump();
}

bool HoldsSlowly(const MadeRule& r, std::string_view text) {
  const bool fires = !r.any.empty()
                         ? AnyIn(r.any, text)
                         : Follows(r.left, r.right, r.gap, text) || (!r.regex && Follows(r.right, r.left, r.gap, text));
  return fires && std::all_of(r.all.begin(), r.all.end(), [&](const auto& w) { return Contains(text, w); }) &&
         !AnyIn(r.none, text);
}

std::string CategorySlowly(const std::vector<MadeRule>& made, std::string_view text) {
  std::map<std::string, int> sums;
  for (const auto& rule : made) {
    if (HoldsSlowly(rule, text)) sums[rule.topic] += rule.halves;
  }
  const auto best = std::max_element(sums.begin(), sums.end(), [](const auto& a, const auto& b) {
    return a.second < b.second;  // the first of equals
  });
  return best == sums.end() ? "" : best->first.substr(0, best->first.find('.'));
}

}  // namespace minsheng::bench
