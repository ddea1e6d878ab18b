// SPDX-License-Identifier: Apache-2.0
// Orders opened from what waits on the stream (read, classified, committed, acknowledged), on SQLite and on PostgreSQL.
// In the same run, with the same rows: a bare cycle that reads the stream, inserts and acknowledges, and does
// nothing else. On PostgreSQL that one goes row by row, and through libpq's pipeline.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "bench/ceilings.h"
#include "bench/ceilings_postgresql.h"
#include "bench/corpus.h"
#include "bench/report.h"
#include "bench/running.h"
#include "src/base/log.h"
#include "src/base/ulid.h"
#include "src/cli/app_config.h"
#include "src/router/rules_holder.h"
#include "src/router/worker.h"
#include "tests/support/postgres_server.h"

namespace minsheng::bench {
namespace {

template <class T>
T Need(Result<T> result) {
  if (!result) Die(result.error().what);
  return std::move(*result);
}

double CpuSeconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct Machine {
  cli::AppConfig config;
  std::unique_ptr<stream::PrivateRedis> server;
  std::unique_ptr<stream::Redis> redis;
  std::unique_ptr<testing::PostgresServer> postgres;
  std::optional<router::Knowledge> knowledge;
  std::int64_t items = 0;
  int databases = 0;
};

// What intake appends for a message of the WeChat channel; each sender is new.
std::vector<stream::Item> MakeItems(Machine& m, int count, const std::vector<std::string>& texts) {
  std::vector<stream::Item> items;
  for (int i = 0; i < count; ++i) {
    Message message;
    const auto number = ++m.items;
    message.received_at = SystemClock().Now();
    message.id = NewUlid(message.received_at);
    message.channel = "wechat";
    message.account = "main";
    message.source_id = std::to_string(7'000'000'000'000'000'000 + number);
    message.sender = fmt::format("oBench-{:012}", number);
    message.text = texts[static_cast<std::size_t>(number) % texts.size()];
    stream::Item item;
    item.id = message.id;
    item.identity = "wechat:main:" + message.source_id;
    item.partition_key = "wechat|main|" + message.sender;
    item.message = Encode(message);
    item.raw =
        fmt::format("<xml><FromUserName>{}</FromUserName><Content>{}</Content></xml>", message.sender, message.text);
    item.rx_ms = ToMs(message.received_at);
    item.count_field = "bench|" + std::to_string(item.rx_ms / 3'600'000);
    items.push_back(std::move(item));
  }
  return items;
}

struct Figures {
  double per_second = 0;
  double cpu_us = 0;
};

// `workers` readers on what waits; until the last commit.
Figures RunWorkers(Machine& m, store::Store& store, int workers, int count) {
  std::mutex mutex;
  std::condition_variable changed;
  int committed = 0;
  std::int64_t last = 0;
  std::atomic<bool> stop{false};
  auto policy = m.config.policy;
  policy.texts.receipts = false;
  std::vector<std::unique_ptr<router::Worker>> parts;
  for (int i = 0; i < workers; ++i) {
    parts.push_back(std::make_unique<router::Worker>(
        m.redis->MakeReader(), store, [&m] { return *m.knowledge; }, policy,
        [&](const std::vector<store::Outcome>& outcomes) {
          const std::lock_guard lock(mutex);
          committed += static_cast<int>(outcomes.size());
          last = NowNs();
          changed.notify_all();
        },
        SystemClock()));
  }
  const auto start = NowNs();
  const double cpu = CpuSeconds();
  std::vector<std::thread> threads;
  for (auto& w : parts) threads.emplace_back([&stop, worker = w.get()] { worker->Run(stop); });
  {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, Millis{120'000}, [&] { return committed >= count; })) Die("nothing more is committed");
  }
  const double spent = CpuSeconds() - cpu;
  stop = true;
  for (auto& t : threads) t.join();
  return {count * 1e9 / static_cast<double>(last - start), spent * 1e6 / count};
}

void Append(Machine& m, const std::vector<stream::Item>& items) { AppendTogether(m.server->url(), items, 512); }

std::vector<stream::Item> Again(std::vector<stream::Item> items, int run) {
  for (auto& item : items) item.identity += fmt::format("#{}", run);
  return items;
}

int Run(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const int count = IntOption(argc, argv, "--count", 5'000);
  const int rounds = IntOption(argc, argv, "--rounds", 3);
  const Folder folder(Option(argc, argv, "--folder", "var"));
  Report report("orders", Flag(argc, argv, "--json"));
  AddMachineFacts(report);
  AddDiskFacts(report, folder.path(), std::min(count, 1000));
  const auto texts = InventedTexts(static_cast<std::size_t>(std::min(count, 5'000)));

  Machine m;
  m.config = Need(cli::LoadConfig(WriteConfig(folder.path(), 0, false, "http://127.0.0.1:9"), false, "", "en"));
  log::SetLevel(log::Level::kError);
  std::filesystem::create_directories(m.config.data);
  m.postgres = std::make_unique<testing::PostgresServer>(/*durable=*/true);
  m.server = Need(stream::PrivateRedis::Start(m.config.data + "/redis", SystemClock()));
  stream::Options options;
  options.url = m.server->url();
  options.owner = "bench";
  m.redis = Need(stream::Redis::Open(options, SystemClock()));

  const auto sqlite_path = m.config.data + "/minsheng.db";
  std::map<std::string, std::unique_ptr<store::Store>> stores;
  stores["sqlite"] = Need(store::Store::Open("sqlite:" + sqlite_path, SystemClock()));
  stores["postgresql"] = Need(store::Store::Open(m.postgres->CreateDatabase(), SystemClock(),
                                                 {"", "", "file:" + m.config.data + "/master.key"}));
  for (auto& [name, store] : stores) {
    auto set = Need(router::LoadActive(*store, Need(cli::RuleFiles(m.config)), "en"));
    auto catalogue = Need(cli::LoadCatalogue(m.config, *set));
    m.knowledge = router::Knowledge{std::move(set), std::move(catalogue)};
  }

  std::map<std::string, std::vector<double>> rates, cpu;
  int run = 0;
  for (int round = 0; round < rounds; ++round) {
    for (auto& [name, store] : stores) {
      for (const int workers : {1, 2}) {
        Append(m, MakeItems(m, count, texts));
        const auto figures = RunWorkers(m, *store, workers, count);
        const auto key = fmt::format("{}, {} worker{}", name, workers, workers > 1 ? "s" : "");
        rates[key].push_back(figures.per_second);
        cpu[key].push_back(figures.cpu_us);
      }
    }
    const auto written = ReadWritten(sqlite_path, count);
    const auto bare = [&](const std::string& name, auto cycle) {
      Append(m, Again(written.items, ++run));
      const auto reader = m.redis->MakeReader();
      rates[name].push_back(cycle(*reader));
      reader->ReleaseLeases();
    };
    const auto path = fmt::format("{}/bare-{}.db", m.config.data, run);
    (void)Need(store::Store::Open("sqlite:" + path, SystemClock()));  // the schema
    bare("bare cycle, sqlite", [&](stream::Reader& reader) { return BareCycle(reader, path, written); });
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
    for (const bool pipelined : {false, true}) {
      const auto url = m.postgres->CreateDatabase();
      (void)Need(store::Store::Open(url, SystemClock(), {"", "", "file:" + m.config.data + "/bare.key"}));
      std::filesystem::remove(m.config.data + "/bare.key");
      bare(pipelined ? "bare cycle, postgresql pipeline" : "bare cycle, postgresql row by row",
           [&](stream::Reader& reader) { return BareCyclePostgresql(reader, url, written, pipelined); });
      m.postgres->DropDatabase(url);
    }
  }
  report.Fact("messages",
              fmt::format("{} per case and round, {} rounds; each opens an order or goes to triage", count, rounds));
  for (const auto& [name, values] : rates) {
    const bool product = name.find("worker") != std::string::npos;
    report.Add(name, values, "orders/s",
               !product                         ? ""
               : name.starts_with("postgresql") ? "bare cycle, postgresql row by row"
                                                : "bare cycle, sqlite");
  }
  for (const auto& [name, values] : cpu) report.Add(name + ", our CPU", values, "us/order");
  report.Print();
  std::fflush(stdout);
  stores.clear();
  m.redis.reset();
  m.server.reset();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
