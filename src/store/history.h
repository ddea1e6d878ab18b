// SPDX-License-Identifier: Apache-2.0
// The past as Store::ReadHistory gives it: one page a call, each on a snapshot of its own, from the
// newest Request to the oldest. An empty page is the end. Requests whose text was erased are not in it.
#pragma once
#include <cstdint>
#include <string>

#include "src/base/clock.h"

namespace minsheng::store {

// Requests that arrived in [from, to), but for those that wait or ask for nothing.
struct HistoryRange {
  Time from{};
  Time to = FromMs(INT64_MAX);
  std::string before;  // only Requests with a smaller id: the last one of the page before
  int limit = 1000;    // of one page; 1..10,000
};
// The two JSON texts are as they were written: decoding costs more than reading, and the caller
// can do it on several threads.
struct HistoryRow {
  std::string id;
  std::string conversation_id;
  std::string state;            // "order", "triage", "answered" or "closed"
  std::string verdict;          // Verdict JSON; empty when the rules never saw it (no words)
  std::string corrected_topic;  // a person's last word, or empty
  std::string message;          // Message JSON of what was judged: of several pieces the whole
};

}  // namespace minsheng::store
