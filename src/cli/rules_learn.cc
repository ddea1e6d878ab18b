// SPDX-License-Identifier: Apache-2.0
#include "src/cli/rules_learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/base/replace_file.h"
#include "src/rules/labelled.h"
#include "src/rules/learn_score.h"

namespace minsheng::cli {
namespace {

using LearnJson = nlohmann::ordered_json;

constexpr std::size_t kShownProblems = 20;
// A term of fewer texts is chance, a name or a place; measured best on 2,500 texts were 20 to 40.
constexpr std::size_t kLeastTexts = 8;
constexpr std::size_t kTextsPerTerm = 60;
constexpr int kPage = 200;  // requests read from the store at once

struct LearnInput {
  std::vector<rules::SourceFile> files;
  std::vector<rules::LabelledText> texts;
  std::size_t skipped = 0;
};

int Usage(const Context& context, std::string_view zh, std::string_view en) {
  PrintErr(context.Say(zh, en));
  return kUsage;
}

// Corrections of operators are certain; what was dispatched and not corrected is the rules' own opinion.
Result<void> FromStore(const Context& context, std::vector<rules::LabelledText>* texts) {
  auto opened = OpenStore(context);
  if (!opened) return Fail(opened.error());
  std::string cursor;
  for (bool more = true; more;) {
    const auto rows = opened->store->ListRequests("", cursor, kPage);
    if (!rows) return Fail(rows.error());
    more = rows->size() == kPage;
    for (const auto& row : *rows) {
      cursor = row.id;
      const bool corrected = !row.corrected_topic.empty();
      if (!corrected && (!row.verdict || row.verdict->topic.empty() || row.order_number.empty())) continue;
      const auto whole = opened->store->GetRequest(row.id);
      if (!whole) return Fail(whole.error());
      rules::LabelledText t;
      t.id = row.id;
      for (const auto& m : whole->messages) t.text += (t.text.empty() ? "" : "\n") + m.text;
      t.labels = {corrected ? row.corrected_topic : row.verdict->topic};
      t.uncertain = !corrected;
      if (!t.text.empty()) texts->push_back(std::move(t));
    }
  }
  return {};
}

// Reads everything that was named; kOk, or the exit code.
int ReadInput(const Context& context, const std::string& folder, const LearnArgs& args, LearnInput* input) {
  if (folder.empty()) {
    return Usage(context, "请用 --rules 指定规则目录：结果写在那里",
                 "name the folder of rules by --rules: the result goes there");
  }
  if (args.in.empty() && !args.from_store) {
    return Usage(context, "请用 --in 指定带标签的诉求，或用 --from-store 取自数据库",
                 "name labelled requests by --in, or take them --from-store");
  }
  auto files = rules::ReadFolder(folder);
  if (!files) return Report(context, files.error());
  input->files = std::move(*files);
  rules::LabelReading reading;
  reading.label_field = args.label_field;
  reading.accepted_field = args.accepted_field;
  for (const std::string& option : args.map) {
    if (const auto added = AddMeaning(option, &reading); !added)
      return Usage(context, added.error().what, added.error().what);
  }
  std::vector<std::string> problems;
  for (const std::string& name : args.in) {
    std::ifstream file;
    if (name != "-") file.open(name, std::ios::binary);
    if (name != "-" && (!file || std::filesystem::is_directory(name))) {
      return Report(context,
                    {ErrorKind::kNotFound, fmt::format("{}: {}", name, context.Say("读不了", "cannot be read"))});
    }
    const std::string content(std::istreambuf_iterator<char>(name == "-" ? std::cin : file), {});
    auto read = rules::ReadLabelled(content, name, reading);
    input->skipped += read.skipped;
    problems.insert(problems.end(), read.problems.begin(), read.problems.end());
    std::move(read.texts.begin(), read.texts.end(), std::back_inserter(input->texts));
  }
  for (std::size_t i = 0; i < problems.size() && i < kShownProblems; ++i) PrintErr(problems[i]);
  if (!problems.empty()) {
    PrintErr(
        fmt::format("{} {}", problems.size(), context.Say("行有问题，什么也没有学", "bad lines; nothing was learned")));
    return kFindings;
  }
  if (args.from_store) {
    if (const auto read = FromStore(context, &input->texts); !read) return ReportStart(context, read.error());
  }
  return kOk;
}

double Share(std::size_t part, std::size_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

LearnJson ScoreJson(const rules::Score& s) {
  LearnJson j{{"texts", s.texts},
              {"strict", s.strict},
              {"accepted", s.accepted},
              {"triage", s.triage},
              {"decided_accepted", s.decided_accepted},
              {"macro_f1", s.MacroF1()}};
  if (s.topics > 0) j["topics"] = {{"texts", s.topics}, {"right", s.topics_right}};
  for (const auto& [id, c] : s.classes) j["categories"][id] = {{"hits", c.hits}, {"found", c.found}, {"gold", c.gold}};
  return j;
}

std::string Percent(double share) { return fmt::format("{:5.1f} %", 100 * share); }

// One row of the table: the figure of each column.
template <class F>
void PrintRow(std::string_view name, const std::vector<rules::Score>& columns, F figure) {
  std::string line = fmt::format("  {:<44}", name);
  for (const auto& s : columns) line += fmt::format(" {:>12}", figure(s));
  Print(line);
}

void PrintScores(const Context& context, const std::vector<rules::Score>& columns) {
  const auto rows = std::vector<std::pair<std::string_view, double (*)(const rules::Score&)>>{
      {context.Say("类别正确", "same category as the label"),
       [](const rules::Score& s) { return Share(s.strict, s.texts); }},
      {context.Say("也算可接受的类别", "an acceptable category"),
       [](const rules::Score& s) { return Share(s.accepted, s.texts); }},
      {context.Say("进入待研判", "in triage"), [](const rules::Score& s) { return Share(s.triage, s.texts); }},
      {context.Say("其余中可接受的", "acceptable among the others"),
       [](const rules::Score& s) { return Share(s.decided_accepted, s.texts - s.triage); }}};
  for (const auto& [name, figure] : rows)
    PrintRow(name, columns, [f = figure](const rules::Score& s) { return Percent(f(s)); });
  PrintRow(context.Say("各类 F1 的平均", "macro F1"), columns,
           [](const rules::Score& s) { return fmt::format("{:.3f}", s.MacroF1()); });
  for (const auto& [id, unused] : columns.back().classes) {
    PrintRow("  F1 " + id, columns, [&id = id](const rules::Score& s) {
      const auto it = s.classes.find(id);
      return it == s.classes.end() ? std::string("-") : fmt::format("{:.3f}", it->second.F1());
    });
  }
}

void PrintReliability(const Context& context, const std::vector<rules::Outcome>& outcomes,
                      const rules::Calibration* fit) {
  std::vector<double> sure;
  std::vector<bool> right;
  for (const auto& o : outcomes) {
    if (o.found.empty()) continue;
    sure.push_back(fit != nullptr && !o.decisive ? fit->Confidence(o.figures) : o.confidence);
    right.push_back(o.accepted);
  }
  const auto rows = rules::Reliability(sure, right);
  Print(fmt::format("  {:<16} {:>8} {:>12} {:>12}", context.Say("把握", "confidence"), context.Say("条数", "n"),
                    context.Say("应对", "promised"), context.Say("实对", "right")));
  for (const auto& r : rows) {
    Print(fmt::format("  {:.2f} - {:.2f}      {:>8} {:>12} {:>12}", r.from, r.to, r.cases, Percent(r.promised),
                      Percent(Share(r.right, r.cases))));
  }
  Print(fmt::format("  {}{:.3f}", context.Say("平均差距 ", "mean gap "), rules::MeanGap(rows)));
}

int Write(const Context& context, const std::string& path, std::string_view bytes) {
  if (const auto written = ReplaceFile(path, bytes); !written) return Report(context, written.error());
  if (!context.json) Print(fmt::format("{} {}", context.Say("已写入", "written"), path));
  return kOk;
}

// A lexicon in the folder of the rules must leave its golden cases passing.
int CheckGolden(const Context& context, const LearnInput& input, const rules::Lexicon& lexicon) {
  auto files = rules::WithLexicon(input.files, lexicon);
  for (const auto& f : input.files) {
    if (f.path.starts_with("golden/") || f.path.find("/golden/") != std::string::npos) files.push_back(f);
  }
  const auto compiled = rules::RuleSet::Compile(files);
  for (const auto& p : compiled.problems) {
    if (p.severity == rules::Severity::kError) PrintErr(rules::Format(p, context.language));
  }
  if (compiled.set) return kOk;
  PrintErr(
      context.Say("有了这份词典，上面的案例不再通过，所以没有写入；--terms 减少词数，或用 --out 写到别处再看",
                  "with this lexicon the cases above no longer pass, so nothing was written; take fewer --terms, or "
                  "write it elsewhere by --out and look"));
  return kFindings;
}

void PrintLexicon(const Context& context, const rules::Lexicon& lexicon) {
  for (const auto& [label, terms] : lexicon) {
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [term, weight] : terms) order.emplace_back(-weight, term);
    std::sort(order.begin(), order.end());
    std::string top;
    for (std::size_t i = 0; i < order.size() && i < 6; ++i)
      top += fmt::format(" {} {:+.2f}", order[i].second, -order[i].first);
    Print(fmt::format("  {:<18} {:>4} {}{}", label, terms.size(), context.Say("词：", "terms:"), top));
  }
}

}  // namespace

int RulesLearn(const Context& context, const std::string& folder, const LearnArgs& args) {
  LearnInput input;
  if (const int code = ReadInput(context, folder, args, &input); code != kOk) return code;
  rules::LearnOptions options;
  options.terms = static_cast<std::size_t>(args.terms);
  options.by_topic = args.by_topic;
  const auto lessons = rules::Prepare(input.files, input.texts, options);
  if (!lessons) return Report(context, lessons.error());
  options.pieces.min_texts = args.min_texts > 0 ? static_cast<std::size_t>(args.min_texts)
                                                : std::max(kLeastTexts, lessons->items.size() / kTextsPerTerm);
  const auto lexicon = rules::LearnLexicon(*lessons, options);
  if (!lexicon) return Report(context, lexicon.error());
  LearnJson report{{"texts", lessons->items.size()}, {"left_out", lessons->left_out}, {"skipped", input.skipped}};
  for (const auto& [label, terms] : *lexicon) report["terms"][label] = terms.size();
  if (!context.json) {
    Print(fmt::format("{} {}，{} {}，{} {}", context.Say("学习的诉求", "texts learned from:"), lessons->items.size(),
                      context.Say("大致标签未用", "uncertain and left out:"), lessons->left_out,
                      context.Say("跳过", "skipped:"), input.skipped));
    PrintLexicon(context, *lexicon);
  }
  if (!args.no_validation) {
    const auto validation = rules::CrossValidate(input.files, input.texts, *lessons, options, args.folds);
    if (!validation) return Report(context, validation.error());
    const std::vector<rules::Score> scores = {rules::ScoreOf(validation->rules), rules::ScoreOf(validation->lexicon)};
    report["cross_validation"] = {
        {"folds", args.folds}, {"rules", ScoreJson(scores[0])}, {"lexicon", ScoreJson(scores[1])}};
    if (!context.json) {
      Print(fmt::format("{}", context.Say("交叉验证：每条诉求由别的几份学出的词典研判；左列只用规则，右列加词典",
                                          "cross-validation: each text is judged with a lexicon of the other folds; "
                                          "left rules alone, right with it")));
      PrintScores(context, scores);
      PrintReliability(context, validation->lexicon, nullptr);
    }
  }
  const std::string path = args.out.empty() ? folder + "/lexicon.json" : args.out;
  if (!args.dry_run && args.out.empty()) {
    if (const int code = CheckGolden(context, input, *lexicon); code != kOk) return code;
  }
  if (!args.dry_run) {
    if (const int code = Write(context, path, rules::ToFile(*lexicon)); code != kOk) return code;
    report["written"] = path;
  }
  if (context.json) PrintJson(report);
  return kOk;
}

int RulesCalibrate(const Context& context, const std::string& folder, const LearnArgs& args) {
  LearnInput input;
  if (const int code = ReadInput(context, folder, args, &input); code != kOk) return code;
  std::vector<std::size_t> all(input.texts.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto outcomes = rules::Judge(input.files, input.texts, all);
  if (!outcomes) return Report(context, outcomes.error());
  const auto fit = rules::FitCalibration(rules::CasesOf(*outcomes));
  if (!fit) return Report(context, fit.error());
  if (context.json) {
    PrintJson({{"texts", outcomes->size()}, {"bias", fit->bias}, {"margin", fit->margin}, {"evidence", fit->evidence}});
  } else {
    PrintReliability(context, *outcomes, nullptr);
    Print(fmt::format("bias {:.2f} margin {:.2f} evidence {:.2f}", fit->bias, fit->margin, fit->evidence));
    PrintReliability(context, *outcomes, &*fit);
  }
  if (args.dry_run) return kOk;
  const std::string path = folder + "/settings.json";
  std::string settings = "{}";
  for (const auto& f : input.files) {
    if (f.path == "settings.json") settings = f.content;
  }
  const auto changed = rules::WithCalibration(settings, *fit);
  if (!changed) return Report(context, changed.error());
  return Write(context, path, *changed);
}

}  // namespace minsheng::cli
