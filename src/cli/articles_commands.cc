// SPDX-License-Identifier: Apache-2.0
// minsheng articles list|show|import|export|publish|retire|confirm: the editors' side of the knowledge base.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/cli/articles_print.h"
#include "src/cli/cli.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

bool NoEditor(const Context& context) {
  if (!context.user.empty()) return false;
  PrintErr(context.Say("请用 --as 说明操作人", "say by --as who acts"));
  return true;
}

Result<std::string> ReadInput(const std::string& path) {
  std::ostringstream text;
  std::ifstream file(path, std::ios::binary);
  if (!file) return MakeError(ErrorKind::kNotFound, path + ": 读不到文件 / cannot read the file");
  text << file.rdbuf();
  return text.str();
}

void PrintProblems(const Context& context, const std::vector<knowledge::ArticleProblem>& problems) {
  for (const auto& p : problems) Print(fmt::format("    {}", context.Say(p.zh, p.en)));
}

Json ActJsonOf(const store::ArticleAct& act) {
  return {{"version", act.version}, {"act", act.act}, {"by", act.actor}, {"note", act.note}, {"at", IsoUtc(act.at)}};
}

std::string ActName(const Context& context, const std::string& act) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"seed", "随程序发布"}, {"import", "写入草稿"},
                                                                      {"publish", "发布"},    {"retire", "停用"},
                                                                      {"confirm", "复核"},    {"ask", "请单位复核"}};
  for (const auto& [word, zh] : kNames) {
    if (word == act) return std::string(context.Say(zh, word));
  }
  return act;
}

void PrintVersion(const Context& context, const store::ArticleRow& row, const store::ArticleVersion& v) {
  const auto& t = v.text;
  Print(fmt::format("{}  {}  {} {}  {}", t.id, t.title, context.Say("第", "version"), v.version,
                    ArticleState(context, row)));
  const auto line = [&](std::string_view zh, std::string_view en, const std::string& words) {
    if (!words.empty()) Print(fmt::format("  {}{}", context.Say(zh, en), words));
  };
  for (const auto& question : t.questions) line("问：", "asked: ", question);
  line("答：", "answer: ", t.answer);
  line("详细：", "details: ", t.details);
  line("事项：", "topic: ", t.topic);
  line("单位：", "unit: ", t.unit);
  line("责任人：", "owner: ", t.owner);
  if (!t.valid_from.empty() || !t.valid_to.empty())
    line("有效期：", "valid: ", fmt::format("{} – {}", t.valid_from, t.valid_to));
  line("依据：", "source: ", t.source);
  line("标签：", "tags: ", fmt::format("{}", fmt::join(t.tags, " ")));
  line("作者：", "author: ", fmt::format("{}  {}  {}", v.author, ShanghaiText(v.created_at), v.note));
  if (!v.approved_by.empty())
    line("发布：", "published by: ", fmt::format("{}  {}", v.approved_by, ShanghaiText(v.approved_at)));
}

// Runs one act of an editor and says what came of it.
template <class Act>
int EditorAct(const Context& context, const std::string& id, std::string_view zh, std::string_view en, Act act) {
  if (NoEditor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto& shelf = opened->store->Articles();
  if (const Result<void> done = act(shelf, *knowledge); !done) return Report(context, done.error());
  const auto row = shelf.Get(id);
  if (!row) return Report(context, row.error());
  if (context.json) {
    PrintJson(ArticleJson(*row, row->shown));
  } else {
    Print(fmt::format("{}: {} {} {}", id, context.Say(zh, en), context.Say("第", "version"),
                      row->published > 0 ? row->published : row->latest));
  }
  return kOk;
}

}  // namespace

std::string ArticleState(const Context& context, const store::ArticleRow& row) {
  std::string state(row.retired          ? context.Say("已停用", "retired")
                    : row.published == 0 ? context.Say("草稿", "draft")
                                         : context.Say("已发布", "published"));
  if (row.published > 0 && row.latest > row.published)
    state += fmt::format("{} {}", context.Say("，另有草稿第", ", draft"), row.latest);
  return state;
}

Json ArticleJson(const store::ArticleRow& row, const store::ArticleVersion& v) {
  const auto& t = v.text;
  return {{"id", row.id},
          {"number", row.number},
          {"state", row.state()},
          {"version", v.version},
          {"latest", row.latest},
          {"published", row.published},
          {"title", t.title},
          {"questions", t.questions},
          {"answer", t.answer},
          {"details", t.details},
          {"topic", t.topic},
          {"unit", t.unit},
          {"owner", t.owner},
          {"valid_from", t.valid_from},
          {"valid_to", t.valid_to},
          {"source", t.source},
          {"tags", t.tags},
          {"author", v.author},
          {"approved_by", v.approved_by}};
}

int ArticlesList(const Context& context, const store::ArticleFilter& filter) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto rows = opened->store->Articles().List(filter);
  if (!rows) return Report(context, rows.error());
  for (const auto& row : *rows) {
    if (context.json) {
      PrintJson(ArticleJson(row, row.shown));
    } else {
      Print(fmt::format("{}  {}  {}  {}", row.id, row.shown.text.title, ArticleState(context, row),
                        TopicName(*knowledge->rules, row.shown.text.topic)));
    }
  }
  if (rows->empty() && !context.json) Print(context.Say("没有符合条件的条目", "no such articles"));
  return kOk;
}

int ArticlesShow(const Context& context, const std::string& id, std::int64_t version) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto articles = LoadArticles(*opened->store); !articles) return ReportStart(context, articles.error());
  auto& shelf = opened->store->Articles();
  const auto row = shelf.Get(id);
  if (!row) return Report(context, row.error());
  const auto versions = shelf.Versions(id);
  if (!versions) return Report(context, versions.error());
  const auto wanted = version > 0 ? version : row->shown.version;
  const auto v = std::find_if(versions->begin(), versions->end(), [&](const auto& x) { return x.version == wanted; });
  if (v == versions->end())
    return Report(context, {ErrorKind::kNotFound,
                            fmt::format("{}: {} {}", id, context.Say("没有第", "there is no version"), wanted)});
  const auto acts = shelf.Acts(id);
  if (!acts) return Report(context, acts.error());
  if (context.json) {
    auto j = ArticleJson(*row, *v);
    for (const auto& act : *acts) j["acts"].push_back(ActJsonOf(act));
    PrintJson(j);
    return kOk;
  }
  PrintVersion(context, *row, *v);
  for (const auto& act : *acts) {
    Print(fmt::format("  {}  {} {} {}  {}", ShanghaiText(act.at), ActName(context, act.act), act.version,
                      OnOneLine(act.actor), OnOneLine(act.note)));
  }
  return kOk;
}

int ArticlesImport(const Context& context, const std::string& file, const std::string& note) {
  if (NoEditor(context)) return kUsage;
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto json = ReadInput(file);
  if (!json) return Report(context, json.error());
  const auto articles = knowledge::ReadArticleFile(*json, file);
  if (!articles) return Report(context, articles.error());
  const auto imported =
      knowledge::ImportArticles(opened->store->Articles(), *articles, SurroundingsOf(*knowledge), context.user, note);
  if (!imported) return Report(context, imported.error());
  for (const auto& one : *imported) {
    if (context.json) {
      PrintJson({{"id", one.id}, {"version", one.version}, {"fresh", one.fresh}, {"ready", one.problems.empty()}});
      continue;
    }
    Print(fmt::format("{}  {} {}{}", one.id, context.Say("第", "version"), one.version,
                      one.fresh ? context.Say("（草稿）", " (draft)") : context.Say("，内容没有变", ", nothing new")));
    PrintProblems(context, one.problems);
  }
  return kOk;
}

int ArticlesExport(const Context& context, const std::string& file, const std::vector<std::string>& ids) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  if (const auto articles = LoadArticles(*opened->store); !articles) return ReportStart(context, articles.error());
  const auto rows = opened->store->Articles().List({});
  if (!rows) return Report(context, rows.error());
  std::vector<store::ArticleText> texts;
  for (const auto& row : *rows) {
    const bool wanted = ids.empty() ? !row.retired : std::find(ids.begin(), ids.end(), row.id) != ids.end();
    if (wanted) texts.push_back(row.shown.text);
  }
  for (const auto& id : ids) {
    if (std::none_of(rows->begin(), rows->end(), [&](const auto& row) { return row.id == id; }))
      return Report(context, {ErrorKind::kNotFound, id + ": 没有这个条目 / there is no such article"});
  }
  const auto json = knowledge::WriteArticleFile(texts);
  if (file == "-") {
    Print(text::Trim(json));
    return kOk;
  }
  if (std::ifstream(file).good())
    return Report(context,
                  {ErrorKind::kConflict, file + ": 文件已存在，不覆盖 / the file exists and is not overwritten"});
  std::ofstream out(file, std::ios::binary);
  out << json;
  out.close();
  if (!out) return Report(context, {ErrorKind::kUnavailable, file + ": 写不进去 / cannot be written"});
  Print(fmt::format("{}: {} {}", file, texts.size(), context.Say("条", "articles")));
  return kOk;
}

int ArticlesPublish(const Context& context, const std::string& id, std::int64_t seen, const std::string& note) {
  return EditorAct(context, id, "已发布", "published,", [&](store::ArticleShelf& shelf, const auto& knowledge) {
    return knowledge::PublishArticle(shelf, id, seen, SurroundingsOf(knowledge), context.user, note);
  });
}

int ArticlesRetire(const Context& context, const std::string& id, const std::string& note) {
  return EditorAct(context, id, "已停用", "retired,",
                   [&](store::ArticleShelf& shelf, const auto&) { return shelf.Retire(id, context.user, note); });
}

int ArticlesConfirm(const Context& context, const std::string& id, const std::string& note) {
  return EditorAct(context, id, "已复核", "confirmed,",
                   [&](store::ArticleShelf& shelf, const auto&) { return shelf.Confirm(id, context.user, note); });
}

}  // namespace minsheng::cli
