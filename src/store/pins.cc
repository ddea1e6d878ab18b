// SPDX-License-Identifier: Apache-2.0
// Pinned cases: real requests, masked, that every later version must judge as people did.
#include <fmt/format.h>

#include "src/store/sql_store.h"

namespace minsheng::store {

std::int64_t PinsStampOf(Connection& c) {
  // Pins are numbered and never deleted, and each is retired at most once.
  Query& q = c.Prepared(
      "SELECT COUNT(*) + COALESCE(SUM(CASE WHEN retired_at > 0 THEN 1 ELSE 0 END), 0) FROM pinned_case", "i");
  return q.First() ? q.Int(0) : 0;
}

Result<std::int64_t> SqlStore::PinsStamp() {
  return database_->Read([&](Connection& c) -> Result<std::int64_t> { return PinsStampOf(c); });
}

Result<std::vector<PinnedCase>> SqlStore::ListPins(bool retired_too) {
  return database_->Read([&](Connection& c) -> Result<std::vector<PinnedCase>> {
    std::vector<PinnedCase> pins;
    Query& q = c.Prepared(
        "SELECT id, request_id, text, channel, line, place_hint, stated_type, hour, category, topic, urgency, author, "
        "note, created_at, retired_by, retired_note, retired_at FROM pinned_case WHERE retired_at = 0 OR :a = 1 "
        "ORDER BY id",
        "itttttti"
        "ttttti"
        "tti");
    for (bool row = q.First(retired_too); row; row = q.Next()) {
      PinnedCase pin;
      pin.id = q.Int(0);
      pin.request_id = q.Text(1);
      pin.text = q.Text(2);
      pin.channel = q.Text(3);
      pin.line = q.Text(4);
      pin.place_hint = q.Text(5);
      pin.stated_type = RequestTypeFromWord(q.Text(6));
      pin.hour = static_cast<int>(q.Int(7));
      pin.category = q.Text(8);
      pin.topic = q.Text(9);
      pin.urgency = UrgencyFromWord(q.Text(10)).value_or(Urgency::kNormal);
      pin.author = q.Text(11);
      pin.note = q.Text(12);
      pin.created_at = FromMs(q.Int(13));
      pin.retired_by = q.Text(14);
      pin.retired_note = q.Text(15);
      pin.retired_at = FromMs(q.Int(16));
      pins.push_back(std::move(pin));
    }
    return pins;
  });
}

Result<std::int64_t> SqlStore::AddPin(const PinnedCase& pin) {
  if (pin.author.empty() || pin.text.empty() || pin.topic.empty() || pin.request_id.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "固定案例须有诉求、文字、事项和操作人 / a pinned case needs request, text, topic and who pins it");
  }
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<std::int64_t> {
    Query& live = c.Prepared("SELECT id, author FROM pinned_case WHERE request_id = :r AND retired_at = 0", "it");
    if (live.First(pin.request_id)) {
      return MakeError(
          ErrorKind::kConflict,
          fmt::format("诉求 {} 已由 {} 固定为案例 {} / request {} is pinned already: case {}, by {}", pin.request_id,
                      live.Text(1), live.Int(0), pin.request_id, live.Int(0), live.Text(1)));
    }
    Query& last = c.Prepared("SELECT COALESCE(MAX(id), 0) FROM pinned_case", "i");
    const std::int64_t id = (last.First() ? last.Int(0) : 0) + 1;
    c.Prepared(
         "INSERT INTO pinned_case (id, request_id, text, channel, line, place_hint, stated_type, hour, category, "
         "topic, urgency, author, note, created_at) VALUES (:i, :r, :x, :c, :l, :p, :y, :h, :g, :o, :u, :w, :n, :t)")
        .Run(id, pin.request_id, pin.text, pin.channel, pin.line, pin.place_hint,
             pin.stated_type ? ToWord(*pin.stated_type) : std::string_view(), pin.hour, pin.category, pin.topic,
             ToWord(pin.urgency), pin.author, pin.note, ToMs(now));
    return id;
  });
}

Result<void> SqlStore::RetirePin(std::int64_t id, const std::string& by, const std::string& note) {
  if (by.empty() || note.empty()) {
    return MakeError(ErrorKind::kInvalid, "撤销固定案例须写明操作人和原因 / to unpin a case, say who does it and why");
  }
  const Time now = clock_.Now();
  return database_->Write([&](Connection& c) -> Result<void> {
    const auto changed =
        c.Prepared(
             "UPDATE pinned_case SET retired_by = :w, retired_note = :n, retired_at = :t WHERE id = :i AND "
             "retired_at = 0")
            .Run(by, note, ToMs(now), id);
    if (changed == 1 || c.error()) return {};
    Query& q = c.Prepared("SELECT retired_by FROM pinned_case WHERE id = :i", "t");
    if (!q.First(id)) {
      return MakeError(ErrorKind::kNotFound, fmt::format("没有固定案例 {} / there is no pinned case {}", id, id));
    }
    return MakeError(ErrorKind::kConflict, fmt::format("固定案例 {} 已由 {} 撤销 / pinned case {} was retired by {}",
                                                       id, q.Text(0), id, q.Text(0)));
  });
}

}  // namespace minsheng::store
