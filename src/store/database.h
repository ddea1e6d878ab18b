// SPDX-License-Identifier: Apache-2.0
// Database: sessions, held statements and transactions, in our words, over SQLite or PostgreSQL. Private to src/store/;
// the libraries behind it are in soci_*.{h,cc} alone.
//
// Errors are sticky: after the first failed statement of a transaction every further one does
// nothing and yields no rows, and the transaction ends with that error and without a trace. So
// code inside a transaction reads like the plain case.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/result.h"
#include "src/store/sealer.h"

namespace minsheng::store {

// One prepared statement. Parameters are :a, :b, ... in the order of the arguments, each used once.
class Query {
 public:
  virtual ~Query() = default;

  // Runs a statement without rows; how many rows it changed.
  template <class... Args>
  std::int64_t Run(const Args&... args) {
    Bind(args...);
    return Execute();
  }
  // Runs and stands on the first row, if there is one. Next() goes on.
  template <class... Args>
  bool First(const Args&... args) {
    Bind(args...);
    return Start();
  }
  virtual bool Next() = 0;
  // First with a list of texts, for statements that are made for so many ("IN (:a, :b, :c)").
  bool FirstOf(const std::vector<std::string>& values) {
    std::size_t index = 0;
    for (const auto& value : values) SetText(index++, value);
    return Start();
  }
  // For INSERT INTO ... VALUES (...) ON CONFLICT DO NOTHING whose row nobody asks for soon: rows are kept and
  // written many at a time, statements of lower `rank` first, before anything else runs in this transaction.
  // Each row must be new: one that is there already ends the transaction with kConflict, as one that Collided().
  template <class... Args>
  void Later(int rank, const Args&... args) {
    Bind(args...);
    Keep(rank);
  }

  // Columns of the current row, from 0. The reference holds until the next call.
  virtual const std::string& Text(int column) const = 0;
  virtual std::int64_t Int(int column) const = 0;

 protected:
  virtual void SetText(std::size_t index, std::string_view value) = 0;
  virtual void SetInt(std::size_t index, std::int64_t value) = 0;
  virtual std::int64_t Execute() = 0;
  virtual bool Start() = 0;
  virtual void Keep(int rank) = 0;

 private:
  template <class... Args>
  void Bind(const Args&... args) {
    std::size_t index = 0;
    (Set(index++, args), ...);
  }
  template <class T>
  void Set(std::size_t index, const T& value) {
    if constexpr (std::is_integral_v<T>)
      SetInt(index, static_cast<std::int64_t>(value));
    else
      SetText(index, value);
  }
};

// Rows that are written later go in this order, so that each finds what it refers to.
enum LaterRank {
  kCitizenRank,
  kConversationRank,
  kRequestRank,
  kFeedRank,
  kMessageRank,
  kHoldRank,
  kOrderRank,
  kEventRank,
  kLastRank
};

// What a transaction may expect of the others.
enum class Access {
  kRead,    // one snapshot, nothing is written
  kAlone,   // no other process and no other thread writes meanwhile
  kBeside,  // others of this kind may write at the same time; they wait for each other at rows and unique keys
};

// One session. Used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  // The held statement of this text, prepared at first use. columns: one letter for each result
  // column, 't' text or 'i' integer. Columns must not be NULL.
  virtual Query& Prepared(std::string_view sql, std::string_view columns = "") = 0;
  // Runs one statement that is not worth holding.
  virtual void Once(const std::string& sql) = 0;
  // Runs a statement of a migration: text compares byte by byte, whatever the database was made for.
  virtual void Define(const std::string& sql) = 0;
  // What stands at the end of a SELECT whose rows this transaction takes and no other may take meanwhile.
  virtual std::string_view TakingRows() const = 0;
  // The next value of the row `key` of a table (`column`, last), without gaps: the row is locked until this
  // transaction ends, counted in memory, and written before the commit. Made with 0 when it is not there.
  virtual std::int64_t NextSerial(std::string_view table, std::string_view column, const std::string& key) = 0;

  virtual Result<void> Begin(Access access) = 0;
  virtual Result<void> Commit() = 0;
  virtual void Rollback() = 0;
  // The first error since Begin.
  virtual const std::optional<Error>& error() const = 0;
  // Tells that somebody else wrote the same thing after this transaction had looked: it is run again.
  virtual void Collided() = 0;
  // Whether the transaction that just failed would probably succeed if it were run again.
  virtual bool Again() const = 0;
  virtual void Break(Error error) = 0;  // as if a statement had failed with this error

  const Sealer* sealer = nullptr;  // of the Database; set for every transaction
  KeyCache keys;                   // of this transaction
};

// Where sessions come from: SQLite or PostgreSQL.
class Engine {
 public:
  virtual ~Engine() = default;
  // How many sessions may write at the same time.
  virtual int Writers() const = 0;
  virtual Result<std::unique_ptr<Connection>> OpenSession(bool writer) = 0;
  virtual Result<void> Checkpoint() = 0;
  virtual Result<void> Scrub() = 0;
  virtual Result<void> CopyTo(const std::string& path) = 0;
};

// Sessions that are lent out one by one; opened when they are first needed. Thread-safe.
class Sessions {
 public:
  using Opener = std::function<Result<std::unique_ptr<Connection>>()>;
  Sessions(int most, Opener open) : open_(std::move(open)), closed_(most) {}

  class Lease {
   public:
    Lease(Sessions* owner, std::unique_ptr<Connection> connection)
        : owner_(owner), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    ~Lease() {
      if (connection_) owner_->GiveBack(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }

   private:
    Sessions* owner_;
    std::unique_ptr<Connection> connection_;
  };
  // Waits for a free one. Errors: a session could not be opened.
  Result<Lease> Take();

 private:
  void GiveBack(std::unique_ptr<Connection> connection);

  std::mutex mutex_;
  std::condition_variable free_;
  Opener open_;
  int closed_;  // how many may still be opened
  std::vector<std::unique_ptr<Connection>> idle_;
};

class Database {
 public:
  // url: "sqlite:/path", "postgresql://user@host:port/name" or libpq's keywords ("host=/run/postgresql dbname=name");
  // `password` is PostgreSQL's. At most `readers` sessions read at the same time. No schema yet.
  static Result<std::unique_ptr<Database>> Open(const std::string& url, int readers, const std::string& password = "");

  static Result<void> CheckUrl(const std::string& url);
  void UseSealer(std::unique_ptr<Sealer> sealer) { sealer_ = std::move(sealer); }  // of texts, from now on
  const Sealer* sealer() const { return sealer_.get(); }

  // Runs `body(Connection&)` -> Result<T> in one transaction. Committed when it returns a value.
  // body must not call Write again; it is called again from its beginning when the transaction met
  // another one (only ever on PostgreSQL), so what it leaves outside must not depend on how often.
  // kUnknown: the connection was lost while the database was asked to commit, so nobody knows whether it did.
  template <class Body>
  auto Write(Body body, Access access = Access::kAlone) -> std::invoke_result_t<Body, Connection&> {
    auto lease = writers_.Take();
    if (!lease) return Fail(lease.error());
    for (int tries = 1;; ++tries) {
      auto result = Transaction(**lease, access, body);
      if (result || tries == kTries || !(**lease).Again()) return result;
      PauseAfter(tries);
    }
  }
  // For the few bodies that were written for it: see Access::kBeside.
  template <class Body>
  auto WriteBeside(Body body) -> std::invoke_result_t<Body, Connection&> {
    return Write(std::move(body), Access::kBeside);
  }
  // The same on one snapshot, for reading only.
  template <class Body>
  auto Read(Body body) -> std::invoke_result_t<Body, Connection&> {
    auto lease = readers_.Take();
    if (!lease) return Fail(lease.error());
    return Transaction(**lease, Access::kRead, body);
  }

  // SQLite: copies the write-ahead log into the database and cuts it to nothing, on a session of its own. kUnavailable:
  // readers or a writer held it up; what could be copied was copied. PostgreSQL's server does that by itself.
  Result<void> Checkpoint() { return engine_->Checkpoint(); }
  // Overwrites what lies unused in the database's files and log, as far as the engine can. kUnavailable: in use.
  Result<void> Scrub() { return engine_->Scrub(); }
  // A consistent copy in a new file, while others write. kInvalid: not with this engine.
  Result<void> CopyTo(const std::string& path) { return engine_->CopyTo(path); }

 private:
  static constexpr int kTries = 6;

  Database(std::unique_ptr<Engine> engine, int readers);
  static void PauseAfter(int tries);

  template <class Body>
  auto Transaction(Connection& connection, Access access, Body& body) -> std::invoke_result_t<Body, Connection&> {
    if (auto begun = connection.Begin(access); !begun) return Fail(begun.error());
    // Also when body throws: a session left inside a transaction would be lost for ever.
    struct Ender {
      Connection& c;
      bool armed = true;
      ~Ender() {
        if (armed) c.Rollback();
      }
    } ender{connection};
    connection.sealer = sealer_.get();
    connection.keys.Clear();
    auto result = body(connection);
    if (connection.error()) return Fail(*connection.error());
    if (!result) return result;
    ender.armed = false;
    if (auto committed = connection.Commit(); !committed) return Fail(committed.error());
    return result;
  }

  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<Engine> engine_;
  Sessions writers_;
  Sessions readers_;
};

}  // namespace minsheng::store
