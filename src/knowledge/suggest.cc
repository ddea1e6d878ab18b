// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/suggest.h"

#include <algorithm>
#include <map>

#include "src/text/fold.h"
#include "src/text/relevance.h"

namespace minsheng::knowledge {
namespace {

constexpr double kTitleWeight = 3;
constexpr double kTagWeight = 2;
constexpr double kAnswerWeight = 1;
constexpr double kForeign = 0.4;
constexpr double kSameTopic = 0.25;
constexpr double kSameCategory = 0.1;
constexpr double kUsed = 0.15;
constexpr double kLeastWords = 0.08;
constexpr std::size_t kMaxUnits = 2'000;  // of the request
constexpr std::size_t kMaxMatched = 6;

// The last character of a run is in a pair already and says little alone.
bool IsPairOrWord(text::TokenKey key) { return (key & ((text::TokenKey{1} << 21) - 1)) != 0 || key >> 62 != 0; }

std::string_view CategoryOf(std::string_view topic) { return topic.substr(0, topic.find('.')); }

struct Asked {
  text::TokenKey key = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  double rarity = 0;
  bool foreign = false;  // no article has it
};

// Pieces of the request that stand together and are all in the article, by what they weigh.
std::vector<std::string> MatchedPieces(const text::PlainText& plain, const std::vector<Asked>& hits) {
  struct Piece {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    double weight = 0;
  };
  std::vector<Piece> pieces;
  for (const Asked& a : hits) {
    if (!pieces.empty() && a.begin < pieces.back().end) {
      pieces.back().end = a.end;
      pieces.back().weight += a.rarity;
    } else {
      pieces.push_back({a.begin, a.end, a.rarity});
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.weight > b.weight; });
  std::vector<std::string> words;
  for (const Piece& p : pieces) {
    auto word = text::ToUtf8(std::u16string_view(plain.units).substr(p.begin, p.end - p.begin));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
    if (words.size() == kMaxMatched) break;
  }
  return words;
}

}  // namespace

Suggester::Suggester(std::shared_ptr<const ArticleBook> book, const std::vector<store::ArticleTopicUse>& uses)
    : book_(std::move(book)), uses_(uses) {
  for (const auto& row : book_->rows()) {
    if (row.published > 0) Add(row);
  }
  std::map<text::TokenKey, std::int64_t> holders;
  for (const Entry& entry : entries_) {
    for (const Weighed& token : entry.tokens) ++holders[token.key];
  }
  holders_.assign(holders.begin(), holders.end());
}

void Suggester::Add(const store::ArticleRow& row) {
  std::map<text::TokenKey, double> weights;
  double length = 0;
  const auto count = [&](const std::string& words, double weight) {
    for (const auto& token : text::TokensOf(text::MakePlain(words))) {
      if (!IsPairOrWord(token.key)) continue;
      weights[token.key] += weight;
      length += 1;
    }
  };
  const auto& t = row.shown.text;
  count(t.title, kTitleWeight);
  for (const auto& question : t.questions) count(question, kTitleWeight);
  for (const auto& tag : t.tags) count(tag, kTagWeight);
  count(t.answer, kAnswerWeight);
  Entry entry;
  entry.row = &row;
  for (const auto& [key, weight] : weights) {
    entry.tokens.push_back({key, text::RelevancePart(weight, static_cast<std::size_t>(length))});
  }
  entries_.push_back(std::move(entry));
}

std::int64_t Suggester::HoldersOf(text::TokenKey key) const {
  const auto at = std::lower_bound(holders_.begin(), holders_.end(), key,
                                   [](const auto& holder, text::TokenKey wanted) { return holder.first < wanted; });
  return at == holders_.end() || at->first != key ? 0 : at->second;
}

std::vector<Suggestion> Suggester::Suggest(std::string_view request, std::string_view topic, Time at, int limit) const {
  const auto plain = text::MakePlain(request, kMaxUnits);
  std::vector<Asked> asked;
  double whole = 0;
  for (const auto& token : text::TokensOf(plain)) {
    if (!IsPairOrWord(token.key)) continue;
    const bool again = std::any_of(asked.begin(), asked.end(), [&](const Asked& a) { return a.key == token.key; });
    if (again) continue;
    const std::int64_t holders = HoldersOf(token.key);
    asked.push_back({token.key, token.begin, token.end,
                     text::Rarity(holders, static_cast<std::int64_t>(entries_.size())), holders == 0});
    whole += text::RelevanceOf(asked.back().rarity, text::kWholePart) * (holders == 0 ? kForeign : 1);
  }
  std::vector<Suggestion> found;
  for (const Entry& entry : entries_) {
    if (!entry.row->shown.text.ValidAt(at)) continue;
    double sum = 0;
    std::vector<Asked> hits;
    for (const Asked& a : asked) {
      const auto token = std::lower_bound(entry.tokens.begin(), entry.tokens.end(), a.key,
                                          [](const Weighed& w, text::TokenKey key) { return w.key < key; });
      if (token == entry.tokens.end() || token->key != a.key) continue;
      sum += text::RelevanceOf(a.rarity, token->part);
      hits.push_back(a);
    }
    Suggestion s;
    s.words = whole > 0 ? sum / whole : 0;
    if (s.words < kLeastWords) continue;
    s.article = entry.row;
    const std::string& own = entry.row->shown.text.topic;
    if (!topic.empty() && own == topic) {
      s.topic = kSameTopic;
    } else if (!topic.empty() && CategoryOf(own) == CategoryOf(topic)) {
      s.topic = kSameCategory;
    }
    double times = 0;
    for (const auto& use : uses_) {
      if (use.article_id != entry.row->id || use.topic != topic || topic.empty()) continue;
      s.times = use.by_people;
      times = static_cast<double>(use.by_people) + static_cast<double>(use.by_rules) / 3;
    }
    s.used = kUsed * times / (times + 3);
    s.score = s.words + s.topic + s.used;
    s.matched = MatchedPieces(plain, hits);
    found.push_back(std::move(s));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Suggestion& a, const Suggestion& b) { return a.score > b.score; });
  if (found.size() > static_cast<std::size_t>(std::max(1, limit)))
    found.resize(static_cast<std::size_t>(std::max(1, limit)));
  return found;
}

}  // namespace minsheng::knowledge
