// SPDX-License-Identifier: Apache-2.0
// What people read of an incident: where, what, and the words in common.
#include <algorithm>
#include <optional>

#include "src/incidents/grouper.h"

namespace minsheng::incidents {
namespace {

constexpr std::size_t kSampled = 64;  // newest members that words are taken from
constexpr std::size_t kMostShingles = 40;
constexpr std::size_t kMostWords = 6;

struct Shared {
  std::string text;  // two characters
  int members = 0;
  std::int64_t strength = 0;
};

// Joins pairs that continue each other where only one does: 路灯, 灯不, 不亮 -> 路灯不亮. Longer words first, then
// stronger ones.
std::vector<std::string> Stitch(const std::vector<Shared>& pairs) {
  constexpr std::size_t kChar = 3;      // bytes of a Chinese character of these planes
  constexpr std::size_t kLongest = 10;  // characters
  std::map<std::string, std::vector<std::size_t>> by_first, by_last;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    by_first[pairs[i].text.substr(0, kChar)].push_back(i);
    by_last[pairs[i].text.substr(kChar)].push_back(i);
  }
  const auto next = [&](std::size_t i) -> std::optional<std::size_t> {
    const auto& after = by_first[pairs[i].text.substr(kChar)];
    const auto& before = by_last[pairs[i].text.substr(kChar)];
    return after.size() == 1 && before.size() == 1 ? std::optional(after.front()) : std::nullopt;
  };
  std::vector<bool> continues(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (const auto n = next(i)) continues[*n] = true;
  }
  std::vector<std::pair<std::size_t, std::string>> words;  // characters
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (continues[i]) continue;
    std::string word = pairs[i].text;
    std::size_t length = 2;
    for (auto n = next(i); n && length < kLongest; n = next(*n), ++length) word += pairs[*n].text.substr(kChar);
    words.emplace_back(length, std::move(word));
  }
  std::stable_sort(words.begin(), words.end(), [](const auto& a, const auto& b) {
    return std::min<std::size_t>(a.first, 4) > std::min<std::size_t>(b.first, 4);
  });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size() && i < kMostWords; ++i) out.push_back(std::move(words[i].second));
  return out;
}

}  // namespace

// Depends on the requests so far and on nothing else, as all decisions do. Words now and then only: they cost more.
void Grouper::Describe(Live& live) const {
  if (live.row.state == "merged" || live.members.empty()) return;
  live.row.place = PlaceOf(live);
  live.row.topic = TopicOf(live);
  if (live.row.requests <= 16 || live.row.requests % 16 == 0) live.row.words = WordsOf(live);
}

std::string Grouper::PlaceOf(const Live& live) const {
  std::string best;
  int depth = 0;
  for (const auto& [place, count] : live.places) {
    if (count.first * 5 < live.placed * 4 || count.second <= depth) continue;
    best = place;
    depth = count.second;
  }
  return best;
}

std::string Grouper::TopicOf(const Live& live) const {
  std::string best = live.row.topic;
  int most = 0;
  for (const auto& [topic, count] : live.topics) {
    if (count > most) best = topic;
    most = std::max(most, count);
  }
  return best;
}

std::vector<std::string> Grouper::WordsOf(const Live& live) const {
  std::map<std::uint32_t, int> counts;
  std::size_t sampled = 0;
  for (auto it = live.members.rbegin(); it != live.members.rend() && sampled < kSampled; ++it, ++sampled) {
    for (const std::uint32_t s : window_.Find(*it)->features.sketch) ++counts[s];
  }
  const int least = std::max<int>(2, static_cast<int>(sampled) / (live.row.surge ? 10 : 3));
  std::vector<Shared> pairs;
  for (const auto& [shingle, count] : counts) {
    if (count < least) continue;
    auto text = ShingleText(shingle);
    if (!text.empty()) pairs.push_back({std::move(text), count, count * window_.commonness().Weight(shingle)});
  }
  std::sort(pairs.begin(), pairs.end(), [](const Shared& a, const Shared& b) {
    return a.strength != b.strength ? a.strength > b.strength : a.text < b.text;
  });
  if (pairs.size() > kMostShingles) pairs.resize(kMostShingles);
  return Stitch(pairs);
}

}  // namespace minsheng::incidents
