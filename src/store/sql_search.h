// SPDX-License-Identifier: Apache-2.0
// SqlSearch: the SearchIndex over Database. Private to src/store/: search_build.cc writes, search.cc reads.
//
// Whoever writes names the generation in which it read; Rebuild, Forget and every change of an indexed document
// begin a new one. So a step that was computed from what is no longer true is never written.
#pragma once
#include <string>
#include <vector>

#include "src/store/database.h"
#include "src/store/search.h"

namespace minsheng::store {

class SqlSearch final : public SearchIndex {
 public:
  explicit SqlSearch(Database& database) : database_(database) {}

  Result<SearchPage> Search(const SearchQuery& query) override;
  Result<int> Sweep() override;
  Result<void> Rebuild() override;
  Result<void> Forget(const std::string& request_id) override;
  Result<SearchState> ReadState() override;

 private:
  Database& database_;
};

// --- inside a transaction ------------------------------------------------------------------------

struct SearchProgress {
  std::int64_t feed = 0;        // requests up to this number are documents
  std::int64_t last = 0;        // newest committed request
  std::int64_t documents = 0;   // how many there are
  std::int64_t inverted = 0;    // batches that have their postings
  std::int64_t part = 0;        // parts of the next one that are written
  std::int64_t generation = 0;  // rises with every change of what was indexed
};
SearchProgress ProgressOf(Connection& c);

// The request has other words now: Sweep looks at it again.
void ChangedForSearch(Connection& c, const std::string& request_id);
// Forget, as part of a larger transaction.
void ForgetInSearch(Connection& c, const std::string& request_id);
// What of these messages is indexed: masked; nothing of a confidential request.
std::string SearchableWords(const std::vector<Message>& messages);

}  // namespace minsheng::store
