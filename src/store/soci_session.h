// SPDX-License-Identifier: Apache-2.0
// What both engines share: held statements over SOCI 4.0, sticky errors. SOCI's exceptions end here.
#pragma once
#include <soci/soci.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/store/database.h"

namespace minsheng::store {

class SociConnection;

class SociQuery final : public Query {
 public:
  SociQuery(SociConnection& owner, std::string_view sql, std::string_view columns)
      : owner_(owner), sql_(sql), columns_(columns) {}

  bool Next() override;
  const std::string& Text(int column) const override { return texts_out_[slots_[column]]; }
  std::int64_t Int(int column) const override { return ints_out_[slots_[column]]; }
  // The prepared statement; nullptr before the first use and after Forget.
  soci::statement* statement() const { return statement_.get(); }
  // Drops what was prepared in a session that is gone. Its text and parameters stay.
  void Forget() { statement_.reset(); }
  int rank() const { return rank_; }
  // Writes the rows that were kept, at most `together` in one statement.
  void WriteKept(std::size_t together);
  void ForgetKept() { kept_.clear(); }

 protected:
  void SetText(std::size_t index, std::string_view value) override;
  void SetInt(std::size_t index, std::int64_t value) override;
  std::int64_t Execute() override;
  bool Start() override;
  void Keep(int rank) override;

 private:
  struct Value {
    std::string text;
    std::int64_t number = 0;
  };

  void Prepare(soci::session& session);
  void WriteRows(std::size_t first, std::size_t rows);
  std::string ForRows(std::size_t rows) const;

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
  std::vector<Value> kept_;  // of all rows, one after the other
  int rank_ = 0;
};

class SociConnection : public Connection {
 public:
  ~SociConnection() override { queries_.clear(); }

  Query& Prepared(std::string_view sql, std::string_view columns) override;
  void Once(const std::string& sql) override;
  void Define(const std::string& sql) override { Once(sql); }
  std::int64_t NextSerial(std::string_view table, std::string_view column, const std::string& key) override;
  Result<void> Commit() override;
  void Rollback() override;
  const std::optional<Error>& error() const override { return error_; }
  void Break(Error error) override {
    if (!error_) error_ = std::move(error);
  }
  void Collided() override { again_ = true; }
  bool Again() const override { return again_; }

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
  soci::session& session() { return *session_; }
  void Opened(SociQuery* query) { open_.push_back(query); }
  void Kept(SociQuery* query) { kept_.push_back(query); }
  void WriteKept();
  void SetError(Error error) {
    if (!error_) error_ = std::move(error);
  }
  // The text as this database can hold it; `room` keeps it when it had to be changed.
  virtual std::string_view Fit(std::string_view text, std::string* /*room*/) const { return text; }

 protected:
  // Without what SOCI's what() would add: the parameters, which are citizens' words. Sets `again_`.
  virtual Error ErrorOf(const std::exception& e) = 0;
  // After the last row that is read of it, also in the middle.
  virtual void Close(SociQuery& /*query*/) {}
  // How many rows one statement writes at most.
  virtual std::size_t Together() const { return 1; }
  // A new transaction: forgets the error of the last one.
  void Clean();
  void ForgetStatements();
  // A statement that stands on a row keeps the snapshot alive.
  void CloseOpen();

  std::unique_ptr<soci::session> session_;
  std::optional<Error> error_;
  bool again_ = false;
  bool committing_ = false;  // the database was asked to commit

 private:
  struct Serial {
    std::string write;  // statement
    std::string key;
    std::int64_t last = 0;
  };
  void WriteSerials();

  std::map<std::string, Serial> serials_;
  std::deque<std::string> keys_;
  std::unordered_map<std::string_view, std::unique_ptr<SociQuery>> queries_;
  std::vector<SociQuery*> open_;
  std::vector<SociQuery*> kept_;
};

}  // namespace minsheng::store
