// SPDX-License-Identifier: Apache-2.0
// minsheng rules suggest: rules mined from corrections. Prints, and writes a file if asked to.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/base/embedded.h"
#include "src/cli/cli.h"
#include "src/cli/rules_history.h"
#include "src/rules/suggest.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

constexpr std::size_t kCounterCharacters = 60;

// One line {"text", "topic", ...}; kInvalid names what is missing.
Result<rules::HistoryCase> LabelledCase(const std::string& line, std::int64_t number) {
  const auto in = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto field = [&](const char* key) {
    const auto at = in.is_object() ? in.find(key) : in.end();
    return at != in.end() && at->is_string() ? text::Repair(at->get<std::string>()) : std::string();
  };
  rules::HistoryCase c;
  c.text = field("text");
  if (const auto title = field("title"); !title.empty()) c.text = title + "\n" + c.text;
  if (text::Trim(c.text).empty()) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("{}: 不是带 \"text\" 的 JSON 对象 / no JSON object with \"text\"", number));
  }
  c.label = field("topic");
  c.id = field("id").empty() ? fmt::format("line-{}", number) : field("id");
  c.citizen = field("citizen");
  c.channel = field("channel");
  c.spoken = rules::IsSpokenChannel(c.channel);
  c.line = field("line");
  c.place_hint = field("place_hint");
  c.stated_type = RequestTypeFromWord(field("type"));
  return c;
}

Result<std::vector<rules::HistoryCase>> ReadLabelled(const Context& context, const std::string& path) {
  std::ifstream in(path);
  if (!in) return MakeError(ErrorKind::kNotFound, fmt::format("{}: {}", path, context.Say("打不开", "cannot be read")));
  std::vector<rules::HistoryCase> cases;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (text::Trim(line).empty()) continue;
    auto c = LabelledCase(line, number);
    if (!c) return MakeError(ErrorKind::kInvalid, path + ":" + c.error().what);
    cases.push_back(std::move(*c));
  }
  return cases;
}

Result<std::vector<rules::HistoryCase>> ReadStored(const Context& context, const SuggestArgs& args, const Days& days,
                                                   store::Store& store) {
  std::vector<rules::HistoryCase> cases;
  const auto counts = router::StreamHistory(store, OptionsOf(context, days, args.threads), [&](const auto& some) {
    cases.insert(cases.end(), some.begin(), some.end());
  });
  if (!counts) return Fail(counts.error());
  return cases;
}

nlohmann::ordered_json SuggestionJson(const rules::Suggestion& s) {
  nlohmann::ordered_json j{{"kind", "suggestion"},   {"id", s.id},
                           {"name", s.name},         {"when", s.when},
                           {"topic", s.topic},       {"weight", s.weight},
                           {"support", s.support},   {"citizens", s.citizens},
                           {"agreeing", s.agreeing}, {"against", s.against},
                           {"unknown", s.unknown},   {"wins", s.wins},
                           {"losses", s.losses},     {"unchanged", s.unchanged},
                           {"moved", s.moved},       {"opened", s.opened},
                           {"yes", s.yes},           {"no", s.no}};
  j["counter_examples"] = nlohmann::ordered_json::array();
  for (const auto& c : s.counter_examples)
    j["counter_examples"].push_back(
        {{"request", c.id}, {"topic", c.topic}, {"by_person", c.by_person}, {"text", text::Redact(c.text)}});
  return j;
}

void PrintSuggestion(const Context& context, const rules::RuleSet& set, const rules::Suggestion& s,
                     std::size_t number) {
  const auto say = [&](std::string_view zh, std::string_view en) { return fmt::runtime(context.Say(zh, en)); };
  Print(fmt::format("\n{}. {}  {}", number, s.id, s.name));
  Print(fmt::format("   {}", s.when));
  Print(fmt::format(say("   → {}  权重 {}", "   -> {}  weight {}"), TopicName(set, s.topic), s.weight));
  Print(fmt::format(
      say("   说明了 {} 件更正（{} 位市民）；还命中同一事项 {} 件、其他事项 {} 件、尚未决定的 {} 件",
          "   explains {} corrections ({} citizens); also hits {} of the same topic, {} of others, {} undecided"),
      s.support, s.citizens, s.agreeing, s.against, s.unknown));
  Print(fmt::format(
      say("   只加这一条：变好 {}，变坏 {}，不变 {}；无人更正却会改判的 {}，从待研判变为已决定的 {}",
          "   this rule alone: wins {}, losses {}, unchanged {}; never corrected but moved {}, out of triage {}"),
      s.wins, s.losses, s.unchanged, s.moved, s.opened));
  for (const auto& piece : s.yes) Print(fmt::format("   {} {}", context.Say("正例：", "yes:"), OnOneLine(piece)));
  for (const auto& piece : s.no) Print(fmt::format("   {} {}", context.Say("反例：", "no:"), OnOneLine(piece)));
  for (const auto& c : s.counter_examples)
    Print(fmt::format("   {} {}  {}{}  {}", context.Say("会误中：", "hits too:"), c.id, TopicName(set, c.topic),
                      c.by_person ? context.Say("（人定）", " (by a person)") : "",
                      Masked(c.text, kCounterCharacters)));
}

// A new file, complete or not there at all.
Result<void> WriteNew(const Context& context, const std::string& path, const std::string& content) {
  if (std::filesystem::exists(path)) {
    return MakeError(ErrorKind::kConflict,
                     fmt::format("{}: {}", path,
                                 context.Say("已经存在，不会覆盖；请换一个文件名",
                                             "exists already and is not overwritten; name another")));
  }
  const std::string half = path + ".part";
  {
    std::ofstream out(half, std::ios::binary);
    out << content;
    out.flush();
    if (!out)
      return MakeError(ErrorKind::kUnavailable,
                       fmt::format("{}: {}", half, context.Say("写不进去", "cannot be written")));
  }
  std::error_code error;
  std::filesystem::rename(half, path, error);
  if (error) return MakeError(ErrorKind::kUnavailable, path + ": " + error.message());
  return {};
}

// Rules and Requests, from the store or from files.
struct Material {
  LoadedRules rules;
  std::vector<rules::HistoryCase> cases;
};

Result<Material> FromStore(const Context& context, const SuggestArgs& args, const Days& days) {
  auto opened = OpenStore(context);
  if (!opened) return Fail(opened.error());
  auto loaded =
      args.folder.empty() ? LoadVersion(context, *opened->store, 0) : LoadNamed(context, *opened->store, args.folder);
  if (!loaded) return Fail(loaded.error());
  auto cases = ReadStored(context, args, days, *opened->store);
  if (!cases) return Fail(cases.error());
  return Material{std::move(*loaded), std::move(*cases)};
}

Result<Material> FromFile(const Context& context, const SuggestArgs& args) {
  auto cases = ReadLabelled(context, args.labelled);
  if (!cases) return Fail(cases.error());
  if (!args.folder.empty()) {
    auto loaded = LoadFolder(context, args.folder);
    if (!loaded) return Fail(loaded.error());
    return Material{std::move(*loaded), std::move(*cases)};
  }
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return Fail(config.error());
  auto files = RuleFiles(*config);
  if (!files) return Fail(files.error());
  auto loaded =
      CompileRules(context, std::move(*files), 0, std::string(context.Say("随程序发布的规则", "the shipped rules")));
  if (!loaded) return Fail(loaded.error());
  return Material{std::move(*loaded), std::move(*cases)};
}

}  // namespace

int RulesSuggest(const Context& context, const SuggestArgs& args) {
  const auto days = ParseDays(context, args.from, args.to);
  if (!days) {
    Report(context, days.error());
    return kUsage;
  }
  const auto stop = rules::ReadStopWords(EmbeddedContent("config/stop-words.json"));
  if (!stop) return Report(context, stop.error());
  auto material = args.labelled.empty() ? FromStore(context, args, *days) : FromFile(context, args);
  if (!material)
    return args.labelled.empty() ? ReportStart(context, material.error()) : Report(context, material.error());
  rules::SuggestOptions options;
  options.min_support = args.min_support;
  options.limit = args.limit;
  options.threads = args.threads;
  const auto found = rules::Suggest(material->rules.files, *material->rules.set, material->cases, *stop, options);
  if (context.json) {
    PrintJson({{"kind", "summary"},
               {"rules", {{"version", material->rules.set->version()}, {"hash", material->rules.set->hash()}}},
               {"requests", found.requests},
               {"labelled", found.labelled},
               {"misjudged", found.misjudged},
               {"suggestions", found.items.size()}});
    for (const auto& s : found.items) PrintJson(SuggestionJson(s));
  } else {
    Print(fmt::format(
        fmt::runtime(context.Say("{} 件诉求，{} 件有人的决定，其中 {} 研判不同的 {} 件；建议 {} 条（不会自动生效）",
                                 "{} requests, {} decided by people, {} judges {} of them differently; "
                                 "{} suggestions (nothing is applied)")),
        found.requests, found.labelled, material->rules.name, found.misjudged, found.items.size()));
    for (std::size_t i = 0; i < found.items.size(); ++i)
      PrintSuggestion(context, *material->rules.set, found.items[i], i + 1);
  }
  if (args.output.empty()) return kOk;
  if (auto written = WriteNew(context, args.output, rules::RuleFileOf(found.items)); !written)
    return Report(context, written.error());
  return kOk;
}

}  // namespace minsheng::cli
