// SPDX-License-Identifier: Apache-2.0
// The only file with <soci/*>. SOCI 4.0 over SQLite; its exceptions end here.
#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <deque>
#include <thread>
#include <unordered_map>

#include "src/store/database.h"

namespace minsheng::store {
namespace {

// Result codes of SQLite (https://www.sqlite.org/rescode.html), low byte.
ErrorKind KindOf(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return ErrorKind::kUnavailable;
    case SQLITE_CONSTRAINT:
      return ErrorKind::kConflict;
    default:  // corrupt, not a database, misuse: nothing that trying again could heal
      return ErrorKind::kInternal;
  }
}

// Only the database's own message: SOCI's what() would add the parameters, which are citizens' words.
Error ErrorOf(const std::exception& e) {
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e)) {
    return {KindOf(sqlite->result()),
            fmt::format("database: {} (SQLite code {})", sqlite->get_error_message(), sqlite->result())};
  }
  if (const auto* other = dynamic_cast<const soci::soci_error*>(&e)) {
    return {ErrorKind::kInternal, fmt::format("database: {}", other->get_error_message())};
  }
  return {ErrorKind::kInternal, fmt::format("database: {}", e.what())};
}

class SociConnection;

class SociQuery final : public Query {
 public:
  SociQuery(SociConnection& owner, std::string_view sql, std::string_view columns)
      : owner_(owner), sql_(sql), columns_(columns) {}

  bool Next() override;
  const std::string& Text(int column) const override { return texts_out_[slots_[column]]; }
  std::int64_t Int(int column) const override { return ints_out_[slots_[column]]; }
  void Reset();

 protected:
  void SetText(std::size_t index, std::string_view value) override {
    if (index < inputs_.size()) {
      texts_in_[inputs_[index]].assign(value);
      return;
    }
    inputs_.push_back(texts_in_.size());
    kinds_.push_back('t');
    texts_in_.emplace_back(value);
  }
  void SetInt(std::size_t index, std::int64_t value) override {
    if (index < inputs_.size()) {
      ints_in_[inputs_[index]] = value;
      return;
    }
    inputs_.push_back(ints_in_.size());
    kinds_.push_back('i');
    ints_in_.push_back(value);
  }
  std::int64_t Execute() override;
  bool Start() override;

 private:
  void Prepare(soci::session& session);

  SociConnection& owner_;
  std::string sql_;
  std::string columns_;
  // SOCI keeps the addresses of what it binds: deques do not move their elements.
  std::deque<std::string> texts_in_, texts_out_;
  std::deque<long long> ints_in_, ints_out_;
  std::vector<std::size_t> inputs_;  // parameter -> index in texts_in_ or ints_in_
  std::vector<std::size_t> slots_;   // column -> index in texts_out_ or ints_out_
  std::string kinds_;                // of the parameters
  std::unique_ptr<soci::statement> statement_;
};

class SociConnection final : public Connection {
 public:
  explicit SociConnection(const std::string& path) : session_(soci::sqlite3, fmt::format("dbname=\"{}\"", path)) {}
  ~SociConnection() override { queries_.clear(); }

  Query& Prepared(std::string_view sql, std::string_view columns) override {
    auto it = queries_.find(sql);
    if (it == queries_.end()) {
      auto query = std::make_unique<SociQuery>(*this, sql, columns);
      // The key must outlive the caller's text.
      const std::string_view key = keys_.emplace_back(sql);
      it = queries_.emplace(key, std::move(query)).first;
    }
    return *it->second;
  }

  void Once(const std::string& sql) override {
    Guarded([&] { session_.once << sql; });
  }

  Result<void> Begin(bool write) override {
    error_.reset();
    // IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
    Once(write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (error_) return Fail(*error_);
    return {};
  }

  Result<void> Commit() override {
    ResetOpen();
    Once("COMMIT");
    if (!error_) return {};
    const Error first = *error_;
    Rollback();
    return Fail(first);
  }

  void Rollback() override {
    ResetOpen();
    // After some errors (full disk) SQLite has rolled back by itself and says that there is
    // nothing to roll back, which is what we want.
    try {
      session_.once << "ROLLBACK";
    } catch (const std::exception&) {
    }
  }

  const std::optional<Error>& error() const override { return error_; }

  // Runs `body` unless there was an error; keeps the first one.
  template <class Body>
  void Guarded(Body body) {
    if (error_) return;
    try {
      body();
    } catch (const std::exception& e) {
      error_ = ErrorOf(e);
    }
  }
  soci::session& session() { return session_; }
  void Opened(SociQuery* query) { open_.push_back(query); }

  // A statement that stands on a row keeps the snapshot, and with it the write-ahead log, alive.
  void ResetOpen() {
    for (SociQuery* query : open_) query->Reset();
    open_.clear();
  }

 private:
  soci::session session_;
  std::deque<std::string> keys_;
  std::unordered_map<std::string_view, std::unique_ptr<SociQuery>> queries_;
  std::vector<SociQuery*> open_;
  std::optional<Error> error_;
};

void SociQuery::Prepare(soci::session& session) {
  auto statement = std::make_unique<soci::statement>(session);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (kinds_[i] == 't')
      statement->exchange(soci::use(texts_in_[inputs_[i]]));
    else
      statement->exchange(soci::use(ints_in_[inputs_[i]]));
  }
  texts_out_.clear();
  ints_out_.clear();
  slots_.clear();
  for (const char kind : columns_) {
    if (kind == 't') {
      slots_.push_back(texts_out_.size());
      statement->exchange(soci::into(texts_out_.emplace_back()));
    } else {
      slots_.push_back(ints_out_.size());
      statement->exchange(soci::into(ints_out_.emplace_back()));
    }
  }
  statement->alloc();
  statement->prepare(sql_);
  statement->define_and_bind();
  statement_ = std::move(statement);
}

std::int64_t SociQuery::Execute() {
  std::int64_t changed = 0;
  owner_.Guarded([&] {
    if (!statement_) Prepare(owner_.session());
    statement_->execute(true);
    changed = statement_->get_affected_rows();
  });
  return changed;
}

bool SociQuery::Start() {
  bool row = false;
  owner_.Guarded([&] {
    if (!statement_) Prepare(owner_.session());
    row = statement_->execute(true);
  });
  if (row) owner_.Opened(this);
  return row;
}

bool SociQuery::Next() {
  bool row = false;
  owner_.Guarded([&] { row = statement_->fetch(); });
  return row;
}

void SociQuery::Reset() {
  // Every session of this file is SQLite's; the library does not export what dynamic_cast needs.
  auto* backend = static_cast<soci::sqlite3_statement_backend*>(statement_->get_backend());
  // The result repeats the error of the last step, which is known already.
  sqlite_api::sqlite3_reset(backend->stmt_);
}

constexpr std::string_view kSqlite = "sqlite:";
constexpr int kWalTries = 100;
constexpr std::chrono::milliseconds kWalPause{20};

// journal_mode = WAL needs the file for itself for a moment and does not wait by itself.
Result<void> SwitchToWal(SociConnection& connection) {
  for (int i = 0;; ++i) {
    std::string mode;
    connection.Guarded([&] { connection.session() << "PRAGMA journal_mode = WAL", soci::into(mode); });
    if (!connection.error()) return {};
    if (connection.error()->kind != ErrorKind::kUnavailable || i == kWalTries) return Fail(*connection.error());
    std::this_thread::sleep_for(kWalPause);
    (void)connection.Begin(false);  // forgets the error
    connection.Rollback();
  }
}

Result<std::unique_ptr<Connection>> OpenConnection(const std::string& path, bool writer) {
  std::unique_ptr<SociConnection> connection;
  try {
    connection = std::make_unique<SociConnection>(path);
  } catch (const std::exception& e) {
    Error error = ErrorOf(e);
    error.what = fmt::format("数据库 {} 打不开 / cannot open the database {}: {}", path, path, error.what);
    return Fail(std::move(error));
  }
  connection->Once("PRAGMA busy_timeout = 5000");
  if (writer) {
    if (auto wal = SwitchToWal(*connection); !wal) return Fail(wal.error());
  }
  connection->Once("PRAGMA synchronous = FULL");
  connection->Once("PRAGMA foreign_keys = ON");
  connection->Once("PRAGMA journal_size_limit = 67108864");
  connection->Once("PRAGMA cache_size = -16384");
  connection->Once("PRAGMA temp_store = MEMORY");
  // Checkpoints come from Checkpoint(), off the writer's path; this is the net below.
  if (writer) connection->Once("PRAGMA wal_autocheckpoint = 16000");
  if (!writer) connection->Once("PRAGMA query_only = ON");
  if (connection->error()) return Fail(*connection->error());
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const std::string& url, int readers) {
  const std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : std::string();
  if (path.empty() || path.find('"') != std::string::npos || path == ":memory:") {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("数据库地址 {} 不对，应为 sqlite:/路径 / database url {}: must be sqlite:/path", url, url));
  }
  std::unique_ptr<Database> database(new Database);
  auto writer = OpenConnection(path, true);
  if (!writer) return Fail(writer.error());
  database->writer_ = std::move(*writer);
  for (int i = 0; i < readers; ++i) {
    auto reader = OpenConnection(path, false);
    if (!reader) return Fail(reader.error());
    database->readers_.push_back(std::move(*reader));
  }
  auto checkpointer = OpenConnection(path, true);
  if (!checkpointer) return Fail(checkpointer.error());
  database->checkpointer_ = std::move(*checkpointer);
  return database;
}

Database::Lease::Lease(Database& database) : owner(database) {
  std::unique_lock lock(owner.readers_mutex_);
  owner.reader_free_.wait(lock, [&] { return !owner.readers_.empty(); });
  connection = std::move(owner.readers_.back());
  owner.readers_.pop_back();
}

Database::Lease::~Lease() {
  {
    const std::lock_guard lock(owner.readers_mutex_);
    owner.readers_.push_back(std::move(connection));
  }
  owner.reader_free_.notify_one();
}

Result<void> Database::Checkpoint() {
  const std::lock_guard lock(checkpoint_mutex_);
  auto& connection = static_cast<SociConnection&>(*checkpointer_);
  int busy = 0, frames = 0, copied = 0;
  try {
    // The long part first, which lets writers pass; then there is little left to do alone.
    for (const char* mode : {"PASSIVE", "TRUNCATE"}) {
      connection.session() << "PRAGMA wal_checkpoint(" << mode << ")", soci::into(busy), soci::into(frames),
          soci::into(copied);
    }
  } catch (const std::exception& e) {
    return Fail(ErrorOf(e));
  }
  if (busy != 0) return MakeError(ErrorKind::kUnavailable, "the write-ahead log is in use; it will be cut next time");
  return {};
}

}  // namespace minsheng::store
