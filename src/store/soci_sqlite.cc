// SPDX-License-Identifier: Apache-2.0
// SQLite in write-ahead mode: one session writes, readers go on meanwhile.
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "src/store/engines.h"
#include "src/store/soci_session.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kSqlite = "sqlite:";
constexpr int kPagesToCopy = 4'000;   // 16 MiB
constexpr int kPagesAtMost = 64'000;  // when the copying thread does not keep up
constexpr int kWalTries = 100;
constexpr std::chrono::milliseconds kWalPause{20};

// Result codes of SQLite (https://www.sqlite.org/rescode.html), low byte.
ErrorKind KindOfCode(int code) {
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

Error SqliteErrorOf(const std::exception& e) {
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&e)) {
    return {KindOfCode(sqlite->result()),
            fmt::format("database: {} (SQLite code {})", sqlite->get_error_message(), sqlite->result())};
  }
  if (const auto* other = dynamic_cast<const soci::soci_error*>(&e)) {
    return {ErrorKind::kInternal, fmt::format("database: {}", other->get_error_message())};
  }
  return {ErrorKind::kInternal, fmt::format("database: {}", e.what())};
}

class SqliteConnection final : public SociConnection {
 public:
  explicit SqliteConnection(const std::string& path) {
    session_ = std::make_unique<soci::session>(soci::sqlite3, fmt::format("dbname=\"{}\"", path));
  }

  Result<void> Begin(Access access) override {
    Clean();
    // IMMEDIATE: a transaction that reads first and writes later could not wait for another writer.
    Once(access == Access::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
    if (error_) return Fail(*error_);
    return {};
  }
  // The whole database is locked by who writes.
  std::string_view TakingRows() const override { return ""; }

 protected:
  Error ErrorOf(const std::exception& e) override { return SqliteErrorOf(e); }
  void Close(SociQuery& query) override {
    // Every session of this file is SQLite's; the library does not export what dynamic_cast needs.
    auto* backend = static_cast<soci::sqlite3_statement_backend*>(query.statement()->get_backend());
    // The result repeats the error of the last step, which is known already.
    sqlite_api::sqlite3_reset(backend->stmt_);
  }
};

// journal_mode = WAL needs the file for itself for a moment and does not wait by itself.
Result<void> SwitchToWal(SqliteConnection& connection) {
  for (int i = 0;; ++i) {
    std::string mode;
    connection.Guarded([&] { connection.session() << "PRAGMA journal_mode = WAL", soci::into(mode); });
    if (!connection.error()) return {};
    if (connection.error()->kind != ErrorKind::kUnavailable || i == kWalTries) return Fail(*connection.error());
    std::this_thread::sleep_for(kWalPause);
    (void)connection.Begin(Access::kRead);  // forgets the error
    connection.Rollback();
  }
}

Result<std::unique_ptr<SqliteConnection>> OpenSqlite(const std::string& path, bool writer) {
  std::unique_ptr<SqliteConnection> connection;
  try {
    connection = std::make_unique<SqliteConnection>(path);
  } catch (const std::exception& e) {
    Error error = SqliteErrorOf(e);
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
  connection->Once("PRAGMA secure_delete = ON");  // what is erased is overwritten, not just forgotten
  // Checkpoints are the engine's, off the writer's path.
  if (writer) connection->Once("PRAGMA wal_autocheckpoint = 0");
  if (!writer) connection->Once("PRAGMA query_only = ON");
  if (connection->error()) return Fail(*connection->error());
  return connection;
}

class SqliteEngine final : public Engine {
 public:
  explicit SqliteEngine(std::string path) : path_(std::move(path)) {}
  ~SqliteEngine() override {
    {
      const std::lock_guard lock(due_mutex_);
      stop_ = true;
    }
    due_.notify_one();
    if (copier_.joinable()) copier_.join();
  }

  int Writers() const override { return 1; }

  Result<std::unique_ptr<Connection>> OpenSession(bool writer) override {
    auto opened = OpenSqlite(path_, writer);
    if (!opened) return Fail(opened.error());
    if (writer) WatchLog(**opened);
    return std::unique_ptr<Connection>(std::move(*opened));
  }

  // VACUUM INTO: one snapshot, without the free pages of the original.
  Result<void> CopyTo(const std::string& path) override {
    auto opened = OpenSqlite(path_, true);
    if (!opened) return Fail(opened.error());
    try {
      (*opened)->session() << "VACUUM INTO :p", soci::use(path);
    } catch (const std::exception& e) {
      return Fail(SqliteErrorOf(e));
    }
    return {};
  }

  // Freed bytes are overwritten as they are freed (secure_delete); what is left is in the log.
  Result<void> Scrub() override { return Checkpoint(); }

  Result<void> Checkpoint() override {
    // The long part first, which lets writers pass; then there is little left to do alone.
    if (auto copied = Copy("PASSIVE"); !copied) return copied;
    return Copy("TRUNCATE");
  }

 private:
  // After each commit SQLite tells how long the log is. Copying it back is not the committing thread's work.
  void WatchLog(SqliteConnection& writer) {
    copier_ = std::thread([this] { CopyWhenDue(); });
    auto* backend = static_cast<soci::sqlite3_session_backend*>(writer.session().get_backend());
    sqlite_api::sqlite3_wal_hook(
        backend->conn_,
        [](void* engine, sqlite_api::sqlite3* session, const char*, int pages) {
          if (pages >= kPagesAtMost) {
            sqlite_api::sqlite3_wal_checkpoint_v2(session, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
          } else if (pages >= kPagesToCopy) {
            static_cast<SqliteEngine*>(engine)->LogIsLong();
          }
          return SQLITE_OK;
        },
        this);
  }
  void LogIsLong() {
    {
      const std::lock_guard lock(due_mutex_);
      long_ = true;
    }
    due_.notify_one();
  }
  void CopyWhenDue() {
    std::unique_lock lock(due_mutex_);
    for (;;) {
      due_.wait(lock, [this] { return long_ || stop_; });
      if (stop_) return;
      lock.unlock();
      // Without the second step, which waits for the few pages that came meanwhile, a log that is written
      // without a break would never begin anew. What goes wrong here is tried again after the next commit.
      if (Copy("PASSIVE")) (void)Copy("RESTART");
      lock.lock();
      long_ = false;
    }
  }

  Result<void> Copy(const char* mode) {
    const std::lock_guard lock(mutex_);
    if (!checkpointer_) {
      auto opened = OpenSqlite(path_, true);
      if (!opened) return Fail(opened.error());
      checkpointer_ = std::move(*opened);
      // RESTART and TRUNCATE keep writers waiting while they wait for readers: not for long.
      checkpointer_->Once("PRAGMA busy_timeout = 100");
    }
    int busy = 0, frames = 0, copied = 0;
    try {
      checkpointer_->session() << "PRAGMA wal_checkpoint(" << mode << ")", soci::into(busy), soci::into(frames),
          soci::into(copied);
    } catch (const std::exception& e) {
      return Fail(SqliteErrorOf(e));
    }
    if (busy != 0) return MakeError(ErrorKind::kUnavailable, "the write-ahead log is in use; it will be cut next time");
    return {};
  }

  const std::string path_;
  std::mutex mutex_;
  std::unique_ptr<SqliteConnection> checkpointer_;
  std::mutex due_mutex_;
  std::condition_variable due_;
  bool long_ = false;
  bool stop_ = false;
  std::thread copier_;
};

}  // namespace

Result<std::unique_ptr<Engine>> MakeSqlite(const std::string& url) {
  const std::string path = url.starts_with(kSqlite) ? url.substr(kSqlite.size()) : std::string();
  if (path.empty() || path.find('"') != std::string::npos || path == ":memory:") {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("数据库地址 {} 不对，应为 sqlite:/路径 或 postgresql://用户@主机:端口/库名 / database url "
                    "{}: must be sqlite:/path or postgresql://user@host:port/name",
                    url, url));
  }
  return std::unique_ptr<Engine>(std::make_unique<SqliteEngine>(path));
}

}  // namespace minsheng::store
