// SPDX-License-Identifier: Apache-2.0
// minsheng rules check|test|explain|classify: for those who write rules. Works on a folder or on
// the shipped RuleSet, without Redis or database; or on a stored version.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "channels/channel.h"
#include "src/base/embedded.h"
#include "src/cli/cli.h"
#include "src/router/review.h"
#include "src/rules/reason_line.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<rules::Compiled> CompileFolder(const Context& context, const std::string& folder) {
  if (!folder.empty()) {
    auto files = FilesFrom(context, folder);
    if (!files) return Fail(files.error());
    return rules::RuleSet::Compile(*files, VersionFrom(folder));
  }
  auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return Fail(config.error());
  auto files = RuleFiles(*config);
  if (!files) return Fail(files.error());
  return rules::RuleSet::Compile(*files);
}

// The articles of the store if there is one, else the shipped ones.
Result<std::shared_ptr<const knowledge::ArticleBook>> KnownArticles(const Context& context) {
  if (auto opened = OpenStore(context)) return LoadArticles(*opened->store);
  const auto shipped = knowledge::ReadArticleFile(EmbeddedContent("config/articles.json"), "config/articles.json");
  if (!shipped) return Fail(shipped.error());
  std::vector<store::ArticleRow> rows;
  for (const auto& text : *shipped) {
    store::ArticleRow row;
    row.id = text.id;
    row.latest = 1;
    row.published = knowledge::CheckArticle(text, {}).empty() ? 1 : 0;
    row.shown.text = text;
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return std::make_shared<const knowledge::ArticleBook>(std::move(rows), 0);
}

// What only the surroundings can tell: the channels there are, the articles, and, when a configuration was named
// or the RuleSet comes from it, the Catalogue.
void Review(const Context& context, const std::string& folder, rules::Compiled* compiled) {
  if (!compiled->set) return;
  std::vector<std::string> channels;
  for (const ChannelType& type : AllChannelTypes()) channels.emplace_back(type.name);
  auto found = router::ReviewChannels(*compiled->set, channels);
  if (folder.empty() || !context.config_path.empty() || context.demo) {
    const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
    const auto text = config ? CatalogueText(*config) : Result<std::string>(Fail(config.error()));
    if (text) {
      const auto missing = router::ReviewCatalogue(*compiled->set, *text);
      found.insert(found.end(), missing.begin(), missing.end());
    } else {
      PrintErr(text.error().what);
    }
  }
  if (const auto articles = KnownArticles(context)) {
    const auto silent = router::ReviewArticles(*compiled->set, **articles, SystemClock().Now());
    found.insert(found.end(), silent.begin(), silent.end());
  } else {
    PrintErr(articles.error().what);
  }
  compiled->problems.insert(compiled->problems.end(), found.begin(), found.end());
}

// Without --rules it is the configuration that cannot be read.
int ReportFolder(const Context& context, const std::string& folder, const Error& error) {
  return folder.empty() ? ReportStart(context, error) : Report(context, error);
}

// Prints the problems; the set, or null with the exit code.
std::shared_ptr<const rules::RuleSet> CompileOrReport(const Context& context, const std::string& folder, int* code) {
  auto compiled = CompileFolder(context, folder);
  if (!compiled) {
    *code = ReportFolder(context, folder, compiled.error());
    return nullptr;
  }
  for (const auto& p : compiled->problems) {
    if (p.severity != rules::Severity::kNote) PrintErr(rules::Format(p, context.language));
  }
  *code = compiled->set ? kOk : kFindings;
  return std::move(compiled->set);
}

Json Summary(const Verdict& v, std::string_view text) {
  Json j{{"category", v.category}, {"topic", v.topic}};
  j["type"] = v.type ? Json(ToWord(*v.type)) : Json(nullptr);
  j["urgency"] = ToWord(v.urgency);
  j["tags"] = v.tags;
  j["confidence"] = v.confidence;
  j["topic_confidence"] = v.topic_confidence;
  j["triage"] = v.triage;
  if (v.unread > 0) j["unread"] = v.unread;
  j["sums"] = Json::object();
  for (const auto& sum : v.sums) j["sums"][sum.topic] = sum.sum;
  j["reasons"] = Json::array();
  for (const auto& r : v.reasons) {
    Json reason{{"rule", r.rule}, {"name", r.name}, {"topic", r.topic}, {"weight", r.weight}};
    if (r.decisive) reason["decisive"] = true;
    if (!r.effect.empty()) reason["effect"] = r.effect;
    reason["words"] = Json::array();
    for (const auto& s : r.spans)
      reason["words"].push_back({{"begin", s.begin}, {"end", s.end}, {"text", text.substr(s.begin, s.end - s.begin)}});
    j["reasons"].push_back(std::move(reason));
  }
  return j;
}

}  // namespace

std::string ProblemsJson(const std::vector<rules::Problem>& problems) {
  auto list = Json::array();
  for (const auto& p : problems) {
    static constexpr std::string_view kWords[] = {"error", "warning", "note"};
    list.push_back({{"severity", kWords[static_cast<std::size_t>(p.severity)]},
                    {"file", p.file},
                    {"line", p.line},
                    {"column", p.column},
                    {"rule", p.rule},
                    {"code", p.code},
                    {"zh", p.zh},
                    {"en", p.en}});
  }
  return list.dump();
}

int RulesCheck(const Context& context, const std::string& folder, bool all) {
  auto compiled = CompileFolder(context, folder);
  if (!compiled) return ReportFolder(context, folder, compiled.error());
  Review(context, folder, &*compiled);
  if (context.json) {
    Print(ProblemsJson(compiled->problems));
  } else {
    for (const auto& p : compiled->problems) {
      if (all || p.severity != rules::Severity::kNote) Print(rules::Format(p, context.language));
    }
    if (compiled->set) {
      Print(fmt::format("{} {} {} {} {} {}", context.Say("通过：规则", "ok: rules"), compiled->set->rule_count(),
                        context.Say("事项", "topics"), compiled->set->topics().size(), context.Say("例句", "examples"),
                        compiled->set->example_count()));
    }
  }
  const bool found = std::any_of(compiled->problems.begin(), compiled->problems.end(),
                                 [](const auto& p) { return p.severity != rules::Severity::kNote; });
  return found ? kFindings : kOk;
}

int RulesTest(const Context& context, const std::string& folder) {
  const auto compiled = CompileFolder(context, folder);
  if (!compiled) return ReportFolder(context, folder, compiled.error());
  int failed = 0;
  for (const auto& p : compiled->problems) {
    failed += p.severity == rules::Severity::kError ? 1 : 0;
    if (!context.json && p.severity != rules::Severity::kNote) Print(rules::Format(p, context.language));
  }
  const auto examples = compiled->set ? compiled->set->example_count() : 0;
  if (context.json) {
    PrintJson(
        {{"examples", examples}, {"failed", failed}, {"problems", Json::parse(ProblemsJson(compiled->problems))}});
  } else if (failed == 0) {
    Print(fmt::format("{} {}", examples, context.Say("条例句和案例全部通过", "examples and cases, all passed")));
  } else {
    Print(fmt::format("{} {}", failed, context.Say("处不通过", "failed")));
  }
  // A RuleSet without a single example proves nothing.
  return failed == 0 && examples > 0 ? kOk : kFindings;
}

int RulesExplain(const Context& context, const std::string& folder, const std::string& text, const std::string& channel,
                 bool all) {
  int code = kOk;
  const auto set = CompileOrReport(context, folder, &code);
  if (!set) return code;
  std::string words = text;
  if (words.empty() || words == "-") words.assign(std::istreambuf_iterator<char>(std::cin), {});
  words = text::Repair(words);
  rules::RuleSet::Scratch scratch;
  rules::Input input;
  input.text = words;
  input.channel = channel;
  input.spoken = rules::IsSpokenChannel(channel);
  input.line = "12345";
  if (context.json) {
    Print(set->Explain(input, scratch));
    return kOk;
  }
  const auto v = set->Classify(input, scratch);
  Print(rules::OneLine(v, words, *set, context.language));
  if (v.type)
    Print(fmt::format("{}{}", context.Say("类型：", "type: "),
                      context.language == "en" ? ToWord(*v.type) : ToChinese(*v.type)));
  if (v.place) Print(fmt::format("{}{}", context.Say("地点：", "place: "), v.place->name));
  if (!v.sums.empty()) Print(context.Say("得分：", "sums:"));
  for (const auto& s : v.sums) Print(fmt::format("{:>8.2f}  {}  {}", s.sum, s.topic, TopicName(*set, s.topic)));
  std::string tree = set->ExplainText(input, scratch, context.language, all);
  if (!tree.empty()) tree.pop_back();  // Print ends the line
  if (!tree.empty()) Print(tree);
  return kOk;
}

int RulesClassify(const Context& context, const std::string& folder) {
  int code = kOk;
  const auto set = CompileOrReport(context, folder, &code);
  if (!set) return code;
  rules::RuleSet::Scratch scratch;
  std::string line;
  std::ios::sync_with_stdio(false);
  for (std::int64_t number = 1; std::getline(std::cin, line); ++number) {
    if (text::Trim(line).empty()) continue;
    const auto in = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto text_at = in.is_object() ? in.find("text") : in.end();
    if (!in.is_object() || text_at == in.end() || !text_at->is_string()) {
      PrintErr(
          fmt::format("{}:{}: {}", context.Say("标准输入", "standard input"), number,
                      context.Say("不是带 \"text\" 的 JSON 对象，已跳过", "no JSON object with \"text\"; skipped")));
      code = kFindings;
      continue;
    }
    const auto words = text::Repair(text_at->get<std::string>());
    const auto text_of = [&](const char* key) {
      const auto at = in.find(key);
      return at != in.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    const auto channel = text_of("channel");
    const auto request_line = text_of("line");
    const auto place = text_of("place_hint");
    rules::Input input;
    input.text = words;
    input.channel = channel;
    input.spoken = rules::IsSpokenChannel(channel);
    input.line = request_line;
    input.place_hint = place;
    input.stated_type = RequestTypeFromWord(text_of("type"));
    const auto id = in.find("id");
    Json out{{"id", id == in.end() ? Json(nullptr) : Json(*id)}};
    out.update(Summary(set->Classify(input, scratch), words));
    PrintJson(out);
  }
  return code;
}

}  // namespace minsheng::cli
