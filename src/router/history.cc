// SPDX-License-Identifier: Apache-2.0
#include "src/router/history.h"

#include <optional>

#include "src/base/parallel.h"

namespace minsheng::router {
namespace {

constexpr std::size_t kDecodeBlock = 16;

enum class RowKind { kJudged, kUnjudged, kUnreadable };

struct DecodedRow {
  RowKind kind = RowKind::kUnreadable;
  rules::HistoryCase request;
};

DecodedRow DecodeRow(const store::HistoryRow& row) {
  DecodedRow out;
  if (row.verdict.empty()) {
    out.kind = RowKind::kUnjudged;
    return out;
  }
  const auto message = DecodeMessage(row.message);
  const auto verdict = DecodeVerdict(row.verdict);
  if (!message || !verdict) return out;
  out.kind = RowKind::kJudged;
  out.request = rules::CaseOf(row.id, *message);
  out.request.citizen = row.conversation_id;
  out.request.label = row.corrected_topic;
  out.request.closed = row.state == "closed";
  out.request.stored = rules::JudgementOf(*verdict);
  out.request.stored_version = verdict->rule_set;
  return out;
}

}  // namespace

Result<HistoryCounts> StreamHistory(store::Store& store, const HistoryOptions& options,
                                    const std::function<void(const std::vector<rules::HistoryCase>&)>& take) {
  HistoryCounts counts;
  store::HistoryRange range{options.from, options.to, "", options.page};
  for (;;) {
    const auto rows = store.ReadHistory(range);
    if (!rows) return Fail(rows.error());
    if (rows->empty()) return counts;
    std::vector<DecodedRow> decoded(rows->size());
    ForEachInParallel(rows->size(), ThreadCount(options.threads), kDecodeBlock,
                      [&](int, std::size_t i) { decoded[i] = DecodeRow((*rows)[i]); });
    std::vector<rules::HistoryCase> cases;
    cases.reserve(decoded.size());
    for (auto& row : decoded) {
      counts.unjudged += row.kind == RowKind::kUnjudged ? 1 : 0;
      counts.unreadable += row.kind == RowKind::kUnreadable ? 1 : 0;
      if (row.kind == RowKind::kJudged) cases.push_back(std::move(row.request));
    }
    take(cases);
    counts.read += static_cast<std::int64_t>(rows->size());
    range.before = rows->back().id;
    if (options.progress && !options.progress(counts.read)) {
      counts.stopped = true;
      return counts;
    }
  }
}

rules::Replay::UnitOf UnitsOf(std::shared_ptr<const orders::Catalogue> catalogue) {
  return [catalogue = std::move(catalogue)](const rules::RuleSet& set, const std::string& topic,
                                            const std::string& place) {
    return catalogue->Assign(topic, place.empty() ? std::vector<std::string>{} : set.PlaceChain(place)).lead;
  };
}

}  // namespace minsheng::router
