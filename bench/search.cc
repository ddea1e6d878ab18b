// SPDX-License-Identifier: Apache-2.0
// Full-text search over a store of invented requests: how fast it is built, how large it is, how long a search
// takes, and what a plain scan of the same words takes in the same run.
#include "src/store/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "bench/corpus.h"
#include "bench/report.h"
#include "src/base/ulid.h"
#include "src/store/store.h"
#include "src/text/tokens.h"
#include "src/text/utf8.h"

namespace minsheng::bench {
namespace {

// Names of estates and roads that occur in few requests each: without them every token would be a common one.
std::string Address(std::mt19937& random) {
  std::string address = "，地址：";
  for (int i = 0; i < 3; ++i) text::AppendUtf8(0x4E00 + random() % 3'000, &address);
  return address + fmt::format("小区{}号楼{}室", random() % 90, random() % 2'000);
}

void Fill(store::Store& store, const std::vector<std::string>& texts) {
  std::vector<store::Decision> batch;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    store::Decision d;
    d.message.id = NewUlid(SystemClock().Now());
    d.message.channel = "wechat";
    d.message.account = "main";
    d.message.source_id = std::to_string(i);
    d.message.sender = fmt::format("citizen-{}", i % 30'000);
    d.message.text = texts[i];
    d.message.received_at = SystemClock().Now();
    d.plan = store::Bucket::kOrder;
    d.lead_unit = fmt::format("unit-{}", i % 50);
    batch.push_back(std::move(d));
    if (batch.size() < 1'000 && i + 1 < texts.size()) continue;
    if (const auto ok = store.Commit(batch); !ok) Die(ok.error().what);
    batch.clear();
  }
}

double SizeMib(store::Store& store, const std::filesystem::path& file) {
  if (const auto cut = store.Checkpoint(); !cut) Die(cut.error().what);
  return static_cast<double>(std::filesystem::file_size(file)) / (1 << 20);
}

int Run(int argc, char** argv) {
  const int count = IntOption(argc, argv, "--count", 100'000);
  const int rounds = IntOption(argc, argv, "--rounds", 9);
  const std::filesystem::path folder = std::filesystem::path(Option(argc, argv, "--folder", "var")) / "bench-search";
  Report report("search", Flag(argc, argv, "--json"));
  auto texts = InventedTexts(static_cast<std::size_t>(count));
  std::mt19937 random(20150810);
  for (auto& text : texts) text += Address(random);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto file = folder / "minsheng.db";
  auto opened = store::Store::Open("sqlite:" + file.string(), SystemClock());
  if (!opened) Die(opened.error().what);
  auto& store = **opened;
  Fill(store, texts);
  const double before = SizeMib(store, file);
  const auto start = NowNs();
  std::vector<double> steps;
  for (;;) {
    const auto step = NowNs();
    const auto done = store.Search().Sweep();
    if (!done) Die(done.error().what);
    if (*done == 0) break;
    steps.push_back(static_cast<double>(NowNs() - step) / 1e6);
  }
  const double build = static_cast<double>(NowNs() - start) / 1e9;
  const double after = SizeMib(store, file);
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += text.size();
  AddMachineFacts(report);
  report.Fact("requests",
              fmt::format("{} invented, {:.0f} MiB of words", count, static_cast<double>(bytes) / (1 << 20)));
  report.Add({"built", count / build, "requests/s", ""});
  report.Add({"one step, p99", Percentile(steps, 0.99), "ms", ""});
  report.Add({"index", (after - before) / (static_cast<double>(bytes) / (1 << 20)), "times the words", ""});
  const std::string rare = texts[texts.size() / 2].substr(texts[texts.size() / 2].find("地址：") + 9, 9);
  const std::pair<const char*, std::string> searches[] = {{"rare name", rare},
                                                          {"common word", "小区"},
                                                          {"two words", "小区 地址"},
                                                          {"phrase", "\"" + rare + "小区\""},
                                                          {"one character", "水"}};
  for (const auto& [name, words] : searches) {
    for (const bool by_score : {false, true}) {
      std::vector<double> times;
      for (int round = 0; round < rounds; ++round) {
        store::SearchQuery query;
        query.words = words;
        query.kind = "request";
        query.by_score = by_score;
        const auto begun = NowNs();
        const auto page = store.Search().Search(query);
        times.push_back(static_cast<double>(NowNs() - begun) / 1e6);
        if (!page || (page->hits.empty() && std::string(name) != "one character")) Die("nothing found");
      }
      report.Add(fmt::format("{}, {}", name, by_score ? "by score" : "newest first"), times, "ms", "");
    }
  }
  std::vector<double> scan;
  for (int round = 0; round < rounds; ++round) {
    const auto begun = NowNs();
    const auto wanted = text::MakePlain(rare);
    std::size_t hits = 0;
    for (const auto& text : texts)
      hits += text::FindPhrase(text::MakePlain(text), wanted) != std::u16string::npos ? 1 : 0;
    scan.push_back(static_cast<double>(NowNs() - begun) / 1e6);
    if (hits == 0) Die("the scan found nothing");
  }
  report.Add("plain scan in memory", scan, "ms", "");
  report.Print();
  opened->reset();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
