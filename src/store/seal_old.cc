// SPDX-License-Identifier: Apache-2.0
// Rows that an older version left readable are sealed, a few at a time.
#include <fmt/format.h>

#include <vector>

#include "src/base/crypto.h"
#include "src/base/ulid.h"
#include "src/store/sql_keeping.h"
#include "src/store/sql_store.h"
#include "src/store/texts.h"

namespace minsheng::store {
namespace {

struct ClearMessage {
  std::string id, citizen_id, channel, account, source_id, raw_form, raw_blob, message, raw;
};

// Messages without a sender had no citizen.
std::string CitizenFor(Connection& c, const ClearMessage& row, const std::string& hash_key, Time now) {
  if (!row.citizen_id.empty()) return row.citizen_id;
  const auto hash = HashOfMessage(hash_key, row.id);
  const auto id = NewUlid(now);
  c.Prepared(
       "INSERT INTO citizen (id, sender_hash, data_key, created_at) VALUES (:i, :h, :k, :t) ON CONFLICT "
       "(sender_hash) DO NOTHING")
      .Run(id, hash, NewDataKey(c, id), ToMs(now));
  Query& q = c.Prepared("SELECT id FROM citizen WHERE sender_hash = :h", "t");
  return q.First(hash) ? q.Text(0) : id;
}

// The file under a sealed name; a file that is missing or damaged keeps its name, so that this is still told.
Result<std::string> SealedFile(const Blobs& blobs, const std::string& owner, const std::string& reference) {
  if (reference.empty() || Blobs::IsSealed(reference)) return reference;
  const auto bytes = blobs.Get(reference);
  if (!bytes) return reference;
  return blobs.Put(owner, *bytes);
}

// A readable file may be named by other rows, also by entries that still wait in the stream.
constexpr Millis kFilesStay = std::chrono::hours(48);

void GiveUp(Connection& c, const std::string& reference, Time now) {
  if (reference.empty() || Blobs::IsSealed(reference)) return;
  c.Prepared("INSERT INTO gone_blob (name, due, shared) VALUES (:n, :d, 1) ON CONFLICT (name) DO NOTHING")
      .Run(reference, ToMs(now + kFilesStay));
}

Result<void> SealMessage(Connection& c, const Blobs& blobs, const std::string& hash_key, ClearMessage row, Time now) {
  const auto citizen = CitizenFor(c, row, hash_key, now);
  const auto decoded = DecodeMessage(row.message);
  std::string source_id = row.source_id;
  auto blob = SealedFile(blobs, citizen, row.raw_blob);
  if (!blob) return Fail(blob.error());
  if (*blob != row.raw_blob) GiveUp(c, row.raw_blob, now);
  if (decoded) {
    Message m = *decoded;
    for (auto& attachment : m.attachments) {
      auto sealed = SealedFile(blobs, citizen, attachment.blob);
      if (!sealed) return Fail(sealed.error());
      if (*sealed != attachment.blob) GiveUp(c, attachment.blob, now);
      attachment.blob = std::move(*sealed);
    }
    row.message = Encode(m);
    if (!m.contact.empty()) {
      c.Prepared("INSERT INTO citizen_contact (hash, citizen_id) VALUES (:h, :z) ON CONFLICT DO NOTHING")
          .Run(HashOfContact(hash_key, m.contact), citizen);
    }
    if (m.source_id == row.source_id && !m.sender.empty()) {
      source_id = StoredSourceId(m, HashOfSender(hash_key, m.channel, m.sender));
    }
  }
  const auto seal = [&](std::string_view column, const std::string& text) {
    return SealText(c, citizen, {"message", row.id, column}, text);
  };
  const auto raw = row.raw_form == "base64" ? crypto::Base64Decode(row.raw).value_or(row.raw) : row.raw;
  c.Prepared(
       "UPDATE message SET sealed = 1, raw_form = 'bytes', citizen_id = :z, source_id = :s, raw_blob = :b, message = "
       ":m, raw = :r WHERE id = :i AND sealed = 0")
      .Run(citizen, source_id, seal("raw_blob", *blob), seal("message", row.message), seal("raw", raw), row.id);
  return {};
}

Result<std::int64_t> SealMessages(Connection& c, const Blobs& blobs, const std::string& hash_key, int limit, Time now) {
  std::vector<ClearMessage> rows;
  Query& q = c.Prepared(
      "SELECT id, COALESCE(citizen_id, ''), channel, account, source_id, raw_form, raw_blob, message, raw FROM message "
      "WHERE sealed = 0 ORDER BY id LIMIT :l",
      "ttttt"
      "tttt");
  for (bool row = q.First(limit); row; row = q.Next()) {
    rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), q.Text(4), q.Text(5), q.Text(6), q.Text(7), q.Text(8)});
  }
  for (auto& row : rows) {
    if (auto done = SealMessage(c, blobs, hash_key, std::move(row), now); !done) return Fail(done.error());
  }
  return static_cast<std::int64_t>(rows.size());
}

std::int64_t SealOutbox(Connection& c, int limit) {
  struct Row {
    std::string id, citizen, kind, target, payload, wire_body;
  };
  std::vector<Row> rows;
  Query& q = c.Prepared(
      "SELECT id, citizen_id, kind, target, payload, wire_body FROM outbox WHERE sealed = 0 AND citizen_id IS NOT NULL "
      "ORDER BY id LIMIT :l",
      "tttttt");
  for (bool row = q.First(limit); row; row = q.Next()) {
    rows.push_back({q.Text(0), q.Text(1), q.Text(2), q.Text(3), q.Text(4), q.Text(5)});
  }
  for (const Row& row : rows) {
    const auto seal = [&](std::string_view column, const std::string& text) {
      return SealText(c, row.citizen, {"outbox", row.id, column}, text);
    };
    c.Prepared("UPDATE outbox SET sealed = 1, target = :t, payload = :p, wire_body = :w WHERE id = :i AND sealed = 0")
        .Run(row.kind == "reply" ? seal("target", row.target) : row.target, seal("payload", row.payload),
             seal("wire_body", row.wire_body), row.id);
  }
  return static_cast<std::int64_t>(rows.size());
}

std::int64_t SealTexts(Connection& c, const TextTable& t, int limit) {
  struct Row {
    std::string id, citizen, text;
  };
  std::vector<Row> rows;
  Query& q = c.Prepared(
      fmt::format("SELECT id, citizen_id, {} FROM {} WHERE sealed = 0 AND citizen_id IS NOT NULL ORDER BY id LIMIT :l",
                  t.column, t.table),
      "ttt");
  for (bool row = q.First(limit); row; row = q.Next()) rows.push_back({q.Text(0), q.Text(1), q.Text(2)});
  for (const Row& row : rows) {
    c.Prepared(fmt::format("UPDATE {} SET sealed = 1, {} = :s WHERE id = :i AND sealed = 0", t.table, t.column))
        .Run(SealText(c, row.citizen, {t.table, row.id, t.column}, row.text), row.id);
  }
  return static_cast<std::int64_t>(rows.size());
}

// Mostly there is nothing: a look costs no writer.
bool AnythingClear(Connection& c) {
  std::string sql =
      "SELECT CASE WHEN EXISTS (SELECT 1 FROM message WHERE sealed = 0) OR EXISTS (SELECT 1 FROM outbox WHERE sealed = "
      "0 "
      "AND citizen_id IS NOT NULL)";
  for (const auto& t : kTextTables)
    sql += fmt::format(" OR EXISTS (SELECT 1 FROM {} WHERE sealed = 0 AND citizen_id IS NOT NULL)", t.table);
  Query& q = c.Prepared(sql + " THEN 1 ELSE 0 END", "i");
  return q.First() && q.Int(0) == 1;
}

}  // namespace

Result<SweepStep> SqlKeeping::SealOld(const Blobs& blobs, int limit) {
  const Time now = clock_.Now();
  const auto any = database_.Read([](Connection& c) -> Result<bool> { return AnythingClear(c); });
  if (!any) return Fail(any.error());
  if (!*any) return SweepStep{};
  return database_.Write([&](Connection& c) -> Result<SweepStep> {
    const auto messages = SealMessages(c, blobs, secrets_.hash_key, limit, now);
    if (!messages) return Fail(messages.error());
    SweepStep step;
    step.done = *messages;
    step.done += SealOutbox(c, limit);
    for (const auto& t : kTextTables) step.done += SealTexts(c, t, limit);
    step.more = step.done >= limit;
    return step;
  });
}

Result<SweepStep> SqlKeeping::DeleteFiles(const Blobs& blobs, int limit) {
  const Time now = clock_.Now();
  const auto names = database_.Read([&](Connection& c) -> Result<std::vector<std::string>> {
    std::vector<std::string> due;
    Query& q = c.Prepared(
        "SELECT name FROM gone_blob WHERE due <= :n AND (shared = 0 OR NOT EXISTS (SELECT 1 FROM message WHERE sealed "
        "= "
        "0)) ORDER BY name LIMIT :l",
        "t");
    for (bool row = q.First(ToMs(now), limit); row; row = q.Next()) due.push_back(q.Text(0));
    return due;
  });
  if (!names) return Fail(names.error());
  SweepStep step;
  step.more = static_cast<int>(names->size()) == limit;
  if (names->empty()) return step;
  for (const auto& name : *names) {
    if (auto deleted = blobs.Delete(name); !deleted) return Fail(deleted.error());
  }
  step.done = static_cast<std::int64_t>(names->size());
  return database_.Write([&](Connection& c) -> Result<SweepStep> {
    for (const auto& name : *names) c.Prepared("DELETE FROM gone_blob WHERE name = :n").Run(name);
    return step;
  });
}

}  // namespace minsheng::store
