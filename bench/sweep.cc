// SPDX-License-Identifier: Apache-2.0
// Chasing: rounds of the sweep over many open orders. What one round costs when nothing is due, when all are looked at
// for the first time, and when steps are due; beside the same on a hundredth of the orders.
#include "src/chase/sweep.h"

#include <fmt/format.h>

#include "bench/report.h"
#include "bench/running.h"
#include "src/base/embedded.h"
#include "src/base/log.h"
#include "src/store/database.h"

namespace minsheng::bench {
namespace {

using std::chrono::hours;

template <class T>
T Value(Result<T> result) {
  if (!result) Die(result.error().what);
  return std::move(*result);
}

router::Knowledge ShippedKnowledge() {
  std::vector<rules::SourceFile> files;
  std::vector<orders::CalendarFile> years;
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with("rules/")) files.push_back({std::string(file.path.substr(6)), std::string(file.content)});
    if (file.path.starts_with("config/calendar/"))
      years.push_back({std::string(file.path.substr(16)), std::string(file.content)});
  }
  router::Knowledge knowledge;
  knowledge.rules = rules::RuleSet::Compile(files).set;
  if (!knowledge.rules) Die("the shipped rules do not compile");
  std::vector<std::string> topics;
  for (const auto& topic : knowledge.rules->topics()) topics.push_back(topic.id);
  knowledge.catalogue = Value(
      orders::Catalogue::Load(EmbeddedContent("config/units.json"), EmbeddedContent("config/catalogue.json"), topics));
  orders::Timetable table{Value(orders::Limits::Load(EmbeddedContent("config/limits.json"), topics)),
                          Value(orders::Calendar::Load(years)), orders::Profile::kNormal};
  knowledge.timetable = std::make_shared<const orders::Timetable>(std::move(table));
  return knowledge;
}

// Open orders that a unit got one second after another, up to `now`, with the limits of an ordinary one.
void AddOrders(const std::string& url, std::int64_t count, Time now) {
  auto database = Value(store::Database::Open(url, 1));
  const auto done = database->Write([&](store::Connection& c) -> Result<void> {
    c.Once(fmt::format(
        "INSERT INTO work_order (id, number, events, state, topic, urgency, channel, lead_unit, helper_units, "
        "catalogue_entry, limit_row, opened_at, dispatched_at, handed_at, due_sign, due_contact, due_answer, "
        "due_yellow, "
        "due_red) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
        "SELECT 'O' || (100000000 + i), 'N' || (100000000 + i), 2, 'dispatched', 'urban.lighting', 'normal', 'phone', "
        "'lighting', '[]', 'urban@*', 'ordinary', t, t, t, t + 172800000, t + 259200000, t + 604800000, t + 518400000, "
        "t + 604800000 FROM (SELECT i, {} - i * 100 AS t FROM n) AS times",
        count, ToMs(now)));
    return {};
  });
  if (!done) Die(done.error().what);
}

void Measure(std::int64_t count, const std::string& folder, const router::Knowledge& knowledge, Report& report) {
  ManualClock clock(FromMs(1'439'172'000'000));  // Monday, 10 August 2015, 10:00
  const auto url = fmt::format("sqlite:{}/sweep-{}.db", folder, count);
  auto store = Value(store::Store::Open(url, clock));
  AddOrders(url, count, clock.Now());
  desk::Desk desk(
      *store, [&] { return knowledge; }, {}, clock);
  chase::Sweep sweep(desk, {});
  const auto name = [&](std::string_view what) { return fmt::format("{} of {}", what, count); };
  std::vector<double> rounds;
  std::int64_t looked = 0;
  const auto begun = NowNs();
  for (;;) {
    const auto start = NowNs();
    const auto round = Value(sweep.Step(clock.Now()));
    if (round.looked == 0) break;
    rounds.push_back(static_cast<double>(NowNs() - start) / 1e6);
    looked += round.looked;
  }
  const auto seconds = static_cast<double>(NowNs() - begun) / 1e9;
  report.Add({name("first looks, all"), static_cast<double>(looked) / seconds, "orders/s", ""});
  report.Add({name("round of looks p99"), Percentile(rounds, 0.99), "ms", ""});
  const auto timed = [&](const std::string& what, int times) {
    rounds.clear();
    for (int i = 0; i < times; ++i) {
      const auto start = NowNs();
      static_cast<void>(Value(sweep.Step(clock.Now())));
      rounds.push_back(static_cast<double>(NowNs() - start) / 1e6);
    }
    report.Add({name(what + " p50"), Percentile(rounds, 0.5), "ms", ""});
    report.Add({name(what + " p99"), Percentile(rounds, 0.99), "ms", ""});
  };
  timed("round with nothing due", 200);
  clock.Advance(hours{72});
  timed("round with steps due", 50);
}

int Run(int argc, char** argv) {
  log::SetLevel(log::Level::kOff);
  const Folder folder(Option(argc, argv, "--folder", "var"));
  const int count = IntOption(argc, argv, "--count", 1'000'000);
  Report report("sweep", Flag(argc, argv, "--json"));
  AddMachineFacts(report);
  const auto knowledge = ShippedKnowledge();
  Measure(std::max(1, count / 100), folder.path(), knowledge, report);
  Measure(count, folder.path(), knowledge, report);
  report.Print();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
