// SPDX-License-Identifier: Apache-2.0
// The rules engine at 1,000 to 50,000 made rules, beside other engines that give the same answers and
// beside vectorscan's bare scan for the same words. Thread CPU time, interleaved rounds, median.
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/report.h"
#include "bench/rules_corpus.h"
#include "bench/rules_peers.h"
#include "bench/running.h"
#include "bench/vectorscan.h"
#include "src/rules/program.h"
#include "src/rules/rule_set.h"
#include "src/rules/sources.h"
#include "src/text/fold.h"

namespace minsheng::bench {
namespace {

struct Plan {
  std::vector<std::size_t> sizes{1'000, 10'000, 50'000};
  std::size_t texts = 20'000;
  int rounds = 7;
  int peer_rounds = 3;
  double peer_seconds = 0.5;
  int peer_most = 2'000;
  std::size_t checked = 200;  // texts whose answer is compared with a search for every word
  int switch_ms = 1'500;
  bool peers = true;
};

struct Corpus {
  std::vector<std::string> texts;
  std::vector<std::string> folded;
  std::vector<text::Folded> units;
};

struct ScaleCase {
  std::string name;
  std::string of;
  std::function<std::uint64_t(std::size_t)> run;
  std::vector<double> rounds = {};
};

Corpus MakeCorpus(std::size_t n) {
  Corpus corpus;
  corpus.texts = MadeTexts(n);
  corpus.units.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    text::Fold(corpus.texts[i], &corpus.units[i]);
    corpus.folded.push_back(text::FoldToUtf8(corpus.texts[i]));
  }
  return corpus;
}

rules::Input InputFor(const std::string& text) {
  rules::Input input;
  input.text = text;
  return input;
}

rules::Program ProgramOf(const std::vector<rules::SourceFile>& files) {
  rules::Reporter reporter(files);
  const auto sources = rules::ReadSources(files, &reporter);
  return rules::BuildProgram(sources, &reporter);
}

void RunOnce(ScaleCase& c, std::size_t texts) {
  volatile std::uint64_t kept = 0;
  const auto start = ThreadCpuNs();
  for (std::size_t i = 0; i < texts; ++i) kept = kept + c.run(i);
  c.rounds.push_back(static_cast<double>(texts) * 1e9 / static_cast<double>(ThreadCpuNs() - start));
}

std::shared_ptr<const rules::RuleSet> MustCompile(const std::vector<rules::SourceFile>& files) {
  auto compiled = rules::RuleSet::Compile(files);
  if (!compiled.set) {
    for (const auto& p : compiled.problems) {
      if (p.severity == rules::Severity::kError) Die("the made rules do not compile: " + p.en);
    }
  }
  return compiled.set;
}

class Scale {
 public:
  Scale(const Plan& plan, Report& report, const std::string& folder) : plan_(plan), report_(report), folder_(folder) {}

  void Run() {
    corpus_ = MakeCorpus(plan_.texts);
    texts_file_ = folder_ + "/texts.json";
    std::ofstream(texts_file_) << nlohmann::json(corpus_.folded).dump();
    std::size_t bytes = 0;
    for (const auto& t : corpus_.texts) bytes += t.size();
    report_.Fact("texts", fmt::format("{} made by a grammar, mean {} bytes", plan_.texts, bytes / plan_.texts));
    FoldRow();
    for (const std::size_t n : plan_.sizes) OneSize(n);
    EqualHits();
    Compile();
    Switch();
  }

 private:
  void FoldRow() {
    text::Folded folded;
    ScaleCase fold{"fold", "", [&](std::size_t i) {
                     text::Fold(corpus_.texts[i], &folded);
                     return folded.units.size();
                   }};
    for (int round = 0; round <= plan_.rounds; ++round) RunOnce(fold, plan_.texts);
    fold.rounds.erase(fold.rounds.begin());
    report_.Add(fold.name, fold.rounds, "msg/s");
  }

  // Categories as the engine gives them, compared for the first texts with a plain search.
  std::vector<std::string> Answers(const std::vector<MadeRule>& made, const rules::RuleSet& set) {
    rules::RuleSet::Scratch scratch;
    rules::BareVerdict bare;
    std::vector<std::string> answers;
    std::size_t matched = 0;
    for (std::size_t i = 0; i < plan_.texts; ++i) {
      set.Decide(InputFor(corpus_.texts[i]), scratch, &bare);
      matched += bare.rules;
      answers.push_back(bare.topic == nullptr ? "" : bare.topic->category);
      if (i < plan_.checked && answers.back() != CategorySlowly(made, corpus_.folded[i])) {
        Die(fmt::format("text {} has another category by a plain search: {}", i, corpus_.texts[i]));
      }
    }
    matched_ = static_cast<double>(matched) / static_cast<double>(plan_.texts);
    return answers;
  }

  void OneSize(std::size_t n) {
    const auto made = MadeRules(n);
    const auto files = ToFiles(made);
    const auto set = MustCompile(files);
    const auto program = ProgramOf(files);
    const auto answers = Answers(made, *set);
    report_.Fact(fmt::format("{} rules", n),
                 fmt::format("{} words, {:.2f} rules match a message", program.terms.size(), matched_));
    std::vector<std::string> words;
    for (std::uint32_t i = 0; i < program.terms.size(); ++i) words.emplace_back(program.TermName(i));
    const auto vectorscan = MakeVectorscan(words);
    const auto name = [n](std::string_view what) { return fmt::format("{}/{}", what, n); };

    rules::RuleSet::Scratch scratch;
    rules::BareVerdict bare;
    Verdict verdict;
    std::vector<ScaleCase> cases;
    const std::string limit = vectorscan ? name("vectorscan-scan") : "";
    cases.push_back({name("minsheng"), limit, [&](std::size_t i) {
                       set->Decide(InputFor(corpus_.texts[i]), scratch, &bare, &corpus_.units[i]);
                       return bare.rules;
                     }});
    cases.push_back({name("minsheng-reasons"), name("minsheng"), [&](std::size_t i) {
                       set->Classify(InputFor(corpus_.texts[i]), scratch, &verdict, &corpus_.units[i]);
                       return verdict.reasons.size();
                     }});
    cases.push_back({name("minsheng-end-to-end"), limit, [&](std::size_t i) {
                       set->Classify(InputFor(corpus_.texts[i]), scratch, &verdict);
                       return verdict.reasons.size();
                     }});
    cases.push_back({name("aho-corasick-scan"), limit, [&](std::size_t i) {
                       std::uint64_t hits = 0;
                       program.automaton.Scan(corpus_.units[i].units, [&](std::uint32_t, std::uint32_t) { ++hits; });
                       return hits;
                     }});
    if (vectorscan) {
      cases.push_back({limit, "", [&](std::size_t i) { return vectorscan->Scan(corpus_.folded[i]); }});
    }
    Measure(&cases, n, made, answers);
  }

  void Measure(std::vector<ScaleCase>* cases, std::size_t n, const std::vector<MadeRule>& made,
               const std::vector<std::string>& answers) {
    auto peers = StartPeers(n, made, answers);
    std::vector<std::vector<double>> peer_rounds(peers.size());
    for (auto& c : *cases) RunOnce(c, plan_.texts), c.rounds.clear();
    for (int round = 0; round < plan_.rounds; ++round) {
      for (auto& c : *cases) RunOnce(c, plan_.texts);
      if (round >= plan_.peer_rounds) continue;
      for (std::size_t i = 0; i < peers.size(); ++i) peer_rounds[i].push_back(peers[i].second->Round());
    }
    for (const auto& c : *cases) report_.Add(c.name, c.rounds, "msg/s", c.of);
    for (std::size_t i = 0; i < peers.size(); ++i) {
      report_.Add(fmt::format("{}/{}", peers[i].first, n), peer_rounds[i], "msg/s", fmt::format("minsheng/{}", n));
    }
  }

  using Peers = std::vector<std::pair<std::string, std::unique_ptr<RulePeer>>>;
  Peers StartPeers(std::size_t n, const std::vector<MadeRule>& made, const std::vector<std::string>& answers) {
    Peers peers;
    if (!plan_.peers) return peers;
    const std::string file = fmt::format("{}/rules-{}.json", folder_, n);
    std::ofstream(file) << ToPeerJson(made);
    constexpr std::size_t kMostForJsonRulesEngine = 10'000;  // beyond, one message takes seconds
    for (const char* engine :
         {"zen-engine", "json-rules-engine", "node-rules", "ahocorasick", "ahocorasick-indexed", "naive-loop"}) {
      if (engine == std::string_view("json-rules-engine") && n > kMostForJsonRulesEngine) continue;
      auto peer = std::make_unique<RulePeer>(engine, file, texts_file_, plan_.peer_seconds, plan_.peer_most);
      for (std::size_t i = 0; i < peer->categories().size(); ++i) {
        if (peer->categories()[i] == answers[i]) continue;
        Die(fmt::format("{} gives text {} the category '{}' and not '{}'", engine, i, peer->categories()[i],
                        answers[i]));
      }
      report_.Fact(fmt::format("{}/{}", engine, n),
                   fmt::format("same category for all {} texts it decided", peer->categories().size()));
      peers.emplace_back(engine, std::move(peer));
    }
    return peers;
  }

  // The first rules stay; those added have words that occur nowhere, so the number of matches is the same.
  void EqualHits() {
    std::vector<std::shared_ptr<const rules::RuleSet>> sets;
    std::vector<ScaleCase> cases;
    rules::RuleSet::Scratch scratch;
    rules::BareVerdict bare;
    const std::size_t least = plan_.sizes.front();
    const auto silent = SilentRules(plan_.sizes.back() - least, corpus_.texts);
    for (const std::size_t n : plan_.sizes) {
      auto made = MadeRules(least);
      made.insert(made.end(), silent.begin(), silent.begin() + static_cast<std::ptrdiff_t>(n - least));
      sets.push_back(MustCompile(ToFiles(made)));
      cases.push_back({fmt::format("minsheng-equal-hits/{}", n),
                       n == least ? "" : fmt::format("minsheng-equal-hits/{}", least),
                       [&, set = sets.back().get()](std::size_t i) {
                         set->Decide(InputFor(corpus_.texts[i]), scratch, &bare, &corpus_.units[i]);
                         return bare.rules;
                       }});
    }
    for (int round = 0; round <= plan_.rounds; ++round) {
      for (auto& c : cases) RunOnce(c, plan_.texts);
    }
    for (auto& c : cases) {
      c.rounds.erase(c.rounds.begin());
      report_.Add(c.name, c.rounds, "msg/s", c.of);
    }
  }

  std::size_t CompileSize() const { return plan_.sizes.size() > 1 ? plan_.sizes[1] : plan_.sizes[0]; }

  void Compile() {
    const auto files = ToFiles(MadeRules(CompileSize()));
    std::vector<double> ms, kept;
    for (int round = 0; round < plan_.rounds; ++round) {
      malloc_trim(0);
      const auto before = mallinfo2();
      const auto start = ThreadCpuNs();
      const auto set = MustCompile(files);
      ms.push_back(static_cast<double>(ThreadCpuNs() - start) / 1e6);
      const auto after = mallinfo2();
      const auto used = [](const struct mallinfo2& m) { return static_cast<double>(m.uordblks + m.hblkhd); };
      kept.push_back((used(after) - used(before)) / 1048576);
    }
    report_.Add(fmt::format("compile/{}", CompileSize()), ms, "ms");
    report_.Add(fmt::format("compile-keeps/{}", CompileSize()), kept, "MiB");
  }

  // One thread classifies through the pointer that another exchanges; as in router/rules_holder, who
  // exchanges it keeps the old set until nobody else has it, so it is freed there.
  void Switch() {
    const auto files = ToFiles(MadeRules(CompileSize()));
    std::atomic<std::shared_ptr<const rules::RuleSet>> current(MustCompile(files));
    rules::RuleSet::Scratch scratch;
    Verdict verdict;
    std::vector<double> quiet, switching;
    int switches = 0;
    const auto p99_us = [&] {
      std::vector<double> us;
      const auto end = NowNs() + static_cast<std::int64_t>(plan_.switch_ms) * 1'000'000;
      for (std::size_t i = 0; NowNs() < end; i = (i + 1) % plan_.texts) {
        const auto start = NowNs();
        current.load()->Classify(InputFor(corpus_.texts[i]), scratch, &verdict);
        us.push_back(static_cast<double>(NowNs() - start) / 1e3);
      }
      return Percentile(us, 0.99);
    };
    const auto exchange = [&](std::atomic<bool>& stop) {
      std::vector<std::shared_ptr<const rules::RuleSet>> retired;
      while (!stop) {
        retired.push_back(current.exchange(MustCompile(files)));
        std::erase_if(retired, [](const auto& set) { return set.use_count() == 1; });
        ++switches;
      }
    };
    p99_us();
    for (int round = 0; round < std::min(plan_.rounds, 5); ++round) {
      quiet.push_back(p99_us());
      std::atomic<bool> stop = false;
      std::thread other([&] { exchange(stop); });
      switching.push_back(p99_us());
      stop = true;
      other.join();
    }
    report_.Fact("switches", fmt::format("{} RuleSets compiled and exchanged while classifying", switches));
    report_.Add(fmt::format("p99-of-a-message/{}", CompileSize()), quiet, "us");
    report_.Add(fmt::format("p99-while-switching/{}", CompileSize()), switching, "us",
                fmt::format("p99-of-a-message/{}", CompileSize()));
  }

  const Plan& plan_;
  Report& report_;
  std::string folder_;
  std::string texts_file_;
  Corpus corpus_;
  double matched_ = 0;
};

int Run(int argc, char** argv) {
  Plan plan;
  if (Flag(argc, argv, "--quick")) {
    plan = {{100, 300, 1'000}, 300, 2, 1, 0.05, 20, 20, 20, true};
  }
  plan.rounds = IntOption(argc, argv, "--rounds", plan.rounds);
  plan.texts = static_cast<std::size_t>(IntOption(argc, argv, "--count", static_cast<int>(plan.texts)));
  plan.peers = !Flag(argc, argv, "--no-peers") && HaveRulePeers();
  Report report("rules-scale", Flag(argc, argv, "--json"));
  AddMachineFacts(report);
  if (!plan.peers) report.Fact("peers", "not run (script/setup --test installs them)");
  const Folder folder(Option(argc, argv, "--folder", "var"));
  Scale(plan, report, folder.path()).Run();
  report.Print();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
