// SPDX-License-Identifier: Apache-2.0
// A year of Requests (89,771: the calls of one district in 2015) judged anew by the shipped RuleSet and
// by a draft: reading them from the store, the comparison itself, and what a plain loop on one thread
// takes for the same in the same run.
#include "src/rules/replay.h"

#include <fmt/format.h>
#include <time.h>

#include <filesystem>

#include "bench/corpus.h"
#include "bench/report.h"
#include "src/base/embedded.h"
#include "src/base/parallel.h"
#include "src/base/ulid.h"
#include "src/router/history.h"

namespace minsheng::bench {
namespace {

constexpr int kYear = 89'771;
constexpr std::string_view kDraftRule = R"([{"id": "bench.draft", "name": "草稿", "when": "(快递柜 | 水草) & !景区",
  "topic": "urban.sanitation", "weight": 6, "examples": {"yes": ["快递柜堵了门"], "no": ["路灯"]}}])";

std::vector<rules::SourceFile> Shipped() {
  std::vector<rules::SourceFile> files;
  constexpr std::string_view kFolder = "rules/";
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with(kFolder))
      files.push_back({std::string(file.path.substr(kFolder.size())), std::string(file.content)});
  }
  return files;
}

double ProcessCpu() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// Seconds of wall clock and of CPU, by round.
struct Times {
  std::vector<double> wall, cpu;

  template <class Body>
  void Measure(const Body& body) {
    const auto wall_start = NowNs();
    const double cpu_start = ProcessCpu();
    body();
    cpu.push_back(ProcessCpu() - cpu_start);
    wall.push_back(static_cast<double>(NowNs() - wall_start) / 1e9);
  }
};

// Every Request as the worker would have committed it.
void Fill(store::Store& store, const std::vector<std::string>& texts, const rules::RuleSet& set) {
  rules::RuleSet::Scratch scratch;
  std::vector<store::Decision> batch;
  const Time now = SystemClock().Now();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    store::Decision d;
    d.message.id = NewUlid(now);
    d.message.channel = "wechat";
    d.message.account = "main";
    d.message.source_id = std::to_string(i);
    d.message.sender = fmt::format("citizen-{}", i % 30'000);
    d.message.text = texts[i];
    d.message.received_at = now;
    d.verdict = set.Classify(rules::InputOf(d.message), scratch);
    d.plan = d.verdict->triage ? store::Bucket::kTriage : store::Bucket::kOrder;
    d.lead_unit = "unit";
    batch.push_back(std::move(d));
    if (batch.size() < 1'000 && i + 1 < texts.size()) continue;
    if (const auto ok = store.Commit(batch); !ok) Die(ok.error().what);
    batch.clear();
  }
}

// The same answer without anything clever: what changed, on one thread.
std::int64_t PlainLoop(const std::vector<rules::HistoryCase>& cases, const rules::RuleSet& before,
                       const rules::RuleSet& after) {
  rules::RuleSet::Scratch a, b;
  std::int64_t changed = 0;
  for (const auto& c : cases) {
    const auto was = rules::JudgementOf(before.Classify(c.AsInput(), a));
    const auto is = rules::JudgementOf(after.Classify(c.AsInput(), b));
    changed += was == is ? 0 : 1;
  }
  return changed;
}

std::string UnitByTopic(const rules::RuleSet&, const std::string& topic, const std::string&) { return topic; }

int Run(int argc, char** argv) {
  const int count = IntOption(argc, argv, "--count", kYear);
  const int rounds = IntOption(argc, argv, "--rounds", 5);
  const int threads = ThreadCount(IntOption(argc, argv, "--threads", 0));
  const std::filesystem::path folder = std::filesystem::path(Option(argc, argv, "--folder", "var")) / "bench-replay";
  Report report("replay", Flag(argc, argv, "--json"));
  const auto before = rules::RuleSet::Compile(Shipped(), 1).set;
  auto files = Shipped();
  files.push_back({"bench-draft.json", std::string(kDraftRule)});
  const auto after = rules::RuleSet::Compile(files, 2).set;
  if (!before || !after) Die("a RuleSet does not compile");
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::vector<rules::HistoryCase> cases;
  Times load, replay, plain;
  rules::Comparison result;
  {
    auto store = store::Store::Open("sqlite:" + (folder / "minsheng.db").string(), SystemClock());
    if (!store) Die(store.error().what);
    Fill(**store, InventedTexts(static_cast<std::size_t>(count)), *before);
    for (int round = 0; round < rounds; ++round) {
      cases.clear();
      load.Measure([&] {
        router::HistoryOptions options;
        options.threads = threads;
        const auto read = router::StreamHistory(
            **store, options, [&](const auto& some) { cases.insert(cases.end(), some.begin(), some.end()); });
        if (!read) Die(read.error().what);
      });
    }
  }
  std::filesystem::remove_all(folder);
  if (cases.size() != static_cast<std::size_t>(count)) Die("not every Request came back");
  std::int64_t changed = 0;
  for (int round = 0; round < rounds; ++round) {
    replay.Measure([&] {
      rules::Replay run(*before, *after, UnitByTopic, threads, 20);
      run.Add(cases);
      result = run.result();
    });
    plain.Measure([&] { changed = PlainLoop(cases, *before, *after); });
  }
  if (changed == 0 || changed != result.changed) Die("the two ways do not agree");
  AddMachineFacts(report);
  report.Fact("requests",
              fmt::format("{} invented, {} threads; {} judged differently by the draft", count, threads, changed));
  const std::string name = fmt::format("replay/{}", count);
  const std::string loop = fmt::format("plain-loop-one-thread/{}", count);
  report.Add(loop, plain.wall, "s");
  report.Add(name, replay.wall, "s", loop);
  report.Add(name + "/cpu", replay.cpu, "s", loop + "/cpu");
  report.Add(loop + "/cpu", plain.cpu, "s");
  report.Add(fmt::format("load-from-store/{}", count), load.wall, "s", name);
  report.Add(fmt::format("load-from-store/{}/cpu", count), load.cpu, "s");
  report.Print();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
