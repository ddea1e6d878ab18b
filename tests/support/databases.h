// SPDX-License-Identifier: Apache-2.0
// Every test of a program that includes this runs twice: on SQLite, then on PostgreSQL (--gtest_repeat goes on in
// turns). MINSHENG_TEST_DATABASE=sqlite or =postgresql runs on that one alone.
#pragma once
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/postgres_server.h"

namespace minsheng::testing {

enum class Kind { kSqlite, kPostgresql };

inline Kind& CurrentKind() {
  static Kind kind = Kind::kSqlite;
  return kind;
}

// Started when it is first needed, once in a test program.
inline std::unique_ptr<PostgresServer>& ServerSlot() {
  static std::unique_ptr<PostgresServer> server;
  return server;
}
inline PostgresServer& Postgres() {
  if (!ServerSlot()) ServerSlot() = std::make_unique<PostgresServer>();
  return *ServerSlot();
}

class InTurns : public ::testing::EmptyTestEventListener {
 public:
  static bool Install() {
    ::testing::UnitTest::GetInstance()->listeners().Append(new InTurns);
    return true;
  }
  void OnTestProgramStart(const ::testing::UnitTest&) override {
    if (std::getenv("MINSHENG_TEST_DATABASE") == nullptr && GTEST_FLAG_GET(repeat) == 1) GTEST_FLAG_SET(repeat, 2);
  }
  void OnTestIterationStart(const ::testing::UnitTest&, int iteration) override {
    const char* only = std::getenv("MINSHENG_TEST_DATABASE");
    const std::string kind = only != nullptr ? only : iteration % 2 == 0 ? "sqlite" : "postgresql";
    CurrentKind() = kind == "postgresql" ? Kind::kPostgresql : Kind::kSqlite;
    std::printf("Database: %s\n", kind.c_str());
  }
  void OnTestProgramEnd(const ::testing::UnitTest&) override { ServerSlot().reset(); }
};
inline const bool kInTurns = InTurns::Install();

// A database of the kind whose turn it is; gone with the object.
class TestDatabase {
 public:
  // folder: where SQLite's file lies. prepare: what makes the tables in the database at this address; on PostgreSQL,
  // where they take longest, it is done once and copied.
  explicit TestDatabase(const std::filesystem::path& folder, void (*prepare)(const std::string& url) = nullptr)
      : kind_(CurrentKind()) {
    if (kind_ == Kind::kSqlite) {
      url_ = "sqlite:" + (folder / "minsheng.db").string();
      return;
    }
    static std::string ready;
    if (prepare != nullptr && ready.empty()) {
      ready = Postgres().CreateDatabase();
      prepare(ready);
    }
    url_ = Postgres().CreateDatabase(ready);
  }
  ~TestDatabase() {
    if (kind_ == Kind::kPostgresql) Postgres().DropDatabase(url_);
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  const std::string& url() const { return url_; }
  Kind kind() const { return kind_; }

 private:
  const Kind kind_;
  std::string url_;
};

}  // namespace minsheng::testing
