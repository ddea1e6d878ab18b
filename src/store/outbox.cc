// SPDX-License-Identifier: Apache-2.0
// The outbox: what has to leave the system, claimed with fencing tokens.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/base/ulid.h"
#include "src/store/sql_store.h"
#include "src/text/redact.h"

namespace minsheng::store {
namespace {

#define MINSHENG_OUTBOX_ROW                                                                                        \
  "SELECT id, kind, channel, account, target, payload, not_before, prefer_passive_until, state, attempts, "        \
  "claim_token, COALESCE(request_id, ''), order_number, wire_body, last_error, platform_id, created_at, next_at, " \
  "finished_at, COALESCE(citizen_id, ''), sealed FROM outbox "
constexpr std::string_view kOutboxColumns =
    "ttttttiititttttt"
    "iii"
    "ti";

std::optional<OutboxState> OutboxStateFromWord(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(OutboxState::kUnknown); ++i) {
    if (ToWord(static_cast<OutboxState>(i)) == word) return static_cast<OutboxState>(i);
  }
  return std::nullopt;
}

OutboxRow OutboxRowOf(Connection& c, const Query& q) {
  const auto open = [&](std::string_view column, int index) {
    return OpenText(c, q.Text(19), {"outbox", q.Text(0), column}, q.Text(index), q.Int(20));
  };
  OutboxRow row;
  row.id = q.Text(0);
  row.draft.kind = q.Text(1);
  row.draft.channel = q.Text(2);
  row.draft.account = q.Text(3);
  row.draft.target = row.draft.kind == "reply" ? open("target", 4) : q.Text(4);
  row.draft.payload = open("payload", 5);
  row.draft.not_before = FromMs(q.Int(6));
  row.draft.prefer_passive_until = FromMs(q.Int(7));
  row.state = OutboxStateFromWord(q.Text(8)).value_or(OutboxState::kUnknown);
  row.attempts = static_cast<int>(q.Int(9));
  row.claim_token = q.Text(10);
  row.request_id = q.Text(11);
  row.order_number = q.Text(12);
  row.wire_body = open("wire_body", 13);
  row.last_error = q.Text(14);
  row.platform_id = q.Text(15);
  row.created_at = FromMs(q.Int(16));
  row.next_at = FromMs(q.Int(17));
  row.finished_at = FromMs(q.Int(18));
  return row;
}

// Claims that ran out. A reply may have reached the citizen: it is never sent again by itself. A
// dispatch goes out again under the same id, which the unit's side recognises. The token of a
// reply stays, so that its taker may still tell how it really ended.
void ExpireClaims(Connection& c, Time now) {
  c.Prepared(
       "UPDATE outbox SET state = 'unknown', finished_at = :n, last_error = 'the claim ran out' "
       "WHERE state = 'sending' AND claimed_until <= :u AND kind = 'reply'")
      .Run(ToMs(now), ToMs(now));
  c.Prepared(
       "UPDATE outbox SET state = 'pending', claim_token = '', next_at = :n, last_error = 'the claim ran out' "
       "WHERE state = 'sending' AND claimed_until <= :u AND kind <> 'reply'")
      .Run(ToMs(now), ToMs(now));
}

void Claim(Connection& c, OutboxRow* row, Time now, Time lease_until, const std::string& owner) {
  row->state = OutboxState::kSending;
  row->claim_token = NewUlid(now);
  ++row->attempts;
  c.Prepared(
       "UPDATE outbox SET state = 'sending', attempts = attempts + 1, claim_token = :t, claimed_until = :u, "
       "claimed_by = :o WHERE id = :i")
      .Run(row->claim_token, ToMs(lease_until), owner, row->id);
}

// Platforms repeat addresses in their errors: those are masked.
bool FinishOne(Connection& c, const FinishedRow& row, Time now) {
  const std::string error = text::Redact(row.error);
  if (row.state == OutboxState::kPending) {
    return c.Prepared(
                "UPDATE outbox SET state = 'pending', claim_token = '', next_at = :n, last_error = :e "
                "WHERE id = :i AND claim_token = :t AND state = 'sending'")
               .Run(ToMs(row.next_at), error, row.outbox_id, row.claim_token) == 1;
  }
  // 'unknown' with this token: the claim ran out, nobody else took it, and now we know.
  return c.Prepared(
              "UPDATE outbox SET state = :s, claim_token = '', last_error = :e, platform_id = :p, "
              "finished_at = :n WHERE id = :i AND claim_token = :t AND state IN ('sending', 'unknown')")
             .Run(ToWord(row.state), error, row.platform_id, ToMs(now), row.outbox_id, row.claim_token) == 1;
}

}  // namespace

std::vector<std::string> AddOutbox(Connection& c, const std::vector<OutboxDraft>& drafts, const std::string& citizen_id,
                                   const std::string& message_id, const std::string& request_id,
                                   const std::string& order_number, Time now) {
  std::vector<std::string> ids;
  for (const OutboxDraft& draft : drafts) {
    ids.push_back(NewUlid(now));
    const Time due = std::max({draft.not_before, draft.prefer_passive_until, now});
    const bool sealed = !citizen_id.empty();
    const auto seal = [&](std::string_view column, const std::string& text) {
      return sealed ? SealText(c, citizen_id, {"outbox", ids.back(), column}, text) : text;
    };
    c.Prepared(
         "INSERT INTO outbox (id, kind, channel, account, target, payload, citizen_id, sealed, message_id, request_id, "
         "order_number, state, not_before, prefer_passive_until, next_at, created_at) VALUES (:i, :k, :c, :a, :t, "
         ":p, NULLIF(:z, ''), :s, NULLIF(:m, ''), NULLIF(:r, ''), :o, 'pending', :b, :u, :d, :n) ON CONFLICT DO "
         "NOTHING")
        .Later(kLastRank, ids.back(), draft.kind, draft.channel, draft.account,
               draft.kind == "reply" ? seal("target", draft.target) : draft.target, seal("payload", draft.payload),
               citizen_id, sealed ? kSealed : kClear, message_id, request_id, order_number, ToMs(draft.not_before),
               ToMs(draft.prefer_passive_until), ToMs(due), ToMs(now));
  }
  return ids;
}

Result<std::vector<OutboxRow>> SqlStore::TakeDue(Time now, Time lease_until, int max) {
  // Two takers that choose two rows of one unit meet at the index outbox_one_each; the later one looks again.
  return database_->WriteBeside([&](Connection& c) -> Result<std::vector<OutboxRow>> {
    ExpireClaims(c, now);
    std::vector<OutboxRow> rows;
    Query& q = c.Prepared(std::string(MINSHENG_OUTBOX_ROW
                                      "AS due WHERE state = 'pending' AND next_at <= :n AND (kind = 'reply' OR NOT "
                                      "EXISTS (SELECT 1 FROM outbox AS busy WHERE busy.state = 'sending' AND busy.kind "
                                      "<> 'reply' AND busy.target = due.target)) ORDER BY next_at, id LIMIT :m")
                              .append(c.TakingRows()),
                          kOutboxColumns);
    std::set<std::string> busy;
    for (bool more = q.First(ToMs(now), max); more; more = q.Next()) {
      OutboxRow row = OutboxRowOf(c, q);
      if (row.draft.kind == "reply" || busy.insert(row.draft.target).second) rows.push_back(std::move(row));
    }
    for (OutboxRow& row : rows) Claim(c, &row, now, lease_until, owner_);
    return rows;
  });
}

Result<OutboxRow> SqlStore::RetryOutbox(const std::string& id, Time now) {
  return database_->Write([&](Connection& c) -> Result<OutboxRow> {
    Query& q = c.Prepared(MINSHENG_OUTBOX_ROW "WHERE id = :i", kOutboxColumns);
    if (!q.First(id)) return MakeError(ErrorKind::kNotFound, "没有这一条 / no such row: " + id);
    OutboxRow row = OutboxRowOf(c, q);
    if (row.state != OutboxState::kFailed && row.state != OutboxState::kUnknown) {
      return MakeError(ErrorKind::kConflict,
                       id + "：只有 failed 和 unknown 可以重发 / only failed and unknown can be tried again, this is " +
                           std::string(ToWord(row.state)));
    }
    c.Prepared(
         "UPDATE outbox SET state = 'pending', claim_token = '', attempts = 0, next_at = :n, finished_at = 0 WHERE id "
         "= :i")
        .Run(ToMs(now), id);
    row.state = OutboxState::kPending;
    return row;
  });
}

Result<void> SqlStore::ReleaseClaims(Time now) {
  return database_->Write([&](Connection& c) -> Result<void> {
    c.Prepared(
         "UPDATE outbox SET claimed_until = :n WHERE state = 'sending' AND claimed_by = :o AND claimed_until > :m")
        .Run(ToMs(now), owner_, ToMs(now));
    ExpireClaims(c, now);
    return {};
  });
}

Result<std::vector<std::string>> SqlStore::TakePassive(const std::vector<PassiveClaim>& claims, Time now,
                                                       Time lease_until) {
  return database_->WriteBeside([&](Connection& c) -> Result<std::vector<std::string>> {
    std::vector<std::string> tokens;
    for (const PassiveClaim& claim : claims) {
      const std::string token = NewUlid(now);
      Query& owner = c.Prepared("SELECT COALESCE(citizen_id, ''), sealed FROM outbox WHERE id = :i", "ti");
      const bool sealed = owner.First(claim.outbox_id) && owner.Int(1) == kSealed;
      const std::string body =
          sealed ? SealText(c, owner.Text(0), {"outbox", claim.outbox_id, "wire_body"}, claim.body) : claim.body;
      const auto changed =
          c.Prepared(
               "UPDATE outbox SET state = 'sending', attempts = attempts + 1, claim_token = :t, claimed_until = :u, "
               "claimed_by = :o, wire_body = :b WHERE id = :i AND state = 'pending' AND kind = 'reply' AND not_before "
               "<= :n")
              .Run(token, ToMs(lease_until), owner_, body, claim.outbox_id, ToMs(now));
      tokens.push_back(changed == 1 ? token : std::string());
    }
    return tokens;
  });
}

Result<std::vector<std::vector<OutboxRow>>> SqlStore::RepliesOf(const std::vector<std::string>& message_ids) {
  return database_->Read([&](Connection& c) -> Result<std::vector<std::vector<OutboxRow>>> {
    std::vector<std::vector<OutboxRow>> replies;
    for (const std::string& id : message_ids) {
      auto& rows = replies.emplace_back();
      Query& q = c.Prepared(MINSHENG_OUTBOX_ROW "WHERE message_id = :m AND kind = 'reply' ORDER BY id", kOutboxColumns);
      for (bool row = q.First(id); row; row = q.Next()) rows.push_back(OutboxRowOf(c, q));
    }
    return replies;
  });
}

Result<bool> SqlStore::Finish(const std::string& outbox_id, const std::string& claim_token, OutboxState state,
                              const std::string& error, const std::string& platform_id, Time next_at) {
  auto done = Finish({{outbox_id, claim_token, state, error, platform_id, next_at}});
  if (!done) return Fail(done.error());
  return done->front();
}

Result<std::vector<bool>> SqlStore::Finish(const std::vector<FinishedRow>& rows) {
  for (const FinishedRow& row : rows) {
    if (row.state == OutboxState::kSending) {
      return MakeError(ErrorKind::kInvalid, "an outbox row cannot finish as sending");
    }
  }
  const Time now = clock_.Now();
  return database_->WriteBeside([&](Connection& c) -> Result<std::vector<bool>> {
    std::vector<bool> done;
    for (const FinishedRow& row : rows) done.push_back(!row.claim_token.empty() && FinishOne(c, row, now));
    return done;
  });
}

Result<std::optional<Time>> SqlStore::NextDue() {
  return database_->Read([&](Connection& c) -> Result<std::optional<Time>> {
    std::optional<Time> due;
    Query& pending = c.Prepared("SELECT next_at FROM outbox WHERE state = 'pending' ORDER BY next_at LIMIT 1", "i");
    if (pending.First()) due = FromMs(pending.Int(0));
    Query& claimed =
        c.Prepared("SELECT claimed_until FROM outbox WHERE state = 'sending' ORDER BY claimed_until LIMIT 1", "i");
    if (claimed.First()) due = std::min(due.value_or(FromMs(claimed.Int(0))), FromMs(claimed.Int(0)));
    return due;
  });
}

Result<std::vector<OutboxRow>> SqlStore::ListOutbox(const std::string& state, int limit) {
  if (!state.empty() && !OutboxStateFromWord(state)) {
    return MakeError(ErrorKind::kInvalid, "没有这种状态 / an outbox row is pending, sending, sent, failed or unknown");
  }
  return database_->Read([&](Connection& c) -> Result<std::vector<OutboxRow>> {
    std::vector<OutboxRow> rows;
    // The state stands in the text: with a parameter the planner could not use the partial indexes.
    std::string sql(MINSHENG_OUTBOX_ROW);
    if (!state.empty()) sql += fmt::format("WHERE state = '{}' ", state);
    Query& q = c.Prepared(sql + "ORDER BY id DESC LIMIT :l", kOutboxColumns);
    for (bool row = q.First(ClampLimit(limit)); row; row = q.Next()) rows.push_back(OutboxRowOf(c, q));
    return rows;
  });
}

#undef MINSHENG_OUTBOX_ROW

}  // namespace minsheng::store
