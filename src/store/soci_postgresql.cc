// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: several sessions write, of this and of other processes.
//
// One advisory lock of the database takes the place of SQLite's one writer: Access::kAlone takes it for itself,
// Access::kBeside shares it. It is the first thing of a transaction and ends with it.
#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>

#include <atomic>

#include "src/store/engines.h"
#include "src/store/soci_session.h"
#include "src/text/utf8.h"

namespace minsheng::store {
namespace {

constexpr int kWritingSessions = 4;
constexpr std::string_view kBegin[] = {
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "BEGIN; SELECT pg_advisory_xact_lock(5571000)",
    "BEGIN; SELECT pg_advisory_xact_lock_shared(5571000)",
};
// A process that hangs inside a transaction must not hold up all others for ever.
constexpr std::string_view kSettings =
    "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET lock_timeout = '1s'; "
    "SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = 'warning'";
// A commit that was answered is on the disk. What a server asks for beyond that (remote_apply) stays.
constexpr std::string_view kDurable =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

struct PqOptions {
  PQconninfoOption* list = nullptr;
  ~PqOptions() { PQconninfoFree(list); }
};

std::string OneLine(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

// Classes of SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html).
ErrorKind KindOfState(std::string_view state) {
  for (const std::string_view wait : {"08", "53", "58", "57P", "57014", "55P03", "55006", "40", "25006", "25P03"}) {
    if (state.starts_with(wait)) return ErrorKind::kUnavailable;
  }
  if (state.starts_with("23")) return ErrorKind::kConflict;
  return state == "42501" || state.starts_with("28") ? ErrorKind::kDenied : ErrorKind::kInternal;
}

// The text of a wrong value (class 22) repeats the value, which may be a citizen's word.
bool RepeatsValues(std::string_view state) { return state.starts_with("22") || state.starts_with("P0"); }

class PostgresqlEngine final : public Engine {
 public:
  // address: for people. connect: what libpq is given, with the password.
  PostgresqlEngine(std::string address, std::string connect)
      : address_(std::move(address)), connect_(std::move(connect)) {}

  int Writers() const override { return kWritingSessions; }
  Result<std::unique_ptr<Connection>> OpenSession(bool writer) override;
  Result<void> Checkpoint() override { return {}; }
  Result<void> Scrub() override;
  Result<void> CopyTo(const std::string& /*path*/) override {
    return MakeError(ErrorKind::kInvalid,
                     "PostgreSQL 请用 pg_dump 备份，见 docs/operations.md / back PostgreSQL up by pg_dump: "
                     "docs/operations.md");
  }

  Result<std::unique_ptr<soci::session>> Connect();

 private:
  Error Refused(const std::exception& e);

  const std::string address_;
  const std::string connect_;
  std::atomic<bool> connected_before_{false};
};

class PostgresqlConnection final : public SociConnection {
 public:
  PostgresqlConnection(PostgresqlEngine& engine, std::unique_ptr<soci::session> session) : engine_(engine) {
    session_ = std::move(session);
  }

  Result<void> Begin(Access access) override {
    access_ = access;
    for (bool fresh = false;; fresh = true) {
      Clean();
      if (Lost()) {
        if (auto connected = Reconnect(); !connected) return connected;
        fresh = true;
      }
      Once(std::string(kBegin[static_cast<int>(access)]));
      if (!error_) return {};
      const Error first = *error_;
      // The server went away while the session was idle, and may be back: nothing has happened yet.
      if (Lost() && !fresh) continue;
      Rollback();
      return Fail(first);
    }
  }

  Result<void> Commit() override {
    auto done = SociConnection::Commit();
    if (done || access_ == Access::kRead || !committing_ || !Lost()) return done;
    again_ = false;
    return MakeError(ErrorKind::kUnknown,
                     "提交时与数据库失去联系，不知是否已写入，请先核对再重做 / the connection was lost during the "
                     "commit: look whether it was done before you repeat it. " +
                         done.error().what);
  }

  // Databases are made with any collation; ours compare and sort like SQLite.
  void Define(const std::string& sql) override {
    const auto start = sql.find_first_not_of(" \n\t");
    const std::string_view words = std::string_view(sql).substr(std::min(start, sql.size()));
    Once(words.starts_with("CREATE TABLE") || words.starts_with("ALTER TABLE") ? WithCollation(sql) : sql);
  }

  std::string_view TakingRows() const override { return " FOR UPDATE SKIP LOCKED"; }

  // PostgreSQL's text is UTF-8 without zero bytes; other bytes would make the whole row impossible.
  std::string_view Fit(std::string_view text, std::string* room) const override {
    if (text::IsValidUtf8(text) && text.find('\0') == std::string_view::npos) return text;
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = text::NextCodePoint(text, &at);
      text::AppendUtf8(c == 0 ? 0xFFFD : c, room);
    }
    return *room;
  }

 protected:
  Error ErrorOf(const std::exception& e) override {
    const auto* server = dynamic_cast<const soci::postgresql_soci_error*>(&e);
    const std::string state = server == nullptr ? "" : server->sqlstate();
    if (Lost()) return {ErrorKind::kUnavailable, "database: the connection is lost: " + WordsOf(e, state)};
    // Others of Access::kBeside may insert what this transaction has just not found.
    again_ =
        state == "40001" || state == "40P01" || state == "55P03" || (state == "23505" && access_ == Access::kBeside);
    return {KindOfState(state), fmt::format("database: {} (SQLSTATE {})", WordsOf(e, state), state)};
  }

  std::size_t Together() const override { return 64; }

 private:
  static std::string WordsOf(const std::exception& e, std::string_view state) {
    if (RepeatsValues(state)) return "a value does not fit";
    const auto* known = dynamic_cast<const soci::soci_error*>(&e);
    return OneLine(known != nullptr ? known->get_error_message() : e.what());
  }

  static std::string WithCollation(const std::string& sql) {
    constexpr std::string_view kType = " TEXT";
    std::string out;
    for (std::size_t at = 0; at < sql.size();) {
      const auto found = std::min(sql.find(kType, at), sql.size());
      out.append(sql, at, found - at);
      at = found;
      if (found == sql.size()) break;
      out += kType;
      at += kType.size();
      if (at == sql.size() || std::isalnum(static_cast<unsigned char>(sql[at])) == 0) out += " COLLATE \"C\"";
    }
    return out;
  }

  bool Lost() const {
    return session_ == nullptr ||
           PQstatus(static_cast<soci::postgresql_session_backend*>(session_->get_backend())->conn_) != CONNECTION_OK;
  }

  Result<void> Reconnect() {
    ForgetStatements();
    session_.reset();
    auto session = engine_.Connect();
    if (!session) return Fail(session.error());
    session_ = std::move(*session);
    return {};
  }

  PostgresqlEngine& engine_;
  Access access_ = Access::kRead;
};

Error PostgresqlEngine::Refused(const std::exception& e) {
  const auto* known = dynamic_cast<const soci::soci_error*>(&e);
  const std::string why = OneLine(known != nullptr ? known->get_error_message() : e.what());
  // A server that is there and takes nobody of this name: waiting does not help at the first start.
  const bool denied = !connected_before_ && PQping(connect_.c_str()) == PQPING_OK;
  return {denied ? ErrorKind::kDenied : ErrorKind::kUnavailable,
          fmt::format("连不上数据库 {} / cannot connect to the database {}: {}", address_, address_, why)};
}

Result<std::unique_ptr<soci::session>> PostgresqlEngine::Connect() {
  std::string encoding;
  std::unique_ptr<soci::session> session;
  try {
    session = std::make_unique<soci::session>(soci::postgresql, connect_);
    auto* const conn = static_cast<soci::postgresql_session_backend*>(session->get_backend())->conn_;
    // Details of an error hold the values of keys.
    PQsetErrorVerbosity(conn, PQERRORS_TERSE);
    PQsetNoticeProcessor(
        conn, [](void*, const char*) {}, nullptr);
    *session << std::string(kSettings);
    *session << std::string(kDurable);
    *session << "SHOW server_encoding", soci::into(encoding);
  } catch (const std::exception& e) {
    return Fail(Refused(e));
  }
  if (encoding != "UTF8") {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("数据库 {} 的编码是 {}，须为 UTF8：createdb -E UTF8 -T template0 / the database {} has "
                    "encoding {}; it must be UTF8: createdb -E UTF8 -T template0",
                    address_, encoding, address_, encoding));
  }
  connected_before_ = true;
  return session;
}

Result<std::unique_ptr<Connection>> PostgresqlEngine::OpenSession(bool /*writer*/) {
  auto session = Connect();
  if (!session) return Fail(session.error());
  return std::unique_ptr<Connection>(std::make_unique<PostgresqlConnection>(*this, std::move(*session)));
}

// What is not ciphertext is written anew; of the rest the dead rows go. The log of the server is its administrator's.
Result<void> PostgresqlEngine::Scrub() {
  auto session = Connect();
  if (!session) return Fail(session.error());
  auto* const conn = static_cast<soci::postgresql_session_backend*>((*session)->get_backend())->conn_;
  const auto run = [&](const char* sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(conn, sql), &PQclear);
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  };
  run("SET lock_timeout = '10s'");
  if (!run("VACUUM FULL citizen, citizen_contact, pinned_case, incident, search_document, search_posting, erasure, "
           "channel_state, correction, letter_event") ||
      !run("VACUUM message, outbox, conversation, request, request_field, letter_text, event")) {
    return MakeError(ErrorKind::kUnavailable, OneLine(std::string("database: VACUUM: ") + PQerrorMessage(conn)));
  }
  run("CHECKPOINT");  // needs the role pg_checkpoint; without it the server does it within minutes
  return {};
}

void AddOption(std::string* out, std::string_view key, std::string_view value) {
  fmt::format_to(std::back_inserter(*out), "{}{}=", out->ends_with('?') ? "" : "&", key);
  // Everything but letters and digits: SOCI cuts the text at blanks, libpq at the marks of addresses.
  for (const unsigned char c : value) {
    if (std::isalnum(c) != 0)
      out->push_back(static_cast<char>(c));
    else
      fmt::format_to(std::back_inserter(*out), "%{:02X}", c);
  }
}

}  // namespace

bool IsPostgresqlUrl(const std::string& url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://") ||
         (url.find('=') != std::string::npos && !url.starts_with("sqlite:"));
}

Result<std::unique_ptr<Engine>> MakePostgresql(const std::string& url, const std::string& password) {
  char* problem = nullptr;
  const PqOptions options{PQconninfoParse(url.c_str(), &problem)};
  PQfreemem(problem);  // it may repeat what looks like a password
  if (options.list == nullptr) {
    return MakeError(
        ErrorKind::kInvalid,
        "数据库地址不对，应为 postgresql://用户@主机:端口/库名 或 host=... dbname=... / the database's address "
        "must be postgresql://user@host:port/name, or keywords such as host=... dbname=...");
  }
  std::string connect = "postgresql://?";
  for (const auto* option = options.list; option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    if (std::string_view(option->keyword) == "password") {
      return MakeError(
          ErrorKind::kInvalid,
          "数据库密码不能写在地址里，请用 store.password = \"env:名称\" 或 \"file:/路径\" / the database's "
          "password may not stand in its address: use store.password = \"env:NAME\" or \"file:/path\"");
    }
    AddOption(&connect, option->keyword, option->val);
  }
  constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
      {"application_name", "minsheng"}, {"connect_timeout", "5"},  {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},     {"keepalives_count", "3"}, {"tcp_user_timeout", "15000"}};
  for (const auto& [key, value] : kDefaults) {
    if (connect.find(fmt::format("{}=", key)) == std::string::npos) AddOption(&connect, key, value);
  }
  if (!password.empty()) AddOption(&connect, "password", password);
  return std::unique_ptr<Engine>(std::make_unique<PostgresqlEngine>(url, connect));
}

}  // namespace minsheng::store
