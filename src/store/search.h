// SPDX-License-Identifier: Apache-2.0
// SearchIndex: full-text search in Chinese over articles and requests with their orders. Part of the Store;
// thread-safe. Why an index of our own: docs/decisions/0013-search.md.
//
// Requests are indexed after their commit by Sweep, masked by text::Redact; of a confidential request nothing
// but its order number is found. Published articles are read as they are and need no index. The answers do not depend
// on how far the index is built, nor on the database: they are those of a plain scan over what is indexed.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/verdict.h"

namespace minsheng::store {

struct SearchQuery {
  // Words, all of which must occur, and phrases in quotes (text::ReadSearchWords). A number of an order finds it.
  std::string words;
  std::string kind;   // "article", "request", "order" (a request that has one); empty = all
  std::string state;  // of a request ("triage", "answered", ...) or its order ("signed", ...); no articles then
  std::string unit;   // lead or helper of the order; owner of the article
  std::string topic;  // this one or below it
  Time from{};        // requests received, articles published in [from, to)
  Time to = FromMs(INT64_MAX);
  // By score (text/relevance.h, the rarity within articles or requests), equal ones as without: articles first, then
  // what was committed last.
  bool by_score = false;
  std::string cursor;  // SearchPage::cursor of the page before
  int limit = 20;      // 1..200
};

struct SearchHit {
  std::string kind;   // "article" or "request"
  std::string id;     // of the article or request
  std::string title;  // of the article
  std::string order;  // its number, or empty
  std::string state;  // of the order, or else of the request; "published"
  std::string topic;
  std::string unit;
  Time at{};  // received; published
  double score = 0;
  std::string snippet;      // about 80 characters around the words; "…" where something was left out
  std::vector<Span> marks;  // bytes of the snippet that were looked for
};

struct SearchPage {
  std::vector<SearchHit> hits;
  std::string cursor;        // empty: there is no more
  std::int64_t waiting = 0;  // requests that Sweep has not seen yet
};

struct SearchState {
  std::int64_t documents = 0;  // requests that are indexed
  std::int64_t waiting = 0;    // committed, not indexed yet
  std::int64_t changed = 0;    // to be indexed again
  std::int64_t batches = 0;    // that have their postings
};

class SearchIndex {
 public:
  virtual ~SearchIndex() = default;

  // kInvalid: no words, more than 64 tokens of words, or a cursor that is none. With a cursor by score, what is indexed
  // between two pages may shift scores: a hit may then be shown twice or not at all.
  virtual Result<SearchPage> Search(const SearchQuery& query) = 0;

  // --- building -------------------------------------------------------------------------------
  // One bounded step: a few hundred requests, or a part of a batch's postings. How much was done; 0 = nothing to do,
  // or another process was faster. May be killed anywhere and run by several processes at once.
  virtual Result<int> Sweep() = 0;
  // Forgets the index; Sweep makes it anew. What was erased stays erased.
  virtual Result<void> Rebuild() = 0;
  // Removes every trace of a request's words from the index, for good. Harmless when there are none.
  virtual Result<void> Forget(const std::string& request_id) = 0;
  virtual Result<SearchState> ReadState() = 0;
};

}  // namespace minsheng::store
