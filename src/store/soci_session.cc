// SPDX-License-Identifier: Apache-2.0
#include "src/store/soci_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace minsheng::store {

void SociQuery::SetText(std::size_t index, std::string_view value) {
  std::string room;
  const std::string_view fitting = owner_.Fit(value, &room);
  if (index < inputs_.size()) {
    texts_in_[inputs_[index]].assign(fitting);
    return;
  }
  inputs_.push_back(texts_in_.size());
  kinds_.push_back('t');
  texts_in_.emplace_back(fitting);
}

void SociQuery::SetInt(std::size_t index, std::int64_t value) {
  if (index < inputs_.size()) {
    ints_in_[inputs_[index]] = value;
    return;
  }
  inputs_.push_back(ints_in_.size());
  kinds_.push_back('i');
  ints_in_.push_back(value);
}

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
  owner_.WriteKept();
  std::int64_t changed = 0;
  owner_.Guarded([&] {
    if (!statement_) Prepare(owner_.session());
    statement_->execute(true);
    changed = statement_->get_affected_rows();
  });
  return changed;
}

bool SociQuery::Start() {
  owner_.WriteKept();
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

void SociQuery::Keep(int rank) {
  rank_ = rank;
  if (kept_.empty()) owner_.Kept(this);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    Value& value = kept_.emplace_back();
    if (kinds_[i] == 't')
      value.text = std::move(texts_in_[inputs_[i]]);
    else
      value.number = ints_in_[inputs_[i]];
  }
}

void SociQuery::WriteKept(std::size_t together) {
  const std::size_t rows = kept_.size() / kinds_.size();
  // Few lengths, so that few statements are held.
  for (std::size_t at = 0; at < rows;) {
    std::size_t n = together;
    while (n > rows - at) n = n > 8 ? n / 8 : 1;
    WriteRows(at, n);
    at += n;
  }
  kept_.clear();
}

void SociQuery::WriteRows(std::size_t first, std::size_t rows) {
  auto& statement = rows == 1 ? *this : static_cast<SociQuery&>(owner_.Prepared(ForRows(rows), ""));
  std::size_t index = 0;
  for (std::size_t i = first * kinds_.size(); i < (first + rows) * kinds_.size(); ++i, ++index) {
    if (kinds_[i % kinds_.size()] == 't')
      statement.SetText(index, kept_[i].text);
    else
      statement.SetInt(index, kept_[i].number);
  }
  const auto changed = statement.Execute();
  if (changed == static_cast<std::int64_t>(rows) || owner_.error()) return;
  owner_.SetError({ErrorKind::kConflict, "a row that should be new is there already"});
  owner_.Collided();
}

// INSERT ... VALUES (:a, :b) becomes VALUES (:v0, :v1), (:v2, :v3), ...
std::string SociQuery::ForRows(std::size_t rows) const {
  constexpr std::string_view kValues = "VALUES (";
  const std::size_t start = sql_.find(kValues) + kValues.size() - 1;
  std::size_t end = start, depth = 0;
  do {
    depth += sql_[end] == '(' ? 1 : sql_[end] == ')' ? -1 : 0;
    ++end;
  } while (depth > 0);
  std::string out = sql_.substr(0, start);
  std::size_t number = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (row > 0) out += ", ";
    for (std::size_t i = start; i < end; ++i) {
      out += sql_[i];
      if (sql_[i] != ':') continue;
      fmt::format_to(std::back_inserter(out), "v{}", number++);
      while (std::isalnum(static_cast<unsigned char>(sql_[i + 1])) != 0) ++i;
    }
  }
  return out + sql_.substr(end);
}

void SociConnection::WriteKept() {
  if (kept_.empty()) return;
  auto kept = std::exchange(kept_, {});
  std::stable_sort(kept.begin(), kept.end(), [](const auto* a, const auto* b) { return a->rank() < b->rank(); });
  for (SociQuery* query : kept) query->WriteKept(Together());
}

void SociConnection::Clean() {
  error_.reset();
  again_ = false;
  for (SociQuery* query : kept_) query->ForgetKept();
  kept_.clear();
  serials_.clear();
  committing_ = false;
}

std::int64_t SociConnection::NextSerial(std::string_view table, std::string_view column, const std::string& key) {
  auto [it, first] = serials_.try_emplace(fmt::format("{}:{}", table, key));
  Serial& serial = it->second;
  if (first) {
    Prepared(fmt::format("INSERT INTO {} ({}, last) VALUES (:k, 0) ON CONFLICT ({}) DO UPDATE SET last = {}.last",
                         table, column, column, table),
             "")
        .Run(key);
    Query& q = Prepared(fmt::format("SELECT last FROM {} WHERE {} = :k", table, column), "i");
    serial = {fmt::format("UPDATE {} SET last = :n WHERE {} = :k", table, column), key, q.First(key) ? q.Int(0) : 0};
  }
  return ++serial.last;
}

void SociConnection::WriteSerials() {
  for (const auto& [name, serial] : serials_) Prepared(serial.write, "").Run(serial.last, serial.key);
  serials_.clear();
}

Query& SociConnection::Prepared(std::string_view sql, std::string_view columns) {
  auto it = queries_.find(sql);
  if (it == queries_.end()) {
    auto query = std::make_unique<SociQuery>(*this, sql, columns);
    // The key must outlive the caller's text.
    const std::string_view key = keys_.emplace_back(sql);
    it = queries_.emplace(key, std::move(query)).first;
  }
  return *it->second;
}

void SociConnection::Once(const std::string& sql) {
  WriteKept();
  Guarded([&] { *session_ << sql; });
}

Result<void> SociConnection::Commit() {
  CloseOpen();
  WriteSerials();
  WriteKept();
  committing_ = !error_;
  Once("COMMIT");
  if (!error_) return {};
  const Error first = *error_;
  Rollback();
  return Fail(first);
}

void SociConnection::Rollback() {
  CloseOpen();
  // After some errors (full disk, lost connection) there is nothing left to roll back, which is what we want.
  try {
    *session_ << "ROLLBACK";
  } catch (const std::exception&) {
  }
}

void SociConnection::CloseOpen() {
  for (SociQuery* query : open_) Close(*query);
  open_.clear();
}

void SociConnection::ForgetStatements() {
  open_.clear();
  for (auto& [sql, query] : queries_) query->Forget();
}

}  // namespace minsheng::store
