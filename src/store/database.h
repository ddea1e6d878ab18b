// SPDX-License-Identifier: Apache-2.0
// Database: connections, held statements and transactions, in our words. Private to src/store/;
// soci_database.cc is the only file with <soci/*>.
//
// Errors are sticky: after the first failed statement of a transaction every further one does
// nothing and yields no rows, and the transaction ends with that error and without a trace. So
// code inside a transaction reads like the plain case.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/base/result.h"

namespace minsheng::store {

// One prepared statement. Parameters are :a, :b, ... in the order of the arguments.
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

  // Columns of the current row, from 0. The reference holds until the next call.
  virtual const std::string& Text(int column) const = 0;
  virtual std::int64_t Int(int column) const = 0;

 protected:
  virtual void SetText(std::size_t index, std::string_view value) = 0;
  virtual void SetInt(std::size_t index, std::int64_t value) = 0;
  virtual std::int64_t Execute() = 0;
  virtual bool Start() = 0;

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

// One session. Used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;
  // The held statement of this text, prepared at first use. columns: one letter for each result
  // column, 't' text or 'i' integer. Columns must not be NULL.
  virtual Query& Prepared(std::string_view sql, std::string_view columns = "") = 0;
  // Runs one statement that is not worth holding.
  virtual void Once(const std::string& sql) = 0;

  virtual Result<void> Begin(bool write) = 0;
  virtual Result<void> Commit() = 0;
  virtual void Rollback() = 0;
  // The first error since Begin.
  virtual const std::optional<Error>& error() const = 0;
};

class Database {
 public:
  // url "sqlite:/path". Opens the writer and `readers` sessions for reading; no schema yet.
  static Result<std::unique_ptr<Database>> Open(const std::string& url, int readers);
  ~Database();

  // Runs `body(Connection&)` -> Result<T> in one transaction of the writer. Committed when it
  // returns a value. body must not call Write again.
  template <class Body>
  auto Write(Body body) -> std::invoke_result_t<Body, Connection&> {
    const std::lock_guard lock(writer_mutex_);
    return Transaction(*writer_, /*write=*/true, body);
  }
  // The same on one snapshot, for reading only.
  template <class Body>
  auto Read(Body body) -> std::invoke_result_t<Body, Connection&> {
    Lease lease(*this);
    return Transaction(*lease.connection, /*write=*/false, body);
  }

  // Copies the write-ahead log into the database and cuts it to nothing, on a session of its own.
  // kUnavailable when readers or a writer held it up; what could be copied was copied.
  Result<void> Checkpoint();

 private:
  struct Lease {
    explicit Lease(Database& database);
    ~Lease();
    Database& owner;
    std::unique_ptr<Connection> connection;
  };

  Database() = default;

  template <class Body>
  auto Transaction(Connection& connection, bool write, Body& body) -> std::invoke_result_t<Body, Connection&> {
    if (auto begun = connection.Begin(write); !begun) return Fail(begun.error());
    // Also when body throws: a session left inside a transaction would be lost for ever.
    struct Ender {
      Connection& c;
      bool armed = true;
      ~Ender() {
        if (armed) c.Rollback();
      }
    } ender{connection};
    auto result = body(connection);
    if (connection.error()) return Fail(*connection.error());
    if (!result) return result;
    ender.armed = false;
    if (auto committed = connection.Commit(); !committed) return Fail(committed.error());
    return result;
  }

  std::mutex writer_mutex_;
  std::unique_ptr<Connection> writer_;
  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> readers_;
  std::mutex checkpoint_mutex_;
  std::unique_ptr<Connection> checkpointer_;
};

}  // namespace minsheng::store
