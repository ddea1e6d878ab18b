// SPDX-License-Identifier: Apache-2.0
// The durable path through the real parts: webhook call, verified, appended (fsync always),
// classified, committed (FULL), acknowledged; loaded by a closed-loop client in a process of its
// own, and measured until the commit. In the same run: what Redis takes of the same script calls,
// and a bare cycle that reads, writes the same rows and acknowledges.
#include <fmt/format.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "bench/ceilings.h"
#include "bench/corpus.h"
#include "bench/load.h"
#include "bench/report.h"
#include "bench/running.h"
#include "src/base/log.h"
#include "src/cli/app_config.h"
#include "src/router/dispatcher.h"
#include "src/router/doors.h"
#include "src/router/rules_holder.h"
#include "src/router/scheduler.h"
#include "src/router/worker.h"

namespace minsheng::bench {
namespace {

constexpr int kCommitLimitMs = 60'000;

double OwnCpuSeconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

// When each message was committed.
class Commits {
 public:
  void Add(const std::vector<store::Outcome>& outcomes) {
    const auto now = NowNs();
    const std::lock_guard lock(mutex_);
    for (const auto& o : outcomes) {
      if (!o.duplicate) at_[o.message_id] = now;
    }
    changed_.notify_all();
  }
  void WaitFor(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, Millis{kCommitLimitMs}, [&] { return at_.size() >= n; })) {
      Die(fmt::format("{} of {} committed, and nothing more comes", at_.size(), n));
    }
  }
  const std::unordered_map<std::string, std::int64_t>& at() const { return at_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, std::int64_t> at_;
};

// What outlives the single runs.
struct System {
  cli::AppConfig config;
  std::unique_ptr<stream::PrivateRedis> private_redis;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<stream::Redis> redis;
  std::unique_ptr<router::RulesHolder> rules;
  std::unique_ptr<Blobs> blobs;
  std::string database;
  std::int64_t sent = 0;  // messages so far
};

template <class T>
T Take(Result<T> result) {
  if (!result) Die(result.error().what);
  return std::move(*result);
}

System Prepare(const std::string& folder) {
  System s;
  s.config = Take(cli::LoadConfig(WriteConfig(folder, 0, true, "http://127.0.0.1:9"), false, "", "en"));
  log::SetLevel(log::Level::kWarn);
  std::filesystem::create_directories(s.config.data);
  s.private_redis = Take(stream::PrivateRedis::Start(s.config.data + "/redis", SystemClock()));
  s.database = s.config.data + "/minsheng.db";
  s.store = Take(store::Store::Open("sqlite:" + s.database, SystemClock()));
  auto set = Take(router::LoadActive(*s.store, Take(cli::RuleFiles(s.config)), "en"));
  auto catalogue = Take(cli::LoadCatalogue(s.config, *set));
  s.rules = std::make_unique<router::RulesHolder>(
      router::Knowledge{std::move(set), std::move(catalogue)},
      [](const rules::RuleSet&) -> Result<std::shared_ptr<const orders::Catalogue>> {
        return MakeError(ErrorKind::kInternal, "the RuleSet does not change here");
      });
  stream::Options options;
  options.url = s.private_redis->url();
  options.owner = "bench";
  s.redis = Take(stream::Redis::Open(options, SystemClock()));
  s.blobs = std::make_unique<Blobs>(s.config.data + "/blobs", "bench");
  for (auto& account : s.config.accounts) account.host->Bind(*s.store);
  return s;
}

struct Measured {
  double per_second = 0;  // from the first call to the last commit
  double committed_p50 = 0, committed_p99 = 0;
  double answered_p50 = 0, answered_p99 = 0;
  double own_cpu_us = 0, redis_cpu_us = 0;  // per message
  double again = 0;
};

// As cli/serve.cc wires it, without pollers; replies that are not passive end in a counter.
Measured RunProduct(System& s, const std::string& folder, int connections, int count, bool receipts,
                    const std::vector<std::string>& texts) {
  const auto& clock = SystemClock();
  auto policy = s.config.policy;
  policy.texts.receipts = receipts;
  auto appender = s.redis->MakeAppender();
  router::Refusals refusals(clock);
  const router::Intake intake(*appender, *s.blobs, clock);
  Commits commits;
  Measured m;
  LoadResult load;
  {
    router::PassiveDesk desk(*s.store, clock);
    router::Doors doors(
        [&s](const std::string& channel, const std::string& account) {
          return router::FindAccount(s.config.accounts, channel, account);
        },
        intake, desk, refusals);
    router::Dispatcher dispatcher(
        *s.store, {{"reply", [](const store::OutboxRow&) -> Result<Receipt> { return Receipt{}; }}}, clock);
    router::Worker worker(
        s.redis->MakeReader(), *s.store, [&s] { return s.rules->Current(); }, policy,
        [&](const std::vector<store::Outcome>& outcomes) {
          commits.Add(outcomes);
          desk.Committed(outcomes);
          dispatcher.Wake();
        },
        clock);
    router::Scheduler scheduler({*s.store, *s.redis, *appender, *s.rules, refusals}, clock);
    http::Server server(s.config.http, clock);
    doors.AddRoutes(server);
    std::atomic<bool> stop{false};
    std::thread work([&] { worker.Run(stop); });
    std::vector<std::thread> senders;
    for (int i = 0; i < s.config.senders; ++i) senders.emplace_back([&] { dispatcher.Run(stop); });
    scheduler.Start();
    if (const auto started = server.Start(); !started) Die(started.error().what);

    const double own = OwnCpuSeconds(), redis = CpuSecondsOf(s.private_redis->pid());
    load = RunLoadInProcess({server.port(), connections, s.sent, count, texts}, folder);
    commits.WaitFor(static_cast<std::size_t>(count));
    m.own_cpu_us = (OwnCpuSeconds() - own) * 1e6 / count;
    m.redis_cpu_us = (CpuSecondsOf(s.private_redis->pid()) - redis) * 1e6 / count;

    server.Drain(Millis{3'000});
    stop = true;
    work.join();
    for (auto& t : senders) t.join();
    scheduler.Stop();
    appender.reset();
    server.Stop(Millis{2'000});
  }
  m.again = static_cast<double>(load.again);

  sqlite3* db = nullptr;
  sqlite3_stmt* query = nullptr;
  if (sqlite3_open_v2(s.database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "SELECT id FROM message WHERE channel = 'wechat' AND account = 'main' AND source_id = ?",
                         -1, &query, nullptr) != SQLITE_OK) {
    Die("the store cannot be read");
  }
  std::vector<double> committed, answered;
  std::int64_t last = 0;
  for (int i = 0; i < count; ++i) {
    const auto source = MsgIdOf(s.sent + i);
    sqlite3_bind_text(query, 1, source.data(), static_cast<int>(source.size()), SQLITE_TRANSIENT);
    if (sqlite3_step(query) != SQLITE_ROW) Die("message " + source + " was answered 200 and is not in the store");
    const auto at = commits.at().find(reinterpret_cast<const char*>(sqlite3_column_text(query, 0)));
    if (at == commits.at().end()) Die("message " + source + " was not committed in this run");
    const auto index = static_cast<std::size_t>(i);
    committed.push_back(static_cast<double>(at->second - load.sent_ns[index]) / 1e6);
    answered.push_back(static_cast<double>(load.answered_ns[index] - load.sent_ns[index]) / 1e6);
    last = std::max(last, at->second);
    sqlite3_reset(query);
  }
  sqlite3_finalize(query);
  sqlite3_close(db);
  m.per_second = count * 1e9 / static_cast<double>(last - load.sent_ns.front());
  m.committed_p50 = Percentile(committed, 0.5);
  m.committed_p99 = Percentile(committed, 0.99);
  m.answered_p50 = Percentile(answered, 0.5);
  m.answered_p99 = Percentile(answered, 0.99);
  s.sent += count;
  CheckCommitted(s.database, s.sent);
  if (const auto stats = Take(s.redis->ReadStats()); stats.waiting != 0) {
    Die(fmt::format("{} entries were not acknowledged", stats.waiting));
  }
  return m;
}

// The outbox after the runs: shows whether receipts rode on the open calls.
std::string OutboxStates(const std::string& database) {
  sqlite3* db = nullptr;
  sqlite3_stmt* query = nullptr;
  std::string text;
  sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
  sqlite3_prepare_v2(db, "SELECT state, wire_body <> '', count(*) FROM outbox GROUP BY 1, 2", -1, &query, nullptr);
  while (sqlite3_step(query) == SQLITE_ROW) {
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", sqlite3_column_int64(query, 2),
                        reinterpret_cast<const char*>(sqlite3_column_text(query, 0)),
                        sqlite3_column_int(query, 1) != 0 ? " on the open call" : "");
  }
  sqlite3_finalize(query);
  sqlite3_close(db);
  return text;
}

// A name for every item that Redis has not seen.
std::vector<stream::Item> Renamed(std::vector<stream::Item> items, const std::string& suffix) {
  for (auto& item : items) item.identity += suffix;
  return items;
}

struct Ceilings {
  std::map<std::string, std::vector<double>> rounds;
  int bare_runs = 0;
};

void RunCeilings(System& s, const Written& written, int round, Ceilings* ceilings) {
  const auto url = s.private_redis->url();
  const auto tag = [&](const char* name) { return fmt::format("#{}-{}", name, round); };
  const auto bare = [&] {
    const auto path = fmt::format("{}/bare-{}.db", s.config.data, ceilings->bare_runs++);
    Take(store::Store::Open("sqlite:" + path, SystemClock()));  // the schema
    const auto reader = s.redis->MakeReader();
    ceilings->rounds["bare-cycle"].push_back(BareCycle(*reader, path, written));
    reader->ReleaseLeases();
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  };
  ceilings->rounds["append-pipelined-64"].push_back(AppendPipelined(url, Renamed(written.items, tag("a")), 64));
  bare();
  ceilings->rounds["append-pipelined-512"].push_back(AppendPipelined(url, Renamed(written.items, tag("b")), 512));
  bare();
  ceilings->rounds["append-one-call-512"].push_back(AppendTogether(url, Renamed(written.items, tag("c")), 512));
  bare();
}

void AddProduct(Report& report, const std::string& name, const std::vector<Measured>& rounds) {
  const auto of = [&](double Measured::*field) {
    std::vector<double> values;
    for (const auto& m : rounds) values.push_back(m.*field);
    return values;
  };
  report.Add(name, of(&Measured::per_second), "msg/s", "bare-cycle");
  report.Add(name + " sent-to-committed p50", of(&Measured::committed_p50), "ms");
  report.Add(name + " sent-to-committed p99", of(&Measured::committed_p99), "ms");
  report.Add(name + " sent-to-200 p50", of(&Measured::answered_p50), "ms");
  report.Add(name + " sent-to-200 p99", of(&Measured::answered_p99), "ms");
  report.Add(name + " our CPU", of(&Measured::own_cpu_us), "us/msg");
  report.Add(name + " Redis CPU", of(&Measured::redis_cpu_us), "us/msg");
  report.Add(name + " repeated calls", of(&Measured::again), "calls");
}

int Run(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const int count = IntOption(argc, argv, "--count", 5'000);
  const int rounds = IntOption(argc, argv, "--rounds", 3);
  const Folder folder(Option(argc, argv, "--folder", "var"));
  Report report("durable", Flag(argc, argv, "--json"));
  AddMachineFacts(report);
  AddDiskFacts(report, folder.path(), std::min(count, 1000));
  const auto texts = InventedTexts(static_cast<std::size_t>(std::min(count, 5'000)));

  auto s = Prepare(folder.path());
  struct Case {
    std::string name;
    int connections;
    bool receipts;
    std::vector<Measured> rounds = {};
  };
  std::vector<Case> cases = {{"product-64", 64, false},
                             {"product-256", 256, false},
                             {"product-64-receipts", 64, true},
                             {"product-256-receipts", 256, true}};
  // --case NAME: that one alone, without the limits; for a profiler.
  if (const auto only = Option(argc, argv, "--case", ""); !only.empty()) {
    std::erase_if(cases, [&](const Case& c) { return c.name != only; });
    if (cases.empty()) Die("there is no case " + only);
  }
  const bool limits = Option(argc, argv, "--case", "").empty();
  Ceilings ceilings;
  for (int round = 0; round < rounds; ++round) {
    for (auto& c : cases) {
      c.rounds.push_back(RunProduct(s, folder.path(), c.connections, count, c.receipts, texts));
    }
    if (limits) RunCeilings(s, ReadWritten(s.database, count), round, &ceilings);
  }
  report.Fact("messages",
              fmt::format("{} per case and round, {} rounds; {} sent, all committed once", count, rounds, s.sent));
  report.Fact("outbox", OutboxStates(s.database));
  for (const auto& c : cases) AddProduct(report, c.name, c.rounds);
  for (const auto& [name, values] : ceilings.rounds) report.Add(name, values, "msg/s");
  report.Print();
  std::fflush(stdout);
  s.redis.reset();
  s.private_redis.reset();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) {
  if (minsheng::bench::ClientMain(argc, argv)) return 0;
  const int code = minsheng::bench::Run(argc, argv);
  _exit(code);  // as the product: static destructors of the HTTP library may hang
}
