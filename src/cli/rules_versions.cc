// SPDX-License-Identifier: Apache-2.0
// minsheng rules import|versions|show|export|diff|check V|test V|shadow|activate|rollback|discard: versions of
// the RuleSet in a system that may be running. What the acts do: src/router/rule_versions.h.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/router/rule_versions.h"

namespace minsheng::cli {
namespace {

using VersionJson = nlohmann::ordered_json;

struct Word {
  std::string_view word;
  std::string_view zh;
};
constexpr Word kStates[] = {{"draft", "草稿"},  {"checked", "已检查"}, {"shadow", "影子试运行"},
                            {"active", "现行"}, {"retired", "已停用"}, {"discarded", "已作废"}};
constexpr Word kActs[] = {{"seed", "随程序启用"}, {"import", "导入"},         {"check", "检查通过"},
                          {"shadow", "开始影子"}, {"shadow-off", "停止影子"}, {"activate", "启用"},
                          {"rollback", "退回"},   {"discard", "作废"}};

template <std::size_t N>
std::string InWords(const Context& context, const Word (&words)[N], const std::string& word) {
  for (const auto& w : words) {
    if (w.word == word) return std::string(context.Say(w.zh, w.word));
  }
  return word;
}

bool NoActor(const Context& context) {
  if (!context.user.empty()) return false;
  PrintErr(context.Say("请用 --as 说明操作人", "say by --as who acts"));
  return true;
}

router::MakeCatalogue CatalogueOf(const Opened& opened) {
  // Limits and Calendar too: a version whose topics have none of them must not be activated.
  return [&config = opened.config](const rules::RuleSet& set) -> Result<std::shared_ptr<const orders::Catalogue>> {
    auto guide = LoadGuide(config, set);
    if (!guide) return Fail(guide.error());
    return std::move(guide->catalogue);
  };
}

VersionJson RowJson(const store::RuleSetRow& row) {
  return {{"version", row.version},
          {"state", row.state},
          {"base", row.base},
          {"author", row.author},
          {"note", row.note},
          {"hash", row.hash},
          {"created_at", IsoUtc(row.created_at)}};
}

void PrintRow(const Context& context, const store::RuleSetRow& row) {
  const auto base = row.base == 0 ? std::string() : fmt::format(" ({} {})", context.Say("据", "from"), row.base);
  Print(fmt::format("{:>4}  {}  {}  {}{}  {}", row.version, ShanghaiText(row.created_at),
                    InWords(context, kStates, row.state), row.author, base, row.note));
}

// The active version that the person saw; what they name themselves counts more.
Result<std::int64_t> Expected(store::Store& store, std::int64_t named) {
  if (named != 0) return named;
  const auto in_force = store.RuleSetsInForce();
  if (!in_force) return Fail(in_force.error());
  return in_force->active;
}

std::string Problems(const Context& context, const router::Examination& e) {
  const auto count = [&](rules::Severity severity) {
    return std::count_if(e.problems.begin(), e.problems.end(), [&](const auto& p) { return p.severity == severity; });
  };
  return fmt::format(fmt::runtime(context.Say("{} 处错误，{} 处警告", "{} errors, {} warnings")),
                     count(rules::Severity::kError), count(rules::Severity::kWarning));
}

void PrintFailedPin(const Context& context, const router::FailedPin& failed) {
  const auto& pin = failed.pin;
  Print(fmt::format("{} {}: {} {} → {} {} ({} {}: {})", context.Say("固定案例不通过", "pinned case fails"), pin.id,
                    pin.topic, ToWord(pin.urgency), failed.got.topic.empty() ? "-" : failed.got.topic,
                    ToWord(failed.got.urgency), pin.author, context.Say("固定", "pinned it"), pin.note));
}

VersionJson ExaminationJson(const router::Examination& e) {
  VersionJson j{{"version", e.version},
                {"passed", e.passed()},
                {"problems", VersionJson::parse(ProblemsJson(e.problems))},
                {"catalogue", e.catalogue},
                {"examples", e.set ? e.set->example_count() : 0},
                {"pins", e.pins},
                {"failed_pins", VersionJson::array()}};
  for (const auto& f : e.failed_pins) {
    j["failed_pins"].push_back({{"id", f.pin.id},
                                {"request", f.pin.request_id},
                                {"expected", {{"topic", f.pin.topic}, {"urgency", ToWord(f.pin.urgency)}}},
                                {"got", {{"topic", f.got.topic}, {"urgency", ToWord(f.got.urgency)}}}});
  }
  return j;
}

// What was found; the exit code.
int PrintExamination(const Context& context, const router::Examination& e) {
  if (context.json) {
    PrintJson(ExaminationJson(e));
    return e.passed() ? kOk : kFindings;
  }
  for (const auto& p : e.problems) {
    if (p.severity != rules::Severity::kNote) Print(rules::Format(p, context.language));
  }
  if (!e.catalogue.empty()) Print(e.catalogue);
  for (const auto& f : e.failed_pins) PrintFailedPin(context, f);
  if (!e.set) {
    Print(
        fmt::format("{} {}：{}", context.Say("不能使用：第", "not usable: version"), e.version, Problems(context, e)));
    return kFindings;
  }
  Print(fmt::format("{} {}{} {}{} {}{} {}{} {}/{}", context.Say("第", "version"), e.version,
                    context.Say(" 版：规则", ": rules"), e.set->rule_count(), context.Say("，事项", ", topics"),
                    e.set->topics().size(), context.Say("，例句和案例", ", examples and cases"), e.set->example_count(),
                    context.Say("，固定案例通过", ", pinned cases passed"), e.pins - e.failed_pins.size(), e.pins));
  Print(e.passed() ? context.Say("通过", "passed") : context.Say("不通过", "not passed"));
  return e.passed() ? kOk : kFindings;
}

}  // namespace

std::int64_t VersionFrom(const std::string& word) {
  if (word.empty() || word.size() > 15 || word.find_first_not_of("0123456789") != std::string::npos) return 0;
  if (std::filesystem::is_directory(word)) return 0;
  return std::stoll(word);
}

Result<std::vector<rules::SourceFile>> FilesFrom(const Context& context, const std::string& version_or_folder) {
  const auto version = VersionFrom(version_or_folder);
  if (version == 0) return rules::ReadFolder(version_or_folder);
  auto opened = OpenStore(context);
  if (!opened) return Fail(opened.error());
  return router::FilesOf(*opened->store, version);
}

int RulesImport(const Context& context, const std::string& folder, const std::string& note, std::int64_t base) {
  if (NoActor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto files = rules::ReadFolder(folder);
  if (!files) return Report(context, files.error());
  const auto imported = router::ImportRuleSet(*opened->store, *files, {context.user, note}, base);
  if (!imported) return Report(context, imported.error());
  const auto& i = *imported;
  if (context.json) {
    VersionJson j{
        {"version", i.version}, {"fresh", i.fresh}, {"base", i.base}, {"errors", i.errors}, {"warnings", i.warnings}};
    j["difference"] = VersionJson::parse(rules::DifferenceJson(i.change));
    PrintJson(j);
    return kOk;
  }
  if (!i.fresh) {
    Print(fmt::format("{} {} {}", context.Say("内容与第", "the same content as version"), i.version,
                      context.Say("版完全相同，没有新建", "; nothing was made")));
    return kOk;
  }
  Print(fmt::format("{} {}{} {}", context.Say("已存为草稿：第", "stored as a draft: version"), i.version,
                    context.Say(" 版，依据第", ", from version"), i.base));
  if (i.base != 0) Print(rules::DifferenceText(i.change, context.language));
  Print(
      fmt::format("{} {} {} {}", context.Say("错误", "errors"), i.errors, context.Say("警告", "warnings"), i.warnings));
  return kOk;
}

int RulesVersions(const Context& context, int limit) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto rows = opened->store->ListRuleSets(limit);
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) {
    if (context.json) {
      PrintJson(RowJson(row));
    } else {
      PrintRow(context, row);
    }
  }
  return kOk;
}

int RulesShow(const Context& context, std::int64_t version) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto row = opened->store->GetRuleSet(version);
  if (!row) return Report(context, row.error());
  const auto acts = opened->store->RuleSetActs(version);
  if (!acts) return Report(context, acts.error());
  const auto files = router::DecodeFiles(row->files);
  if (!files) return Report(context, files.error());
  if (context.json) {
    auto j = RowJson(*row);
    for (const auto& f : *files) j["files"].push_back({{"path", f.path}, {"bytes", f.content.size()}});
    for (const auto& a : *acts) {
      j["acts"].push_back({{"at", IsoUtc(a.at)},
                           {"version", a.version},
                           {"act", a.act},
                           {"actor", a.actor},
                           {"from", a.from_version},
                           {"note", a.note}});
    }
    PrintJson(j);
    return kOk;
  }
  PrintRow(context, *row);
  for (const auto& a : *acts) {
    const auto other = a.version == version ? "" : fmt::format("{} {}", context.Say("第", " version"), a.version);
    const auto from =
        a.from_version == 0 ? "" : fmt::format(" ({} {})", context.Say("之前是", "before it"), a.from_version);
    Print(fmt::format("      {}  {}{}  {}{}  {}", ShanghaiText(a.at), InWords(context, kActs, a.act), other, a.actor,
                      from, a.note));
  }
  std::size_t bytes = 0;
  for (const auto& f : *files) bytes += f.content.size();
  Print(fmt::format("      {} {}, {} {}  {}", files->size(), context.Say("个文件", "files"), bytes,
                    context.Say("字节", "bytes"), row->hash.substr(0, 16)));
  return kOk;
}

int RulesExport(const Context& context, std::int64_t version, const std::string& folder) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto files = router::FilesOf(*opened->store, version);
  if (!files) return Report(context, files.error());
  if (const auto written = rules::WriteFolder(*files, folder); !written) return Report(context, written.error());
  if (context.json) {
    PrintJson({{"version", version}, {"folder", folder}, {"files", files->size()}});
    return kOk;
  }
  Print(fmt::format("{} {} → {} ({} {})", context.Say("已导出第", "exported version"), version, folder, files->size(),
                    context.Say("个文件", "files")));
  return kOk;
}

int RulesDiff(const Context& context, const std::string& from, const std::string& to) {
  const auto a = FilesFrom(context, from);
  if (!a) return ReportStart(context, a.error());
  const auto b = FilesFrom(context, to);
  if (!b) return ReportStart(context, b.error());
  const auto difference = rules::Compare(*a, *b);
  const auto text =
      context.json ? rules::DifferenceJson(difference) : rules::DifferenceText(difference, context.language);
  Print(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text);
  return difference.empty() ? kOk : kFindings;
}

int RulesCheckVersion(const Context& context, std::int64_t version) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto catalogue = CatalogueOf(*opened);
  const auto e = context.user.empty() ? router::Examine(*opened->store, version, catalogue)
                                      : router::CheckRuleSet(*opened->store, version, {context.user, ""}, catalogue);
  return e ? PrintExamination(context, *e) : Report(context, e.error());
}

int RulesActivate(const Context& context, std::int64_t version, const std::string& note, std::int64_t expected) {
  if (NoActor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto before = Expected(*opened->store, expected);
  if (!before) return Report(context, before.error());
  const auto e = router::ActivateRuleSet(*opened->store, version, {context.user, note}, *before, CatalogueOf(*opened));
  if (!e) return Report(context, e.error());
  const int code = PrintExamination(context, *e);
  if (context.json) return code;
  if (code == kOk) {
    Print(fmt::format("{} {}{} {}", context.Say("已启用第", "active: version"), version,
                      context.Say(" 版，之前是第", ", before it"), *before));
  } else {
    PrintErr(context.Say("没有启用，现行规则不变", "not activated; the active version stays"));
  }
  return code;
}

int RulesRollback(const Context& context, const std::string& note, std::int64_t expected) {
  if (NoActor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto before = Expected(*opened->store, expected);
  if (!before) return Report(context, before.error());
  const auto done = router::RollBackRuleSet(*opened->store, {context.user, note}, *before, CatalogueOf(*opened));
  if (!done) return Report(context, done.error());
  if (context.json) {
    PrintJson({{"from", done->from}, {"to", done->to}});
  } else {
    Print(fmt::format("{} {} → {}", context.Say("已退回：第", "rolled back: version"), done->from, done->to));
  }
  return kOk;
}

int RulesDiscard(const Context& context, std::int64_t version, const std::string& note) {
  if (NoActor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto done = opened->store->DiscardRuleSet(version, context.user, note); !done) {
    return Report(context, done.error());
  }
  if (context.json) {
    PrintJson({{"discarded", version}});
  } else {
    Print(fmt::format("{} {}", context.Say("已作废：第", "discarded: version"), version));
  }
  return kOk;
}

int RulesShadow(const Context& context, const std::string& what, const std::string& note) {
  if (NoActor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (what == "off") {
    if (const auto done = opened->store->SetShadow(0, context.user, note); !done) return Report(context, done.error());
    if (context.json) {
      PrintJson({{"shadow", 0}});
    } else {
      Print(context.Say("已停止影子试运行", "nothing runs in shadow now"));
    }
    return kOk;
  }
  const auto version = VersionFrom(what);
  if (version == 0) {
    PrintErr(context.Say("写版本号，或 off，或 report", "name a version, or off, or report"));
    return kUsage;
  }
  const auto e = router::ShadowRuleSet(*opened->store, version, {context.user, note}, CatalogueOf(*opened));
  if (!e) return Report(context, e.error());
  const int code = PrintExamination(context, *e);
  if (!e->set || !e->catalogue.empty()) return code;
  if (!context.json) Print(fmt::format("{} {}", context.Say("影子试运行：第", "in shadow: version"), version));
  return kOk;
}

}  // namespace minsheng::cli
