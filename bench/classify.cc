// SPDX-License-Identifier: Apache-2.0
// How many messages a second one core classifies with the shipped RuleSet, and the limits of the
// same run: folding alone, vectorscan's bare scan for the same words, and memcpy. All rows are
// thread CPU time, in interleaved rounds.
#include <fmt/format.h>

#include <cstring>
#include <functional>

#include "bench/corpus.h"
#include "bench/report.h"
#include "bench/vectorscan.h"
#include "src/base/embedded.h"
#include "src/rules/program.h"
#include "src/rules/rule_set.h"
#include "src/rules/sources.h"
#include "src/text/fold.h"

namespace minsheng::bench {
namespace {

std::vector<rules::SourceFile> ShippedFiles() {
  std::vector<rules::SourceFile> files;
  constexpr std::string_view kFolder = "rules/";
  for (const auto& file : EmbeddedFiles()) {
    if (!file.path.starts_with(kFolder)) continue;
    files.push_back({std::string(file.path.substr(kFolder.size())), std::string(file.content)});
  }
  return files;
}

// The words that one scan of the engine looks for.
std::vector<std::string> TermsOf(const std::vector<rules::SourceFile>& files) {
  rules::Reporter reporter(files);
  const auto sources = rules::ReadSources(files, &reporter);
  const auto program = rules::BuildProgram(sources, &reporter);
  std::vector<std::string> terms;
  for (std::uint32_t i = 0; i < program.terms.size(); ++i) terms.emplace_back(program.TermName(i));
  return terms;
}

struct Case {
  std::string name;
  std::string of;
  std::function<std::uint64_t(std::size_t)> run;  // one text, by number; something the compiler must keep
  std::vector<double> rounds = {};                // messages a second
};

// Warms up, then measures each case in turn, `rounds` times, for about `seconds` each.
void Measure(std::vector<Case>& cases, std::size_t texts, int rounds, double seconds) {
  volatile std::uint64_t kept = 0;
  std::vector<std::size_t> passes;
  for (auto& c : cases) {
    const auto start = ThreadCpuNs();
    for (std::size_t i = 0; i < texts; ++i) kept = kept + c.run(i);
    const double once = static_cast<double>(ThreadCpuNs() - start) / 1e9;
    passes.push_back(std::max<std::size_t>(1, static_cast<std::size_t>(seconds / once)));
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t c = 0; c < cases.size(); ++c) {
      const auto start = ThreadCpuNs();
      for (std::size_t pass = 0; pass < passes[c]; ++pass) {
        for (std::size_t i = 0; i < texts; ++i) kept = kept + cases[c].run(i);
      }
      const double spent = static_cast<double>(ThreadCpuNs() - start) / 1e9;
      cases[c].rounds.push_back(static_cast<double>(passes[c] * texts) / spent);
    }
  }
}

void AddCorpusFacts(Report& report, const std::vector<std::string>& texts, const std::string& source) {
  std::size_t bytes = 0, characters = 0;
  for (const auto& t : texts) {
    bytes += t.size();
    for (const char c : t) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }
  report.Fact("texts", fmt::format("{} {}, mean {:.0f} characters, {:.0f} bytes", texts.size(), source,
                                   static_cast<double>(characters) / static_cast<double>(texts.size()),
                                   static_cast<double>(bytes) / static_cast<double>(texts.size())));
}

int Run(int argc, char** argv) {
  const auto path = Option(argc, argv, "--texts", Option(argc, argv, "--data", ""));
  const int rounds = IntOption(argc, argv, "--rounds", 9);
  const double seconds = IntOption(argc, argv, "--ms", 200) / 1e3;
  Report report("classify", Flag(argc, argv, "--json"));
  const auto texts =
      path.empty() ? InventedTexts(static_cast<std::size_t>(IntOption(argc, argv, "--count", 5'000))) : TextsOf(path);

  const auto files = ShippedFiles();
  const auto compile_start = ThreadCpuNs();
  const auto compiled = rules::RuleSet::Compile(files);
  const double compile_ms = static_cast<double>(ThreadCpuNs() - compile_start) / 1e6;
  if (!compiled.set) Die("the shipped RuleSet does not compile");
  const auto& set = *compiled.set;
  const auto terms = TermsOf(files);

  AddMachineFacts(report);
  AddCorpusFacts(report, texts, path.empty() ? "invented" : "from a folder outside the repository");

  rules::RuleSet::Scratch scratch;
  std::size_t reasons = 0;
  for (const auto& t : texts) {
    rules::Input input;
    input.text = t;
    reasons += set.Classify(input, scratch).reasons.size();
  }
  report.Fact("rules", fmt::format("{} rules, {} terms; {:.2f} reasons per message", set.rule_count(), terms.size(),
                                   static_cast<double>(reasons) / static_cast<double>(texts.size())));

  std::vector<std::string> folded;
  std::size_t longest = 0;
  for (const auto& t : texts) {
    folded.push_back(text::FoldToUtf8(t));
    longest = std::max(longest, t.size());
  }
  text::Folded fold;
  std::vector<char> copy(longest + 1);
  const auto vectorscan = MakeVectorscan(terms);

  const std::string limit = vectorscan ? "vectorscan-scan-only" : "";
  std::vector<Case> cases;
  cases.push_back({"classify-with-reasons", limit, [&](std::size_t i) {
                     rules::Input input;
                     input.text = texts[i];
                     return set.Classify(input, scratch).reasons.size();
                   }});
  cases.push_back({"fold-only", "", [&](std::size_t i) {
                     text::Fold(texts[i], &fold);
                     return fold.units.size();
                   }});
  if (vectorscan) {
    cases.push_back({limit, "", [&](std::size_t i) { return vectorscan->Scan(folded[i]); }});
  }
  cases.push_back({"memcpy", "", [&](std::size_t i) {
                     std::memcpy(copy.data(), texts[i].data(), texts[i].size());
                     return static_cast<std::uint64_t>(static_cast<unsigned char>(copy[texts[i].size() / 2]));
                   }});
  // --case NAME: that one alone; for a profiler.
  if (const auto only = Option(argc, argv, "--case", ""); !only.empty()) {
    std::erase_if(cases, [&](const Case& c) { return c.name != only; });
    if (cases.empty()) Die("there is no case " + only);
  }
  Measure(cases, texts.size(), rounds, seconds);
  for (const auto& c : cases) report.Add(c.name, c.rounds, "msg/s", c.of);
  report.Add({"compile-rule-set", compile_ms, "ms", ""});
  report.Print();
  return 0;
}

}  // namespace
}  // namespace minsheng::bench

int main(int argc, char** argv) { return minsheng::bench::Run(argc, argv); }
