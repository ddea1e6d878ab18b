// SPDX-License-Identifier: Apache-2.0
// Conversations: what waits, and what it may belong to.
#include "src/store/conversations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/model/whole.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr int kMostHeld = 1'000;
constexpr std::string_view kHeldRow =
    "SELECT s.request_id, s.conversation_id, s.version, s.since, s.due, r.candidates, s.asked_at, s.answer_by "
    "FROM settling s JOIN request r ON r.id = s.request_id ";
constexpr std::string_view kHeldColumns = "ttiiitii";

HeldRequest HeldOf(const Query& q) {
  HeldRequest held;
  held.request_id = q.Text(0);
  held.conversation_id = q.Text(1);
  held.version = q.Int(2);
  held.since = FromMs(q.Int(3));
  held.due = FromMs(q.Int(4));
  held.choices = DecodeChoices(q.Text(5));
  held.asked_at = FromMs(q.Int(6));
  held.answer_by = FromMs(q.Int(7));
  return held;
}

std::string TextIn(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

std::string Encode(const std::vector<Choice>& choices) {
  if (choices.empty()) return "";
  auto all = nlohmann::json::array();
  for (const auto& c : choices) {
    all.push_back({{"request", c.request_id}, {"number", c.order_number}, {"label", c.label}});
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<Choice> DecodeChoices(std::string_view json) {
  std::vector<Choice> choices;
  const auto all = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!all.is_array()) return choices;
  for (const auto& one : all) {
    if (one.is_object()) choices.push_back({TextIn(one, "request"), TextIn(one, "number"), TextIn(one, "label")});
  }
  return choices;
}

Result<std::vector<HeldRequest>> SqlConversations::Due(Time now, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<HeldRequest>> {
    std::vector<HeldRequest> due;
    Query& q =
        c.Prepared(std::string(kHeldRow) + "WHERE s.due <= :n ORDER BY s.due, s.request_id LIMIT :l", kHeldColumns);
    for (bool row = q.First(ToMs(now), std::clamp(limit, 1, kMostHeld)); row; row = q.Next()) due.push_back(HeldOf(q));
    for (auto& held : due) held.messages = ReadMessages(c, held.request_id);
    return due;
  });
}

Result<std::optional<HeldRequest>> SqlConversations::Held(const std::string& request_id) {
  return database_.Read([&](Connection& c) -> Result<std::optional<HeldRequest>> {
    Query& q = c.Prepared(std::string(kHeldRow) + "WHERE s.request_id = :r", kHeldColumns);
    return q.First(request_id) ? std::optional(HeldOf(q)) : std::nullopt;
  });
}

Result<std::vector<OpenRequest>> SqlConversations::OpenOf(const std::string& conversation_id, Time since, int limit) {
  return database_.Read([&](Connection& c) -> Result<std::vector<OpenRequest>> {
    std::vector<OpenRequest> open;
    Query& q = c.Prepared(
        "SELECT r.id, COALESCE(o.number, ''), COALESCE(p.state, o.state, r.state), COALESCE(o.topic, r.topic), "
        "r.verdict, r.created_at, COALESCE((SELECT MAX(m.received_at) FROM message m WHERE m.request_id = r.id), "
        "r.created_at) FROM request r LEFT JOIN work_order o ON o.id = (SELECT f.id FROM work_order f "
        "WHERE f.request_id = r.id ORDER BY CASE f.state WHEN 'closed' THEN 1 ELSE 0 END, f.id LIMIT 1) "
        "LEFT JOIN work_order p ON o.state = 'merged' AND p.number = o.parent WHERE r.conversation_id = :v "
        "AND r.created_at >= :s AND r.state IN ('order', 'triage') ORDER BY r.created_at DESC, r.id DESC LIMIT :l",
        "tttttii");
    for (bool row = q.First(conversation_id, ToMs(since), std::clamp(limit, 1, 100)); row; row = q.Next()) {
      OpenRequest one{q.Text(0), q.Text(1), q.Text(2), q.Text(3), std::nullopt, FromMs(q.Int(5)), FromMs(q.Int(6)), {}};
      if (!q.Text(4).empty()) {
        if (auto verdict = DecodeVerdict(q.Text(4))) one.verdict = std::move(*verdict);
      }
      open.push_back(std::move(one));
    }
    for (auto& one : open) one.whole = WholeOf(ReadMessages(c, one.request_id, /*judged=*/true));
    return open;
  });
}

Result<bool> SqlConversations::Postpone(const std::string& request_id, std::int64_t version, Time due) {
  return database_.Write([&](Connection& c) -> Result<bool> {
    return c.Prepared("UPDATE settling SET due = :d, version = version + 1 WHERE request_id = :r AND version = :v")
               .Run(ToMs(due), request_id, version) == 1;
  });
}

}  // namespace minsheng::store
