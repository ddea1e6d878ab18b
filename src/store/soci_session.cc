// SPDX-License-Identifier: Apache-2.0
#include "src/store/soci_session.h"

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
  Guarded([&] { *session_ << sql; });
}

Result<void> SociConnection::Commit() {
  CloseOpen();
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
