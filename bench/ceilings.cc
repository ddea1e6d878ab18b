// SPDX-License-Identifier: Apache-2.0
#include "bench/ceilings.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>

#include "bench/report.h"
#include "src/stream/connection.h"
#include "src/stream/keys.h"
#include "src/stream/scripts.h"
#include "src/stream/url.h"

namespace minsheng::bench {
namespace {

using stream::Words;

struct Db {
  explicit Db(const std::string& path) {
    if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK) Die(path + ": cannot be opened");
  }
  ~Db() { sqlite3_close(handle); }
  Db(const Db&) = delete;
  void Run(const std::string& sql) const {
    if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      Die(sql + ": " + sqlite3_errmsg(handle));
    }
  }
  sqlite3_stmt* Prepare(const std::string& sql) const {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      Die(sql + ": " + sqlite3_errmsg(handle));
    }
    return statement;
  }
  sqlite3* handle = nullptr;
};

std::string TextAt(sqlite3_stmt* s, int column) {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(s, column));
  return text == nullptr ? "" : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(s, column)));
}

struct Table {
  const char* name;
  const char* join;  // how its rows hang on message m
};
constexpr std::array kTables = {
    Table{"citizen", "t.id = m.citizen_id"},
    Table{"conversation", "t.id = m.conversation_id"},
    Table{"request", "t.id = m.request_id"},
    Table{"incident_request", "t.request_id = m.request_id"},
    Table{"message", "t.id = m.id"},
    Table{"work_order", "t.request_id = m.request_id"},
    Table{"event", "t.order_id = (SELECT id FROM work_order WHERE request_id = m.request_id)"},
    Table{"outbox", "t.message_id = m.id"}};

std::vector<std::string> NewestIds(const Db& db, int n) {
  std::vector<std::string> ids;
  auto* const query = db.Prepare(fmt::format("SELECT id FROM message ORDER BY id DESC LIMIT {}", n));
  while (sqlite3_step(query) == SQLITE_ROW) ids.push_back(TextAt(query, 0));
  sqlite3_finalize(query);
  return ids;
}

void ReadRows(sqlite3_stmt* query, const std::string& id, std::size_t table, std::vector<WrittenRow>* rows) {
  sqlite3_bind_text(query, 1, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT);
  while (sqlite3_step(query) == SQLITE_ROW) {
    WrittenRow row{table, {}};
    for (int c = 0; c < sqlite3_column_count(query); ++c) {
      switch (sqlite3_column_type(query, c)) {
        case SQLITE_NULL:
          row.values.emplace_back();
          break;
        case SQLITE_INTEGER:
          row.values.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(query, c)));
          break;
        default:
          row.values.emplace_back(TextAt(query, c));
      }
    }
    rows->push_back(std::move(row));
  }
  sqlite3_reset(query);
}

void ReadItems(const Db& db, const std::vector<std::string>& ids, Written* written) {
  auto* const query = db.Prepare(
      "SELECT m.source_id, v.sender, m.message, m.raw, m.received_at FROM message m JOIN conversation v ON v.id = "
      "m.conversation_id WHERE m.id = ?");
  for (const auto& id : ids) {
    sqlite3_bind_text(query, 1, id.data(), static_cast<int>(id.size()), SQLITE_TRANSIENT);
    if (sqlite3_step(query) != SQLITE_ROW) Die("a message without conversation");
    stream::Item item;
    item.id = id;
    item.identity = "wechat:main:" + TextAt(query, 0);
    item.partition_key = "wechat|main|" + TextAt(query, 1);
    item.message = TextAt(query, 2);
    item.raw = TextAt(query, 3);
    item.rx_ms = sqlite3_column_int64(query, 4);
    item.count_field = "ceiling|" + std::to_string(item.rx_ms / 3'600'000);
    written->items.push_back(std::move(item));
    sqlite3_reset(query);
  }
  sqlite3_finalize(query);
}

// As src/stream/appender.cc puts it.
void AddItem(const stream::Item& item, Words* keys, Words* arguments) {
  const int partition = stream::PartitionOf(item.partition_key, 16);
  for (auto& key :
       {stream::StreamKey(partition), stream::ClaimKey(partition, item.identity), stream::CountsKey(partition)}) {
    keys->push_back(key);
  }
  const Words words{
      item.id, item.count_field,          "10", "v", "1", "id", item.id, "m", item.message, "raw", item.raw,
      "rx",    std::to_string(item.rx_ms)};
  arguments->insert(arguments->end(), words.begin(), words.end());
}

std::unique_ptr<stream::Connection> Connect(const std::string& url) {
  auto connection = stream::Connection::Open(*stream::ParseUrl(url), Millis{5'000});
  if (!connection) Die(connection.error().what);
  if (!(*connection)->Command({"SCRIPT", "LOAD", stream::AppendScript().text})) Die("SCRIPT LOAD failed");
  return std::move(*connection);
}

const char* const kTtl = "604800000";

}  // namespace

Written ReadWritten(const std::string& database, int n) {
  const Db db(database);
  Written written;
  const auto ids = NewestIds(db, n);
  written.rows.resize(ids.size());
  for (std::size_t t = 0; t < kTables.size(); ++t) {
    auto* const query = db.Prepare(
        fmt::format("SELECT t.* FROM message m JOIN {} t ON {} WHERE m.id = ?", kTables[t].name, kTables[t].join));
    std::string marks;
    for (int c = 0; c < sqlite3_column_count(query); ++c) marks += c == 0 ? "?" : ",?";
    written.inserts.push_back(fmt::format("INSERT INTO {} VALUES ({})", kTables[t].name, marks));
    for (std::size_t i = 0; i < ids.size(); ++i) ReadRows(query, ids[i], t, &written.rows[i]);
    sqlite3_finalize(query);
  }
  ReadItems(db, ids, &written);
  return written;
}

double AppendPipelined(const std::string& url, const std::vector<stream::Item>& items, int depth) {
  const auto connection = Connect(url);
  const auto start = NowNs();
  for (std::size_t at = 0; at < items.size();) {
    std::vector<Words> commands;
    for (; at < items.size() && static_cast<int>(commands.size()) < depth; ++at) {
      Words keys, arguments{kTtl};
      AddItem(items[at], &keys, &arguments);
      Words command{"EVALSHA", stream::AppendScript().sha, "3"};
      command.insert(command.end(), keys.begin(), keys.end());
      command.insert(command.end(), arguments.begin(), arguments.end());
      commands.push_back(std::move(command));
    }
    const auto replies = connection->Pipeline(commands);
    if (!replies) Die(replies.error().what);
    for (const auto& reply : *replies) {
      if (!stream::IsArray(*reply, 2) || stream::At(*reply, 0).integer != 1) Die("an append was refused");
    }
  }
  return static_cast<double>(items.size()) * 1e9 / static_cast<double>(NowNs() - start);
}

double AppendTogether(const std::string& url, const std::vector<stream::Item>& items, int per_call) {
  const auto connection = Connect(url);
  const auto start = NowNs();
  for (std::size_t at = 0; at < items.size();) {
    Words keys, arguments{kTtl};
    for (int i = 0; i < per_call && at < items.size(); ++i) AddItem(items[at++], &keys, &arguments);
    const auto reply = connection->Run(stream::AppendScript(), keys, arguments);
    if (!reply) Die(reply.error().what);
    for (std::size_t i = 0; i < (*reply)->elements; i += 2) {
      if (stream::At(**reply, i).integer != 1) Die("an append was refused");
    }
  }
  return static_cast<double>(items.size()) * 1e9 / static_cast<double>(NowNs() - start);
}

double BareCycle(stream::Reader& reader, const std::string& database, const Written& written) {
  const Db db(database);
  for (const char* pragma : {"journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -16384",
                             "wal_autocheckpoint = 16000"}) {
    db.Run(std::string("PRAGMA ") + pragma);
  }
  std::vector<sqlite3_stmt*> inserts;
  for (const auto& sql : written.inserts) inserts.push_back(db.Prepare(sql));
  const auto insert = [&](const WrittenRow& row) {
    auto* const s = inserts[row.table];
    for (std::size_t c = 0; c < row.values.size(); ++c) {
      const int at = static_cast<int>(c) + 1;
      if (const auto* text = std::get_if<std::string>(&row.values[c])) {
        sqlite3_bind_text(s, at, text->data(), static_cast<int>(text->size()), SQLITE_STATIC);
      } else if (const auto* number = std::get_if<std::int64_t>(&row.values[c])) {
        sqlite3_bind_int64(s, at, *number);
      } else {
        sqlite3_bind_null(s, at);
      }
    }
    if (sqlite3_step(s) != SQLITE_DONE) Die(std::string("bare cycle: ") + sqlite3_errmsg(db.handle));
    sqlite3_reset(s);
  };
  std::size_t done = 0;
  const auto start = NowNs();
  while (done < written.rows.size()) {
    const auto entries = reader.Read(512, Millis{200});
    if (!entries) Die(entries.error().what);
    if (entries->empty()) continue;
    db.Run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < entries->size() && done < written.rows.size(); ++i, ++done) {
      for (const auto& row : written.rows[done]) insert(row);
    }
    db.Run("COMMIT");
    if (const auto acked = reader.Ack(*entries); !acked) Die(acked.error().what);
  }
  const auto spent = static_cast<double>(NowNs() - start) / 1e9;
  for (auto* s : inserts) sqlite3_finalize(s);
  return static_cast<double>(done) / spent;
}

}  // namespace minsheng::bench
