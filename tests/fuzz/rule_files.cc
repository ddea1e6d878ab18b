// SPDX-License-Identifier: Apache-2.0
// First byte: which file of a RuleSet it is. The rest: its content.
#include <nlohmann/json.hpp>

#include "src/rules/rule_set.h"
#include "src/rules/source_json.h"
#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

using rules::Problem;
using rules::Severity;

std::vector<rules::SourceFile> Good() {
  return {{"categories.json", R"({"categories": [{"id": "urban", "name": "城", "general": "urban.other", "topics":
              [{"id": "urban.greening", "name": "绿化"}, {"id": "urban.other", "name": "其他"}]}]})"},
          {"golden/x.json", R"([{"id": "g", "text": "树挡住了", "topic": "urban.greening"}])"},
          {"lexicon.json", R"({"urban.greening": {"石楠": 2}})"},
          {"lists.json", R"({"tree": ["树", "石楠"]})"},
          {"places.json", R"([{"id": "p", "name": "大区"}, {"id": "p.town", "name": "水镇", "parent": "p"}])"},
          {"rules.json", R"([{"id": "r", "name": "绿化", "when": "@tree ~5 挡", "topic": "urban.greening",
              "weight": 3, "examples": {"yes": ["树挡住了"], "no": ["树"]}}])"},
          {"settings.json", R"({"threshold": 0.5})"}};
}

void CheckJson(std::string_view content) {
  rules::JsonValue value;
  rules::JsonFault fault;
  if (!rules::ReadJson(content, &value, &fault)) {
    Require(fault.at <= content.size() && !fault.zh.empty() && !fault.en.empty(),
            "a fault has its place and its words");
    return;
  }
  if (content.substr(0, 3) == "\xEF\xBB\xBF") content.remove_prefix(3);
  Require(nlohmann::json::accept(content), "what the reader takes is JSON");
}

void CheckProblem(const Problem& p, const std::vector<rules::SourceFile>& files) {
  Require(!p.code.empty() && !p.zh.empty() && !p.en.empty(), "a problem says what is wrong");
  Require(text::IsValidUtf8(p.zh) && text::IsValidUtf8(p.en) && text::IsValidUtf8(p.rule), "in valid UTF-8");
  Require(!rules::Format(p, "zh").empty() && !rules::Format(p, "en").empty(), "it can be shown");
  for (const rules::SourceFile& f : files) {
    if (f.path != p.file) continue;
    const auto lines = 1 + std::count(f.content.begin(), f.content.end(), '\n');
    Require(p.line >= 1 && p.line <= lines && p.column >= 1, "a problem's place is inside its file");
  }
}

}  // namespace

void RuleFiles(std::string_view input) {
  std::vector<rules::SourceFile> files = Good();
  rules::SourceFile& chosen = files[TakeChoice(&input, static_cast<unsigned>(files.size()))];
  chosen.content = input;
  CheckJson(input);
  const rules::Compiled compiled = rules::RuleSet::Compile(files);
  bool failed = false;
  for (const Problem& p : compiled.problems) {
    CheckProblem(p, files);
    failed = failed || p.severity == Severity::kError;
  }
  Require(failed == (compiled.set == nullptr), "there is a RuleSet exactly when there is no error");
  if (!compiled.set) return;
  rules::RuleSet::Scratch scratch;
  const std::string text = "水镇的树挡住了路灯，石楠也是";
  rules::Input message;
  message.text = text;
  const Verdict v = compiled.set->Classify(message, scratch);
  const auto decoded = DecodeVerdict(Encode(v));
  Require(decoded && *decoded == v, "a Verdict survives being stored");
}

}  // namespace minsheng::fuzz
