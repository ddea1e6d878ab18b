// SPDX-License-Identifier: Apache-2.0
#include "src/store/database.h"

#include <fmt/format.h>

#include <chrono>
#include <random>
#include <thread>

#include "src/store/engines.h"

namespace minsheng::store {

Result<Sessions::Lease> Sessions::Take() {
  std::unique_lock lock(mutex_);
  free_.wait(lock, [&] { return !idle_.empty() || closed_ > 0; });
  if (!idle_.empty()) {
    Lease lease(this, std::move(idle_.back()));
    idle_.pop_back();
    return lease;
  }
  --closed_;
  lock.unlock();
  auto opened = open_();
  if (opened) return Lease(this, std::move(*opened));
  lock.lock();
  ++closed_;
  free_.notify_one();
  return Fail(opened.error());
}

void Sessions::GiveBack(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  }
  free_.notify_one();
}

Database::Database(std::unique_ptr<Engine> engine, int readers)
    : engine_(std::move(engine)),
      writers_(engine_->Writers(), [e = engine_.get()] { return e->OpenSession(true); }),
      readers_(readers, [e = engine_.get()] { return e->OpenSession(false); }) {}

namespace {

Result<std::unique_ptr<Engine>> MakeEngine(const std::string& url, const std::string& password) {
  return IsPostgresqlUrl(url) ? MakePostgresql(url, password) : MakeSqlite(url);
}

}  // namespace

Result<void> Database::CheckUrl(const std::string& url) {
  if (const auto engine = MakeEngine(url, ""); !engine) return Fail(engine.error());
  return {};
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& url, int readers, const std::string& password) {
  auto engine = MakeEngine(url, password);
  if (!engine) return Fail(engine.error());
  std::unique_ptr<Database> database(new Database(std::move(*engine), readers));
  // What is wrong with the address or the file is said now.
  if (auto writer = database->writers_.Take(); !writer) return Fail(writer.error());
  return database;
}

void Database::PauseAfter(int tries) {
  // Of several that met, each waits another time.
  thread_local std::minstd_rand random{std::random_device{}()};
  std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution<>(200, 3'000)(random) * tries));
}

}  // namespace minsheng::store
