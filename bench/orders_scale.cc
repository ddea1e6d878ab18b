// SPDX-License-Identifier: Apache-2.0
// Growth: orders are loaded through the store, and at 10^4, 10^5, 10^6 (SQLite also 10^7, with --ten-million) the lists
// that people open are timed. Two cases of one engine differ in nothing but what lies below them.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "bench/report.h"
#include "bench/running.h"
#include "src/base/ulid.h"
#include "src/store/store.h"
#include "tests/support/postgres_server.h"

namespace minsheng::bench {
namespace {

constexpr int kLoadBatch = 512;
constexpr int kPages = 200;
constexpr std::string_view kTopics[] = {
    "urban.lighting", "urban.sanitation", "urban.construction-noise", "rural.roads", "social-security.pay-arrears",
    "urban.greening", "tourism.guides"};
constexpr int kUnits = 40;

template <class T>
T Value(Result<T> result) {
  if (!result) Die(result.error().what);
  return std::move(*result);
}

store::Decision Invented(const Clock& clock, std::int64_t number) {
  store::Decision d;
  d.plan = store::Bucket::kOrder;
  auto& m = d.message;
  m.received_at = clock.Now();
  m.id = NewUlid(m.received_at);
  m.channel = "wechat";
  m.account = "main";
  m.source_id = fmt::format("{:016}", number);
  m.sender = fmt::format("oScale-{:012}", number / 3);  // three messages of each citizen
  m.text = fmt::format("第 {} 栋楼下的路灯已经两天不亮，晚上老人小孩进出不方便，请派人来看看。", number % 97);
  d.raw = fmt::format("<xml><Content>{}</Content></xml>", m.text);
  auto& verdict = d.verdict.emplace();
  verdict.rule_set = 1;
  verdict.topic = kTopics[static_cast<std::size_t>(number) % std::size(kTopics)];
  verdict.category = verdict.topic.substr(0, verdict.topic.find('.'));
  d.lead_unit = fmt::format("unit-{}", number % kUnits);
  d.catalogue_entry = "*";
  return d;
}

class Load {
 public:
  Load(std::string engine, std::unique_ptr<store::Store> store, ManualClock& clock, Report& report)
      : engine_(std::move(engine)), store_(std::move(store)), clock_(clock), report_(report) {}

  // Loads up to `size` orders; the rate is that of those beyond the last size.
  void GrowTo(std::int64_t size) {
    const std::int64_t from = loaded_, begun = NowNs();
    while (loaded_ < size) {
      std::vector<store::Decision> batch;
      for (int i = 0; i < kLoadBatch && loaded_ < size; ++i, ++loaded_) {
        clock_.Advance(Millis{300});
        batch.push_back(Invented(clock_, loaded_));
      }
      for (const auto& outcome : Value(store_->Commit(batch))) {
        if (loaded_ % 5 == 0) numbers_.push_back(outcome.order_number);
      }
    }
    const auto seconds = static_cast<double>(NowNs() - begun) / 1e9;
    report_.Add({Name("load", size), static_cast<double>(size - from) / seconds, "orders/s", FirstOf("load")});
    if (const auto done = store_->Checkpoint(); !done) Die(done.error().what);
    Pages(size);
  }

 private:
  std::string Name(const std::string& what, std::int64_t size) const {
    return fmt::format("{} {} at 10^{}", engine_, what, std::lround(std::log10(static_cast<double>(size))));
  }
  // The row of the same thing at the first size.
  std::string FirstOf(const std::string& what) {
    const auto first = Name(what, first_size_);
    return loaded_ == first_size_ ? "" : first;
  }

  void Pages(std::int64_t size) {
    store::OrderFilter first, unit, topic, state, both, deep;
    unit.unit = "unit-7";
    topic.topic = "urban";
    state.state = "dispatched";
    both.unit = "unit-7";
    both.state = "dispatched";
    deep.cursor = numbers_.at(numbers_.size() / 2);
    Timed("first page", size, [&](int) { return store_->ListOrders(first).has_value(); });
    Timed("page of a unit", size, [&](int i) {
      unit.unit = fmt::format("unit-{}", i % kUnits);
      return store_->ListOrders(unit).has_value();
    });
    Timed("page of a category", size, [&](int) { return store_->ListOrders(topic).has_value(); });
    Timed("page of a state", size, [&](int) { return store_->ListOrders(state).has_value(); });
    Timed("page of a unit's open orders", size, [&](int) { return store_->ListOrders(both).has_value(); });
    Timed("page from the middle", size, [&](int) { return store_->ListOrders(deep).has_value(); });
    Timed("one order with its events", size, [&](int i) {
      return store_->GetOrder(numbers_.at(static_cast<std::size_t>(i) * 7919 % numbers_.size())).has_value();
    });
  }

  template <class Body>
  void Timed(const std::string& what, std::int64_t size, Body body) {
    std::vector<double> spent;
    for (int i = 0; i < kPages; ++i) {
      const auto start = NowNs();
      if (!body(i)) Die(what + " failed");
      spent.push_back(static_cast<double>(NowNs() - start) / 1e6);
    }
    report_.Add({Name(what + " p50", size), Percentile(spent, 0.5), "ms", FirstOf(what + " p50")});
    report_.Add({Name(what + " p99", size), Percentile(spent, 0.99), "ms", FirstOf(what + " p99")});
  }

  const std::string engine_;
  const std::unique_ptr<store::Store> store_;
  ManualClock& clock_;
  Report& report_;
  std::int64_t loaded_ = 0;
  std::int64_t first_size_ = 10'000;
  std::vector<std::string> numbers_;

 public:
  void StartsAt(std::int64_t size) { first_size_ = size; }
};

int Run(int argc, char** argv) {
  const bool quick = Flag(argc, argv, "--quick");
  const bool only_sqlite = Flag(argc, argv, "--sqlite");
  const Folder folder(Option(argc, argv, "--folder", "var"));
  std::vector<std::int64_t> sizes =
      quick ? std::vector<std::int64_t>{100, 1'000} : std::vector<std::int64_t>{10'000, 100'000};
  const int most = IntOption(argc, argv, "--most", quick ? 1'000 : 1'000'000);
  if (most >= 1'000'000) sizes.push_back(1'000'000);
  Report report("orders-scale", Flag(argc, argv, "--json"));
  AddMachineFacts(report);
  AddDiskFacts(report, folder.path(), 500);
  const auto measure = [&](const std::string& engine, const std::string& url, std::vector<std::int64_t> of) {
    ManualClock clock;
    store::StoreOptions options;
    options.master_key = "file:" + folder.path() + "/" + engine + ".key";
    Load load(engine, Value(store::Store::Open(url, clock, options)), clock, report);
    load.StartsAt(of.front());
    for (const auto size : of) load.GrowTo(size);
  };
  auto of_sqlite = sizes;
  if (Flag(argc, argv, "--ten-million")) of_sqlite.push_back(10'000'000);
  measure("sqlite", "sqlite:" + folder.path() + "/scale.db", of_sqlite);
  if (!only_sqlite) {
    testing::PostgresServer server(/*durable=*/true);
    measure("postgresql", server.CreateDatabase(), sizes);
  }
  report.Fact("orders", "through the store, 512 to a batch; each figure of a list is of 200 pages of 50");
  report.Print();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
