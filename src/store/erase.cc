// SPDX-License-Identifier: Apache-2.0
// Erasure: every table that holds something of a person is named here.
#include <fmt/format.h>

#include <algorithm>

#include "src/base/ulid.h"
#include "src/store/sql_keeping.h"
#include "src/store/sql_search.h"
#include "src/store/texts.h"
#include "src/text/redact.h"

namespace minsheng::store {
namespace {

using Ids = std::vector<std::string>;

Ids IdsOf(Connection& c, const std::string& sql, const std::string& value) {
  Ids ids;
  Query& q = c.Prepared(sql, "t");
  for (bool row = q.First(value); row; row = q.Next()) ids.push_back(q.Text(0));
  return ids;
}

std::int64_t CountWhere(Connection& c, const std::string& sql, const std::string& value) {
  Query& q = c.Prepared(sql, "i");
  return q.First(value) ? q.Int(0) : 0;
}

Ids OpenOrdersOf(Connection& c, const std::string& citizen) {
  return IdsOf(c,
               "SELECT COALESCE(o.number, r.id) FROM request r LEFT JOIN work_order o ON o.request_id = r.id WHERE "
               "r.citizen_id = :z AND r.state IN ('order', 'triage', 'settling', 'asked') ORDER BY 1",
               citizen);
}

// The files that a reference names, deleted as soon as the transaction holds. Two rows may share a readable one.
void LoseFile(Connection& c, const std::string& reference, Time now) {
  if (reference.empty()) return;
  c.Prepared("INSERT INTO gone_blob (name, due, shared) VALUES (:n, :d, :s) ON CONFLICT (name) DO NOTHING")
      .Run(Blobs::NameOf(reference), ToMs(now), Blobs::IsSealed(reference) ? 0 : 1);
}

// What stays of a message: where it belongs and when it came.
std::string StubOf(const Message& m, const std::string& source_id, Time now) {
  Message stub;
  stub.id = m.id;
  stub.channel = m.channel;
  stub.account = m.account;
  stub.source_id = source_id;
  stub.line = m.line;
  stub.kind = m.kind;
  stub.anonymous = m.anonymous;
  stub.confidential = m.confidential;
  stub.sent_at = m.received_at;
  stub.received_at = m.received_at;
  stub.facts["erased"] = std::to_string(ToMs(now));
  return Encode(stub);
}

struct StoredMessage {
  std::string id, channel, account, source_id, raw_blob, message;
  std::int64_t sealed = 0;
  std::int64_t received_at = 0;
};

void EraseMessage(Connection& c, const StoredMessage& row, const std::string& citizen, const std::string& hash_key,
                  Time now) {
  const std::string text = OpenText(c, citizen, {"message", row.id, "message"}, row.message, row.sealed);
  LoseFile(c, OpenText(c, citizen, {"message", row.id, "raw_blob"}, row.raw_blob, row.sealed), now);
  Message m;
  if (auto decoded = DecodeMessage(text)) m = std::move(*decoded);
  for (const auto& attachment : m.attachments) LoseFile(c, attachment.blob, now);
  m.id = row.id;
  m.channel = row.channel;
  m.account = row.account;
  m.received_at = FromMs(row.received_at);
  const auto source_id = ErasedSourceId(hash_key, row.channel, row.account, row.source_id);
  c.Prepared(
       "UPDATE message SET sealed = 2, raw_form = 'bytes', raw = '', raw_blob = '', source_id = :s, message = :m WHERE "
       "id = :i")
      .Run(source_id, StubOf(m, source_id, now), row.id);
}

void EraseMessages(Connection& c, const std::string& citizen, const std::string& hash_key, Time now,
                   std::set<std::string>* erased) {
  std::vector<StoredMessage> rows;
  Query& q = c.Prepared(
      "SELECT id, channel, account, source_id, raw_blob, message, sealed, received_at FROM message WHERE citizen_id = "
      ":z ORDER BY id",
      "ttttttii");
  for (bool row = q.First(citizen); row; row = q.Next()) {
    rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), q.Text(4), q.Text(5), q.Int(6), q.Int(7)});
  }
  for (const auto& row : rows) {
    if (row.sealed != kErased) EraseMessage(c, row, citizen, hash_key, now);
    erased->insert(row.id);  // also from an erasure that was cut short before the stream was cleaned
  }
}

// A channel's notes about this sender: their keys end with the sender's id.
void EraseChannelState(Connection& c, const std::string& citizen) {
  struct OneTalk {
    std::string id, sender;
    std::int64_t sealed = 0;
  };
  std::vector<OneTalk> talks;
  Query& q = c.Prepared("SELECT id, sender, sealed FROM conversation WHERE citizen_id = :z", "tti");
  for (bool row = q.First(citizen); row; row = q.Next()) talks.push_back({q.Text(0), q.Text(1), q.Int(2)});
  for (const auto& talk : talks) {
    const auto sender = OpenText(c, citizen, {"conversation", talk.id, "sender"}, talk.sender, talk.sealed);
    if (sender.empty()) continue;
    c.Prepared(
         "DELETE FROM channel_state WHERE length(key) > length(:a) AND substr(key, length(key) - length(:b) + 1) = :c")
        .Run(sender, sender, sender);
  }
}

// Staff's own words about a person stay masked: who did what, and when, is not the citizen's.
void MaskNotes(Connection& c, const std::string& sql, const std::string& update, const std::string& citizen) {
  std::vector<std::pair<std::string, std::string>> rows;
  Query& q = c.Prepared(sql, "tt");
  for (bool row = q.First(citizen); row; row = q.Next()) rows.emplace_back(q.Text(0), q.Text(1));
  for (const auto& [id, note] : rows) c.Prepared(update).Run(text::Redact(note), id);
}

// What waits for further words has none any more.
void EndWaiting(Connection& c, const std::string& citizen) {
  c.Prepared(
       "DELETE FROM settling WHERE request_id IN (SELECT id FROM request WHERE citizen_id = :z AND state IN "
       "('settling', 'asked'))")
      .Run(citizen);
  c.Prepared("UPDATE message SET bucket = 'noted' WHERE citizen_id = :z AND bucket = 'settling'").Run(citizen);
  c.Prepared("UPDATE request SET state = 'noted' WHERE citizen_id = :z AND state IN ('settling', 'asked')")
      .Run(citizen);
  c.Prepared("UPDATE request SET candidates = '' WHERE citizen_id = :z AND candidates <> ''").Run(citizen);
}

void EraseRequests(Connection& c, const std::string& citizen, Time now) {
  EndWaiting(c, citizen);
  for (const auto& request : IdsOf(c, "SELECT id FROM request WHERE citizen_id = :z", citizen)) {
    ForgetInSearch(c, request);
    c.Prepared(
         "UPDATE pinned_case SET text = '', place_hint = '', note = '', retired_by = CASE WHEN retired_at = 0 THEN "
         "'system' ELSE retired_by END, retired_note = '', retired_at = CASE WHEN retired_at = 0 THEN :t ELSE "
         "retired_at "
         "END WHERE request_id = :r")
        .Run(ToMs(now), request);
    // The words of the others come back with the next request of the incident.
    c.Prepared(
         "UPDATE incident SET words = '[]' WHERE id IN (SELECT incident_id FROM incident_request WHERE request_id = "
         ":r)")
        .Run(request);
    c.Prepared("UPDATE correction SET note = '' WHERE request_id = :r").Run(request);
  }
  c.Prepared("UPDATE request SET thread_key = '', corrected_note = '' WHERE citizen_id = :z").Run(citizen);
  MaskNotes(c,
            "SELECT e.id, e.reason FROM event e JOIN work_order o ON o.id = e.order_id JOIN request r ON r.id = "
            "o.request_id WHERE r.citizen_id = :z AND e.reason <> ''",
            "UPDATE event SET reason = :n WHERE id = :i", citizen);
  MaskNotes(c,
            "SELECT e.id, e.note FROM letter_event e JOIN letter l ON l.number = e.letter WHERE l.citizen_id = :z AND "
            "e.note <> ''",
            "UPDATE letter_event SET note = :n WHERE id = :i", citizen);
}

void EraseOutbox(Connection& c, const std::string& citizen, Time now) {
  c.Prepared(
       "UPDATE outbox SET state = 'failed', claim_token = '', finished_at = :n WHERE citizen_id = :z AND state IN "
       "('pending', 'sending')")
      .Run(ToMs(now), citizen);
  c.Prepared(
       "UPDATE outbox SET sealed = 2, target = CASE kind WHEN 'reply' THEN '' ELSE target END, payload = '', wire_body "
       "= "
       "'', last_error = 'erased', platform_id = '' WHERE citizen_id = :z")
      .Run(citizen);
}

void EraseCitizen(Connection& c, const std::string& citizen, const std::string& hash_key, Time now,
                  ErasedPerson* erased) {
  EraseChannelState(c, citizen);
  EraseMessages(c, citizen, hash_key, now, &erased->message_ids);
  EraseOutbox(c, citizen, now);
  EraseRequests(c, citizen, now);
  for (const auto& t : kTextTables) {
    c.Prepared(fmt::format("UPDATE {} SET sealed = 2, {} = '' WHERE citizen_id = :z", t.table, t.column)).Run(citizen);
  }
  c.Prepared("DELETE FROM citizen_contact WHERE citizen_id = :z").Run(citizen);
  // Who writes again is somebody new.
  c.Prepared("UPDATE citizen SET data_key = '', sender_hash = :h WHERE id = :i").Run("erased:" + citizen, citizen);
}

Result<Ids> StillOpen(const Ids& open) {
  std::string list;
  for (const auto& number : open) list += (list.empty() ? "" : ", ") + number;
  return MakeError(
      ErrorKind::kConflict,
      fmt::format("还有未办结的诉求（{}），办结后才能删除；确有必要时用 --force 并写明原因 / still open: {}. Close "
                  "them first, or say --force and why",
                  list, list));
}

}  // namespace

std::string SqlKeeping::PersonOf(const Message& m) const {
  return m.sender.empty() ? HashOfMessage(secrets_.hash_key, m.id)
                          : HashOfSender(secrets_.hash_key, m.channel, m.sender);
}

Result<PersonFound> SqlKeeping::FindPerson(const Whose& whose) {
  const int named =
      (whose.citizen_id.empty() ? 0 : 1) + (whose.address.empty() ? 0 : 1) + (whose.request_id.empty() ? 0 : 1);
  if (named != 1) {
    return MakeError(ErrorKind::kInvalid,
                     "请指定一个：市民编号、号码或诉求编号 / name one of: citizen, phone or address, request");
  }
  return database_.Read([&](Connection& c) -> Result<PersonFound> {
    std::set<std::string> citizens;
    const auto add = [&](const std::string& sql, const std::string& value) {
      for (auto& id : IdsOf(c, sql, value)) citizens.insert(std::move(id));
    };
    if (!whose.citizen_id.empty()) add("SELECT id FROM citizen WHERE id = :i", whose.citizen_id);
    if (!whose.request_id.empty()) add("SELECT citizen_id FROM request WHERE id = :i", whose.request_id);
    if (!whose.address.empty()) {
      for (const std::string_view channel : {"phone", "email", "wechat", "weibo"}) {
        add("SELECT id FROM citizen WHERE sender_hash = :h", HashOfSender(secrets_.hash_key, channel, whose.address));
      }
      add("SELECT citizen_id FROM citizen_contact WHERE hash = :h", HashOfContact(secrets_.hash_key, whose.address));
    }
    PersonFound found;
    for (const auto& citizen : citizens) {
      found.citizens.push_back(citizen);
      for (auto& number : OpenOrdersOf(c, citizen)) found.open_orders.push_back(std::move(number));
      found.requests += CountWhere(c, "SELECT COUNT(*) FROM request WHERE citizen_id = :z", citizen);
      found.messages += CountWhere(c, "SELECT COUNT(*) FROM message WHERE citizen_id = :z", citizen);
    }
    return found;
  });
}

Result<std::set<std::string>> SqlKeeping::PersonsOf(const std::vector<std::string>& citizens) {
  return database_.Read([&](Connection& c) -> Result<std::set<std::string>> {
    std::set<std::string> persons;
    for (const auto& citizen : citizens) {
      for (auto& hash : IdsOf(c, "SELECT sender_hash FROM citizen WHERE id = :i", citizen))
        persons.insert(std::move(hash));
    }
    return persons;
  });
}

Result<ErasedPerson> SqlKeeping::Erase(const std::vector<std::string>& citizens, const std::string& actor,
                                       const std::string& reason, bool force) {
  if (actor.empty() || reason.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "删除须写明操作人和原因 / an erasure needs who does it (--as) and why (--reason)");
  }
  const Time now = clock_.Now();
  return database_.Write([&](Connection& c) -> Result<ErasedPerson> {
    ErasedPerson erased;
    for (const auto& citizen : citizens) {
      const auto person = IdsOf(c, "SELECT sender_hash FROM citizen WHERE id = :i", citizen);
      if (person.empty()) {
        return MakeError(ErrorKind::kNotFound, fmt::format("没有市民 {} / there is no citizen {}", citizen, citizen));
      }
      const auto open = OpenOrdersOf(c, citizen);
      if (!open.empty() && !force) return Fail(StillOpen(open).error());
      EraseCitizen(c, citizen, secrets_.hash_key, now, &erased);
      if (person.front().starts_with("erased:")) continue;  // once is enough for the journal
      erased.persons.insert(person.front());
      c.Prepared("INSERT INTO erasure (id, person, actor, reason, at) VALUES (:i, :p, :a, :r, :t)")
          .Run(NewUlid(now), person.front(), actor, text::Redact(reason), ToMs(now));
    }
    return erased;
  });
}

Result<std::vector<ErasureRow>> SqlKeeping::Erasures() {
  return database_.Read([](Connection& c) -> Result<std::vector<ErasureRow>> {
    std::vector<ErasureRow> rows;
    Query& q = c.Prepared("SELECT id, person, actor, reason, at FROM erasure ORDER BY id", "tttti");
    for (bool row = q.First(); row; row = q.Next()) {
      rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), FromMs(q.Int(4))});
    }
    return rows;
  });
}

Result<std::int64_t> SqlKeeping::EraseAgain(const std::vector<ErasureRow>& erasures) {
  return database_.Write([&](Connection& c) -> Result<std::int64_t> {
    std::int64_t found = 0;
    for (const auto& e : erasures) {
      c.Prepared(
           "INSERT INTO erasure (id, person, actor, reason, at) VALUES (:i, :p, :a, :r, :t) ON CONFLICT (id) DO "
           "NOTHING")
          .Run(e.id, e.person, e.actor, e.reason, ToMs(e.at));
      Query& q = c.Prepared("SELECT id FROM citizen WHERE sender_hash = :h AND created_at <= :t", "t");
      if (!q.First(e.person, ToMs(e.at))) continue;
      const std::string citizen = q.Text(0);
      ErasedPerson ignored;
      EraseCitizen(c, citizen, secrets_.hash_key, clock_.Now(), &ignored);
      ++found;
    }
    return found;
  });
}

}  // namespace minsheng::store
