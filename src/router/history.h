// SPDX-License-Identifier: Apache-2.0
// The stored Requests as cases for replay and suggest, and a replay over them: one page after the
// other, so that memory does not grow with history. Reads only; the store may be in use.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "src/orders/catalogue.h"
#include "src/rules/history.h"
#include "src/rules/replay.h"
#include "src/store/store.h"

namespace minsheng::router {

struct HistoryOptions {
  Time from{};  // received in [from, to)
  Time to = FromMs(INT64_MAX);
  int threads = 0;   // 0 = one per core
  int page = 2'000;  // Requests held at a time
  // Called after each page with the number read so far; false ends the reading. May be empty.
  std::function<bool(std::int64_t read)> progress;
};

struct HistoryCounts {
  std::int64_t read = 0;        // Requests of the range
  std::int64_t unjudged = 0;    // without words: the rules never saw them
  std::int64_t unreadable = 0;  // stored in a form that this program does not know
  bool stopped = false;         // progress said so: the rest was not read
};

// Hands every Request that the rules have judged to `take`, newest first, page by page.
Result<HistoryCounts> StreamHistory(store::Store& store, const HistoryOptions& options,
                                    const std::function<void(const std::vector<rules::HistoryCase>&)>& take);

// The lead unit of a topic at a place, from the Catalogue; what Replay asks for.
rules::Replay::UnitOf UnitsOf(std::shared_ptr<const orders::Catalogue> catalogue);

}  // namespace minsheng::router
