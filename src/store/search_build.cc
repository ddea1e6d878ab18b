// SPDX-License-Identifier: Apache-2.0
// How the index is built: documents first, then the postings of each complete batch, in parts.
#include <algorithm>
#include <map>
#include <optional>

#include "src/store/search_posting.h"
#include "src/store/sql_search.h"
#include "src/store/sql_store.h"
#include "src/text/redact.h"
#include "src/text/tokens.h"
#include "src/text/utf8.h"

namespace minsheng::store {
namespace {

constexpr int kDocumentsPerStep = 256;
constexpr int kChangesPerStep = 32;
constexpr int kPartsOfBatch = 16;                // of about 4,000 tokens each
constexpr std::size_t kMaxSearchBytes = 60'000;  // of one request
constexpr std::string_view kBetweenMessages = " ⏎ ";

struct NewDocument {
  std::int64_t doc = 0;
  std::string request_id;
  std::string words;
};
struct ChangedRequest {
  NewDocument document;  // doc 0: no such request
  std::int64_t stamp = 0;
};

std::string WordsNow(Connection& c, const std::string& request_id) {
  return SearchableWords(ReadMessages(c, request_id));
}

bool IsForgotten(Connection& c, const std::string& request_id) {
  return c.Prepared("SELECT 1 FROM search_forgotten WHERE request_id = :r", "i").First(request_id);
}

std::vector<NewDocument> Unindexed(Connection& c, std::int64_t feed, std::int64_t* upto) {
  std::vector<NewDocument> found;
  Query& q = c.Prepared("SELECT seq, request_id FROM incident_request WHERE seq > :f ORDER BY seq LIMIT :l", "it");
  for (bool row = q.First(feed, kDocumentsPerStep); row; row = q.Next()) found.push_back({q.Int(0), q.Text(1), ""});
  if (!found.empty()) *upto = found.back().doc;
  std::erase_if(found, [&](const NewDocument& d) { return IsForgotten(c, d.request_id); });
  for (auto& document : found) document.words = WordsNow(c, document.request_id);
  return found;
}

std::int64_t DocOf(Connection& c, const std::string& request_id) {
  Query& q = c.Prepared("SELECT seq FROM incident_request WHERE request_id = :r", "i");
  return q.First(request_id) ? q.Int(0) : 0;
}

std::vector<ChangedRequest> Changes(Connection& c) {
  std::vector<ChangedRequest> found;
  Query& q = c.Prepared("SELECT request_id, stamp FROM search_changed ORDER BY request_id LIMIT :l", "ti");
  for (bool row = q.First(kChangesPerStep); row; row = q.Next()) found.push_back({{0, q.Text(0), ""}, q.Int(1)});
  for (auto& change : found) {
    change.document.doc = IsForgotten(c, change.document.request_id) ? 0 : DocOf(c, change.document.request_id);
    if (change.document.doc != 0) change.document.words = WordsNow(c, change.document.request_id);
  }
  return found;
}

// Takes the writers' place in the queue: on PostgreSQL others wait here until this transaction ends. False: what
// was read in `generation` is no longer true.
bool Lock(Connection& c, std::int64_t generation) {
  return c.Prepared("UPDATE search_state SET generation = generation WHERE id = 1 AND generation = :g")
             .Run(generation) == 1;
}
void NewGeneration(Connection& c) {
  c.Prepared("UPDATE search_state SET generation = generation + 1 WHERE id = 1").Run();
}

std::optional<std::string> IndexedWords(Connection& c, std::int64_t doc) {
  Query& q = c.Prepared("SELECT words FROM search_document WHERE doc = :d", "t");
  if (!q.First(doc)) return std::nullopt;
  return q.Text(0);
}

// part 0 takes the document out of the postings of this token.
void SetPosting(Connection& c, text::TokenKey key, std::int64_t doc, int part) {
  const std::int64_t batch = doc / kBatchDocs;
  const int place = static_cast<int>(doc % kBatchDocs);
  Query& q = c.Prepared("SELECT docs FROM search_posting WHERE token = :t AND batch = :b", "t");
  auto postings = q.First(key, batch) ? ReadPostings(q.Text(0)) : std::vector<Posting>();
  const auto at = std::lower_bound(postings.begin(), postings.end(), place,
                                   [](const Posting& p, int wanted) { return p.place < wanted; });
  const bool there = at != postings.end() && at->place == place;
  if (part == 0 && !there) return;
  if (part == 0) {
    postings.erase(at);
  } else if (there) {
    at->part = part;
  } else {
    postings.insert(at, {place, part});
  }
  if (postings.empty()) {
    c.Prepared("DELETE FROM search_posting WHERE token = :t AND batch = :b").Run(key, batch);
    return;
  }
  std::string docs;
  for (const Posting& p : postings) AppendPosting(p, &docs);
  c.Prepared(
       "INSERT INTO search_posting (token, batch, docs) VALUES (:t, :b, :d) "
       "ON CONFLICT (token, batch) DO UPDATE SET docs = excluded.docs")
      .Run(key, batch, docs);
}

// Brings the postings of a document from its old words to its new ones, if its batch has any yet.
void ReplacePostings(Connection& c, std::int64_t doc, const std::string& before, const std::string& after) {
  const auto progress = ProgressOf(c);
  const std::int64_t batch = doc / kBatchDocs;
  if (batch > progress.inverted || (batch == progress.inverted && progress.part == 0)) return;
  const auto had = PartsOf(text::MakePlain(before));
  const auto has = PartsOf(text::MakePlain(after));
  for (const auto& old : had) {
    if (PartIn(has, {old.key, old.key}) == 0) SetPosting(c, old.key, doc, 0);
  }
  for (const auto& now : has) {
    if (PartIn(had, {now.key, now.key}) != now.part) SetPosting(c, now.key, doc, now.part);
  }
}

int WriteChanges(Connection& c, const std::vector<ChangedRequest>& changes, std::int64_t generation) {
  if (!Lock(c, generation)) return 0;
  for (const auto& [document, stamp] : changes) {
    // Not indexed yet: it will be, with the words of that time.
    if (const auto before = IndexedWords(c, document.doc); before && *before != document.words) {
      ReplacePostings(c, document.doc, *before, document.words);
      c.Prepared("UPDATE search_document SET words = :w WHERE doc = :d").Run(document.words, document.doc);
    }
    c.Prepared("DELETE FROM search_changed WHERE request_id = :r AND stamp = :s").Run(document.request_id, stamp);
  }
  // Also when nothing was indexed before: somebody may be about to write the words of before.
  NewGeneration(c);
  return static_cast<int>(changes.size());
}

int WriteDocuments(Connection& c, const SearchProgress& from, std::int64_t upto,
                   const std::vector<NewDocument>& documents) {
  const auto moved = c.Prepared(
                          "UPDATE search_state SET feed = :u, documents = documents + :n "
                          "WHERE id = 1 AND feed = :f AND generation = :g")
                         .Run(upto, static_cast<std::int64_t>(documents.size()), from.feed, from.generation);
  if (moved == 0) return 0;
  for (const auto& d : documents) {
    c.Prepared("INSERT INTO search_document (doc, request_id, words) VALUES (:d, :r, :w)")
        .Run(d.doc, d.request_id, d.words);
  }
  return static_cast<int>(upto - from.feed);
}

// The postings of the tokens that belong to this part of a batch.
std::map<text::TokenKey, std::string> PostingsOfPart(Connection& c, std::int64_t batch, std::int64_t part) {
  std::map<text::TokenKey, std::string> postings;
  Query& q = c.Prepared("SELECT doc, words FROM search_document WHERE doc >= :a AND doc < :b ORDER BY doc", "it");
  for (bool row = q.First(batch * kBatchDocs, (batch + 1) * kBatchDocs); row; row = q.Next()) {
    const int place = static_cast<int>(q.Int(0) % kBatchDocs);
    for (const auto& token : PartsOf(text::MakePlain(q.Text(1)))) {
      if (token.key % kPartsOfBatch == part) AppendPosting({place, token.part}, &postings[token.key]);
    }
  }
  return postings;
}

int WritePart(Connection& c, const SearchProgress& from, const std::map<text::TokenKey, std::string>& postings) {
  const bool done = from.part + 1 == kPartsOfBatch;
  const auto moved = c.Prepared(
                          "UPDATE search_state SET inverted = :i, part = :p WHERE id = 1 AND inverted = :j AND "
                          "part = :q AND generation = :g")
                         .Run(done ? from.inverted + 1 : from.inverted, done ? 0 : from.part + 1, from.inverted,
                              from.part, from.generation);
  if (moved == 0) return 0;
  for (const auto& [token, docs] : postings) {
    c.Prepared(
         "INSERT INTO search_posting (token, batch, docs) VALUES (:t, :b, :d) "
         "ON CONFLICT (token, batch) DO UPDATE SET docs = excluded.docs")
        .Run(token, from.inverted, docs);
  }
  return static_cast<int>(postings.size()) + 1;
}

// What one step read; one of the three is there.
struct Step {
  SearchProgress from;
  std::vector<ChangedRequest> changes;
  std::int64_t upto = 0;
  std::vector<NewDocument> documents;
  bool invert = false;
  std::map<text::TokenKey, std::string> postings;
};

}  // namespace

std::string SearchableWords(const std::vector<Message>& messages) {
  std::string words;
  for (const Message& m : messages) {
    if (m.confidential) return "";
    for (const std::string& piece : {m.text, m.place_hint}) {
      if (piece.empty() || words.size() >= kMaxSearchBytes) continue;
      if (!words.empty()) words += kBetweenMessages;
      words += text::Redact(text::Truncate(piece, kMaxSearchBytes / 3));
    }
  }
  return words;
}

SearchProgress ProgressOf(Connection& c) {
  SearchProgress p;
  Query& q = c.Prepared(
      "SELECT k.feed, s.last, k.documents, k.inverted, k.part, k.generation FROM search_state k "
      "JOIN incident_serial s ON s.id = 1 WHERE k.id = 1",
      "iiiiii");
  if (q.First()) p = {q.Int(0), q.Int(1), q.Int(2), q.Int(3), q.Int(4), q.Int(5)};
  return p;
}

void ChangedForSearch(Connection& c, const std::string& request_id) {
  c.Prepared(
       "INSERT INTO search_changed (request_id, stamp) VALUES (:r, 1) "
       "ON CONFLICT (request_id) DO UPDATE SET stamp = search_changed.stamp + 1")
      .Run(request_id);
}

void ForgetInSearch(Connection& c, const std::string& request_id) {
  NewGeneration(c);
  c.Prepared("INSERT INTO search_forgotten (request_id) VALUES (:r) ON CONFLICT (request_id) DO NOTHING")
      .Run(request_id);
  c.Prepared("DELETE FROM search_changed WHERE request_id = :r").Run(request_id);
  const std::int64_t doc = DocOf(c, request_id);
  const auto before = IndexedWords(c, doc);
  if (!before) return;
  ReplacePostings(c, doc, *before, "");
  c.Prepared("DELETE FROM search_document WHERE doc = :d").Run(doc);
  c.Prepared("UPDATE search_state SET documents = documents - 1 WHERE id = 1").Run();
}

Result<int> SqlSearch::Sweep() {
  const auto step = database_.Read([](Connection& c) -> Result<Step> {
    Step s;
    s.from = ProgressOf(c);
    s.changes = Changes(c);
    if (!s.changes.empty()) return s;
    s.upto = s.from.feed;
    if (s.from.feed < s.from.last) s.documents = Unindexed(c, s.from.feed, &s.upto);
    if (s.upto > s.from.feed) return s;
    s.invert = s.from.feed + 1 >= (s.from.inverted + 1) * kBatchDocs;
    if (s.invert) s.postings = PostingsOfPart(c, s.from.inverted, s.from.part);
    return s;
  });
  if (!step) return Fail(step.error());
  if (step->changes.empty() && step->upto == step->from.feed && !step->invert) return 0;
  return database_.Write([&](Connection& c) -> Result<int> {
    if (!step->changes.empty()) return WriteChanges(c, step->changes, step->from.generation);
    if (step->upto > step->from.feed) return WriteDocuments(c, step->from, step->upto, step->documents);
    return WritePart(c, step->from, step->postings);
  });
}

Result<void> SqlSearch::Rebuild() {
  return database_.Write([](Connection& c) -> Result<void> {
    NewGeneration(c);
    for (const char* table : {"search_posting", "search_document", "search_changed"}) {
      c.Once(std::string("DELETE FROM ") + table);
    }
    c.Prepared("UPDATE search_state SET feed = 0, documents = 0, inverted = 0, part = 0 WHERE id = 1").Run();
    return {};
  });
}

Result<void> SqlSearch::Forget(const std::string& request_id) {
  return database_.Write([&](Connection& c) -> Result<void> {
    ForgetInSearch(c, request_id);
    return {};
  });
}

Result<SearchState> SqlSearch::ReadState() {
  return database_.Read([](Connection& c) -> Result<SearchState> {
    const auto p = ProgressOf(c);
    Query& q = c.Prepared("SELECT COUNT(*) FROM search_changed", "i");
    return SearchState{p.documents, p.last - p.feed, q.First() ? q.Int(0) : 0, p.inverted};
  });
}

}  // namespace minsheng::store
