// SPDX-License-Identifier: Apache-2.0
// How a search is answered: the documents that hold every token, ranked, then looked at one after the other until
// the page is full.
#include "src/store/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "src/store/search_posting.h"
#include "src/store/search_snippet.h"
#include "src/store/sql_articles.h"
#include "src/store/sql_search.h"
#include "src/store/sql_store.h"
#include "src/text/relevance.h"
#include "src/text/tokens.h"

namespace minsheng::store {
namespace {

constexpr int kMaxPage = 200;
constexpr std::size_t kMaxRanges = 64;  // each costs memory for every batch

// Where a hit stands: by falling score, articles first, by falling number.
struct Rank {
  double score = 0;
  bool article = false;
  std::int64_t number = 0;
  auto operator<=>(const Rank&) const = default;
};

std::string CursorOf(const Rank& r) {
  return fmt::format("{:016x}.{}.{}", std::bit_cast<std::uint64_t>(r.score), r.article ? 1 : 0, r.number);
}

Result<std::optional<Rank>> RankFrom(const std::string& cursor) {
  if (cursor.empty()) return std::optional<Rank>();
  unsigned long long bits = 0;
  int article = 0;
  long long number = 0;
  int end = 0;
  const int read = std::sscanf(cursor.c_str(), "%16llx.%1d.%lld%n", &bits, &article, &number, &end);
  if (read != 3 || static_cast<std::size_t>(end) != cursor.size()) {
    return MakeError(ErrorKind::kInvalid, "不是本次查询的 cursor / this is no cursor of a search: " + cursor);
  }
  return std::optional<Rank>(Rank{std::bit_cast<double>(static_cast<std::uint64_t>(bits)), article == 1, number});
}

bool IsOrderNumber(std::string_view word) {
  const auto digits = [](std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return word.size() >= 14 && word[8] == '-' && digits(word.substr(0, 8)) && digits(word.substr(9));
}

// The parts of one range, per batch: 0 = not there. What is not inverted yet is in the same form.
using Parts = std::map<std::int64_t, std::vector<std::uint8_t>>;

void Put(Parts* parts, std::int64_t doc, int part) {
  auto& batch = (*parts)[doc / kBatchDocs];
  if (batch.empty()) batch.resize(static_cast<std::size_t>(kBatchDocs));
  auto& slot = batch[static_cast<std::size_t>(doc % kBatchDocs)];
  slot = std::max(slot, static_cast<std::uint8_t>(part));
}

std::int64_t CountOf(const Parts& parts) {
  std::int64_t n = 0;
  for (const auto& [batch, slots] : parts) {
    n += static_cast<std::int64_t>(slots.size()) - std::count(slots.begin(), slots.end(), 0);
  }
  return n;
}

// One search, inside one transaction.
class Searcher {
 public:
  Searcher(Connection& c, const SearchQuery& query) : c_(c), q_(query), words_(text::ReadSearchWords(query.words)) {}

  Result<SearchPage> Run();

 private:
  bool WantsArticles() const { return (q_.kind.empty() || q_.kind == "article") && q_.state.empty(); }
  bool WantsRequests() const { return q_.kind != "article"; }
  void RankArticles();
  void RankRequests();
  void AddTail(std::vector<Parts>* parts);
  void AddOwnNumbers(std::vector<Parts>* parts);
  void AddCandidate(const Rank& rank) {
    if (!after_ || rank < *after_) ranks_.push_back(rank);
  }
  bool PhrasesIn(const text::PlainText& words) const;
  bool PassesFilter(std::int64_t doc);
  std::optional<SearchHit> RequestAt(const Rank& rank);
  std::optional<SearchHit> ArticleAt(const Rank& rank);

  Connection& c_;
  const SearchQuery& q_;
  const text::SearchWords words_;
  std::optional<Rank> after_;
  SearchProgress progress_;
  std::vector<Rank> ranks_;
  std::map<std::int64_t, ArticleRow> articles_;             // by number
  std::map<std::int64_t, std::set<std::int64_t>> passing_;  // by batch: documents that the filter lets through
};

std::string WordsOfArticle(const ArticleText& t) {
  std::string words = t.title;
  for (const auto& question : t.questions) words += " ⏎ " + question;
  words += " ⏎ " + t.answer;
  if (!t.details.empty()) words += " ⏎ " + t.details;
  return words;
}

bool Searcher::PhrasesIn(const text::PlainText& words) const {
  return std::all_of(words_.phrases.begin(), words_.phrases.end(), [&](const text::PlainText& phrase) {
    return text::FindPhrase(words, phrase) != std::u16string::npos;
  });
}

void Searcher::RankArticles() {
  std::vector<std::pair<std::int64_t, std::vector<int>>> found;  // number, part per range
  std::vector<std::int64_t> holding(words_.ranges.size());
  std::int64_t published = 0;
  for (ArticleRow& row : ReadArticles(c_)) {
    if (row.published == 0) continue;
    ++published;
    const auto words = text::MakePlain(WordsOfArticle(row.shown.text));
    const auto parts = PartsOf(words);
    std::vector<int> of_ranges;
    for (std::size_t i = 0; i < words_.ranges.size(); ++i) {
      of_ranges.push_back(PartIn(parts, words_.ranges[i]));
      holding[i] += of_ranges.back() > 0 ? 1 : 0;
    }
    const bool all = std::all_of(of_ranges.begin(), of_ranges.end(), [](int part) { return part > 0; });
    const ArticleText& t = row.shown.text;
    const bool topic = q_.topic.empty() || t.topic == q_.topic || t.topic.starts_with(q_.topic + ".");
    const bool time = row.shown.approved_at >= q_.from && row.shown.approved_at < q_.to;
    if (!all || !topic || !time || (!q_.unit.empty() && t.unit != q_.unit) || !PhrasesIn(words)) continue;
    found.emplace_back(row.number, std::move(of_ranges));
    articles_.emplace(row.number, std::move(row));
  }
  for (const auto& [number, parts] : found) {
    double score = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      score += text::RelevanceOf(text::Rarity(holding[i], published), parts[i]);
    }
    AddCandidate({q_.by_score ? score : 0, true, number});
  }
}

// Documents whose batch has no postings yet.
void Searcher::AddTail(std::vector<Parts>* parts) {
  Query& q = c_.Prepared("SELECT doc, words FROM search_document WHERE doc >= :a", "it");
  for (bool row = q.First(progress_.inverted * kBatchDocs); row; row = q.Next()) {
    const auto of_words = PartsOf(text::MakePlain(q.Text(1)));
    for (std::size_t i = 0; i < parts->size(); ++i) {
      if (const int part = PartIn(of_words, words_.ranges[i]); part > 0) Put(&(*parts)[i], q.Int(0), part);
    }
  }
}

// An order's number is a word of its request, though nobody wrote it there.
void Searcher::AddOwnNumbers(std::vector<Parts>* parts) {
  std::string_view rest = q_.words;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \t\n\"“”「」"), rest.size());
    const std::string word(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!IsOrderNumber(word)) continue;
    Query& q = c_.Prepared(
        "SELECT d.doc FROM work_order o JOIN incident_request f ON f.request_id = o.request_id "
        "JOIN search_document d ON d.doc = f.seq WHERE o.number = :n",
        "i");
    if (!q.First(word)) continue;
    for (const auto& range : text::ReadSearchWords(word).ranges) {
      const auto at = std::find(words_.ranges.begin(), words_.ranges.end(), range);
      if (at != words_.ranges.end())
        Put(&(*parts)[static_cast<std::size_t>(at - words_.ranges.begin())], q.Int(0), text::kWholePart);
    }
  }
}

void Searcher::RankRequests() {
  std::vector<Parts> parts(words_.ranges.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Query& q =
        c_.Prepared("SELECT batch, docs FROM search_posting WHERE token >= :l AND token <= :h AND batch < :b", "it");
    for (bool row = q.First(words_.ranges[i].low, words_.ranges[i].high, progress_.inverted); row; row = q.Next()) {
      for (const Posting& p : ReadPostings(q.Text(1))) Put(&parts[i], q.Int(0) * kBatchDocs + p.place, p.part);
    }
  }
  AddTail(&parts);
  AddOwnNumbers(&parts);
  std::vector<double> rarities;
  for (const Parts& of_range : parts) rarities.push_back(text::Rarity(CountOf(of_range), progress_.documents));
  for (const auto& [batch, first] : parts.front()) {
    std::vector<const std::vector<std::uint8_t>*> slots;
    for (const Parts& of_range : parts) {
      const auto at = of_range.find(batch);
      if (at != of_range.end()) slots.push_back(&at->second);
    }
    if (slots.size() != parts.size()) continue;
    for (std::size_t place = 0; place < first.size(); ++place) {
      double score = 0;
      bool all = true;
      for (std::size_t i = 0; i < slots.size() && all; ++i) {
        all = (*slots[i])[place] > 0;
        if (all && q_.by_score) score += text::RelevanceOf(rarities[i], (*slots[i])[place]);
      }
      if (all) AddCandidate({score, false, batch * kBatchDocs + static_cast<std::int64_t>(place)});
    }
  }
}

// Whole batches at a time: what a filter lets through is often rare, and one question is cheaper than a thousand.
bool Searcher::PassesFilter(std::int64_t doc) {
  if (q_.state.empty() && q_.unit.empty() && q_.topic.empty() && q_.kind != "order" && q_.from == Time{} &&
      q_.to == FromMs(INT64_MAX)) {
    return true;
  }
  const std::int64_t batch = doc / kBatchDocs;
  const auto known = passing_.find(batch);
  if (known != passing_.end()) return known->second.contains(doc);
  auto& docs = passing_[batch];
  Query& q = c_.Prepared(
      "SELECT d.doc FROM search_document d JOIN request r ON r.id = d.request_id "
      "LEFT JOIN work_order o ON o.request_id = r.id WHERE d.doc >= :a AND d.doc < :b "
      "AND r.created_at >= :f AND r.created_at < :t AND (:k <> 'order' OR COALESCE(o.number, '') <> '') "
      "AND (:s1 = '' OR r.state = :s2 OR COALESCE(o.state, '') = :s3) "
      "AND (:u1 = '' OR COALESCE(o.lead_unit, '') = :u2 OR replace(COALESCE(o.helper_units, ''), :u3, '') <> "
      "COALESCE(o.helper_units, '')) "
      "AND (:t1 = '' OR r.topic = :t2 OR substr(r.topic, 1, :n) = :t3)",
      "i");
  const std::string helper = "\"" + q_.unit + "\"";
  const std::string below = q_.topic + ".";
  for (bool row = q.First(batch * kBatchDocs, (batch + 1) * kBatchDocs, ToMs(q_.from), ToMs(q_.to), q_.kind, q_.state,
                          q_.state, q_.state, q_.unit, q_.unit, helper, q_.topic, q_.topic,
                          static_cast<std::int64_t>(below.size()), below);
       row; row = q.Next()) {
    docs.insert(q.Int(0));
  }
  return docs.contains(doc);
}

std::optional<SearchHit> Searcher::RequestAt(const Rank& rank) {
  if (!PassesFilter(rank.number)) return std::nullopt;
  Query& q = c_.Prepared(
      "SELECT d.request_id, d.words, r.state, r.topic, r.created_at, COALESCE(o.number, ''), COALESCE(o.state, ''), "
      "COALESCE(o.lead_unit, '') FROM search_document d JOIN request r ON r.id = d.request_id "
      "LEFT JOIN work_order o ON o.request_id = r.id WHERE d.doc = :d",
      "ttttittt");
  if (!q.First(rank.number)) return std::nullopt;
  SearchHit hit;
  hit.kind = "request";
  hit.id = q.Text(0);
  hit.order = q.Text(5);
  hit.state = q.Text(6).empty() ? q.Text(2) : q.Text(6);
  hit.topic = q.Text(3);
  hit.unit = q.Text(7);
  hit.at = FromMs(q.Int(4));
  hit.score = rank.score;
  const std::string words = q.Text(1);
  if (!words_.phrases.empty() && !PhrasesIn(text::MakePlain(words + " ⏎ " + hit.order))) return std::nullopt;
  MakeSnippet(words, words_, &hit.snippet, &hit.marks);
  return hit;
}

std::optional<SearchHit> Searcher::ArticleAt(const Rank& rank) {
  const ArticleRow& row = articles_.at(rank.number);
  SearchHit hit;
  hit.kind = "article";
  hit.id = row.id;
  hit.title = row.shown.text.title;
  hit.state = row.state();
  hit.topic = row.shown.text.topic;
  hit.unit = row.shown.text.unit;
  hit.at = row.shown.approved_at;
  hit.score = rank.score;
  MakeSnippet(WordsOfArticle(row.shown.text), words_, &hit.snippet, &hit.marks);
  return hit;
}

Result<SearchPage> Searcher::Run() {
  if (words_.empty()) {
    return MakeError(ErrorKind::kInvalid, "请写要找的词 / say what to look for: there is no word in it");
  }
  if (words_.ranges.size() > kMaxRanges) {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("要找的词太多，最多约 {} 个字 / too many words to look for: at most about {} characters",
                    kMaxRanges, kMaxRanges));
  }
  auto after = RankFrom(q_.cursor);
  if (!after) return Fail(after.error());
  after_ = *after;
  progress_ = ProgressOf(c_);
  if (WantsArticles()) RankArticles();
  if (WantsRequests()) RankRequests();
  SearchPage page;
  page.waiting = progress_.last - progress_.feed;
  const auto limit = static_cast<std::size_t>(std::clamp(q_.limit, 1, kMaxPage));
  std::make_heap(ranks_.begin(), ranks_.end());
  std::optional<Rank> shown;
  while (!ranks_.empty()) {
    std::pop_heap(ranks_.begin(), ranks_.end());
    const Rank rank = ranks_.back();
    ranks_.pop_back();
    auto hit = rank.article ? ArticleAt(rank) : RequestAt(rank);
    if (!hit) continue;
    if (page.hits.size() == limit) {
      page.cursor = CursorOf(*shown);
      break;
    }
    page.hits.push_back(std::move(*hit));
    shown = rank;
  }
  return page;
}

}  // namespace

Result<SearchPage> SqlSearch::Search(const SearchQuery& query) {
  return database_.Read([&](Connection& c) -> Result<SearchPage> { return Searcher(c, query).Run(); });
}

}  // namespace minsheng::store
