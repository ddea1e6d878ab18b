// SPDX-License-Identifier: Apache-2.0
// minsheng limits show|count
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/orders/deadlines.h"

namespace minsheng::cli {
namespace {

using LimitJson = nlohmann::ordered_json;

constexpr std::string_view kTypeWords[] = {"consultation", "help", "complaint", "report", "suggestion", "praise"};

struct LimitsAndTopics {
  AppConfig config;
  std::shared_ptr<const orders::Limits> limits;
  std::vector<std::string> topics;
};

Result<LimitsAndTopics> LoadAll(const Context& context) {
  auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return Fail(config.error());
  const auto files = RuleFiles(*config);
  if (!files) return Fail(files.error());
  const auto compiled = rules::RuleSet::Compile(*files);
  if (!compiled.set) {
    return MakeError(ErrorKind::kInvalid, std::string(context.Say("规则有错：运行 minsheng rules check",
                                                                  "the rules have errors: run minsheng rules check")));
  }
  auto limits = LoadLimits(*config, *compiled.set);
  if (!limits) return Fail(limits.error());
  LimitsAndTopics out{std::move(*config), std::move(*limits), {}};
  for (const auto& topic : compiled.set->topics()) out.topics.push_back(topic.id);
  return out;
}

bool IsBelow(std::string_view topic, std::string_view category) {
  return topic.starts_with(category) && (topic.size() == category.size() || topic[category.size()] == '.');
}

// False after telling which word is wrong.
bool WordsAreGood(const Context& context, const LimitsArgs& args, const std::vector<std::string>& topics) {
  const auto bad = [&](std::string_view option, const std::string& word) {
    PrintErr(fmt::format("{} {}: {}", option, word, context.Say("没有这个值", "no such value")));
    return false;
  };
  if (!args.type.empty() && !RequestTypeFromWord(args.type)) return bad("--type", args.type);
  if (!args.urgency.empty() && !UrgencyFromWord(args.urgency)) return bad("--urgency", args.urgency);
  if (!args.profile.empty() && !orders::ProfileFromWord(args.profile)) return bad("--profile", args.profile);
  const auto below = [&](const std::string& t) { return IsBelow(t, args.topic); };
  if (!args.topic.empty() && std::none_of(topics.begin(), topics.end(), below)) return bad("--topic", args.topic);
  return true;
}

orders::Matter MatterOf(const std::string& type, const std::string& topic, std::string_view urgency,
                        std::string_view profile) {
  return {RequestTypeFromWord(type), topic, UrgencyFromWord(urgency).value_or(Urgency::kNormal),
          orders::ProfileFromWord(profile).value_or(orders::Profile::kNormal)};
}

// Rows that decide for some matter that fits; an empty word fits all.
std::vector<const orders::LimitRow*> DecidingRows(const LimitsAndTopics& all, const LimitsArgs& args) {
  const auto words = [](const std::string& word, std::vector<std::string> every) {
    return word.empty() ? std::move(every) : std::vector<std::string>{word};
  };
  std::vector<std::string> every_type(std::begin(kTypeWords), std::end(kTypeWords));
  every_type.emplace_back();
  std::vector<const orders::LimitRow*> out;
  for (const auto& topic : all.topics) {
    if (!args.topic.empty() && !IsBelow(topic, args.topic)) continue;
    for (const auto& type : words(args.type, every_type)) {
      for (const auto& urgency : words(args.urgency, {"normal", "urgent", "emergency"})) {
        for (const auto& profile : words(args.profile, {"normal", "emergency"})) {
          const auto* const row = all.limits->Find(MatterOf(type, topic, urgency, profile));
          if (row != nullptr && std::find(out.begin(), out.end(), row) == out.end()) out.push_back(row);
        }
      }
    }
  }
  std::sort(out.begin(), out.end());  // all are elements of one vector: the order of the file
  return out;
}

template <class T, class F>
std::vector<std::string> WordList(const std::vector<T>& values, F to_word) {
  std::vector<std::string> out;
  for (const auto& value : values) out.emplace_back(to_word(value));
  return out;
}

LimitJson RowJson(const orders::LimitRow& row) {
  LimitJson j{{"id", row.id},
              {"name", row.name},
              {"note", row.note},
              {"profile", WordList(row.profiles, [](auto p) { return orders::ToWord(p); })},
              {"urgency", WordList(row.urgencies, [](auto u) { return ToWord(u); })},
              {"topic", row.topics},
              {"type", WordList(row.types, [](auto t) { return ToWord(t); })}};
  for (const auto step : orders::kSteps) {
    const auto& limit = row.Of(step);
    LimitJson s{{"within", ToText(limit.within)}, {"yellow", ToText(limit.yellow)}, {"red", ToText(limit.red)}};
    if (limit.extensions > 0) s.update({{"extension", ToText(limit.extension)}, {"extensions", limit.extensions}});
    j[std::string(ToWord(step))] = std::move(s);
  }
  return j;
}

void PrintRow(const Context& context, const orders::LimitRow& row) {
  const bool english = context.language == "en";
  Print(fmt::format("{}  {}{}{}", row.id, row.name, row.note.empty() ? "" : "  ", row.note));
  const auto condition = [&](std::string_view name, const std::vector<std::string>& words) {
    if (!words.empty()) Print(fmt::format("  {}: {}", name, fmt::join(words, " ")));
  };
  const auto profile = [&](auto p) {
    return english ? orders::ToWord(p) : p == orders::Profile::kNormal ? "平时" : "应急";
  };
  condition(context.Say("时期", "profile"), WordList(row.profiles, profile));
  condition(context.Say("紧急程度", "urgency"),
            WordList(row.urgencies, [&](auto u) { return english ? ToWord(u) : ToChinese(u); }));
  condition(context.Say("事项", "topic"), row.topics);
  condition(context.Say("类型", "type"),
            WordList(row.types, [&](auto t) { return english ? ToWord(t) : ToChinese(t); }));
  for (const auto step : orders::kSteps) {
    const auto& limit = row.Of(step);
    Print(fmt::format("  {}  {}  {} {}  {} {}{}", Name(step, english), Name(limit.within, english),
                      context.Say("黄", "yellow"), Name(limit.yellow, english), context.Say("红", "red"),
                      Name(limit.red, english),
                      limit.extensions == 0 ? ""
                                            : fmt::format("  {} {}×{}", context.Say("可延长", "extension"),
                                                          limit.extensions, Name(limit.extension, english))));
  }
}

LimitJson DeadlineJson(orders::Step step, const orders::Deadline& d, bool english) {
  return {{"step", ToWord(step)},
          {"within", ToText(d.counted)},
          {"due", orders::EndText(d.due)},
          {"due_at", IsoUtc(d.due)},
          {"yellow_at", IsoUtc(d.yellow)},
          {"red_at", IsoUtc(d.red)},
          {"explanation", Explain(d, english)}};
}

}  // namespace

int LimitsShow(const Context& context, const LimitsArgs& args) {
  const auto all = LoadAll(context);
  if (!all) return ReportStart(context, all.error());
  if (!WordsAreGood(context, args, all->topics)) return kUsage;
  for (const auto* const row : DecidingRows(*all, args)) {
    if (context.json) {
      PrintJson(RowJson(*row));
    } else {
      PrintRow(context, *row);
    }
  }
  return kOk;
}

int LimitsCount(const Context& context, const LimitsArgs& args) {
  const bool english = context.language == "en";
  const auto opened = orders::ParseTime(args.opened);
  const auto known_on = orders::ParseDate(args.known_on);
  if (!opened || (!args.known_on.empty() && !known_on)) {
    PrintErr(fmt::format("{}: {}", opened ? "--as-known-on " + args.known_on : "--opened " + args.opened,
                         context.Say("时间应写作 \"2015-02-13 16:30\"，日期写作 2015-02-13",
                                     "a time must be like \"2015-02-13 16:30\", a date like 2015-02-13")));
    return kUsage;
  }
  const auto all = LoadAll(context);
  if (!all) return ReportStart(context, all.error());
  if (!WordsAreGood(context, args, all->topics)) return kUsage;
  const auto calendar = LoadCalendar(all->config);
  if (!calendar) return ReportStart(context, calendar.error());
  const auto* const row = all->limits->Find(MatterOf(args.type, args.topic, args.urgency, args.profile));
  if (row == nullptr) return Report(context, {ErrorKind::kNotFound, args.topic});
  const orders::Counting counting{**calendar, all->limits->day_rules(),
                                  known_on.value_or(orders::Calendar::kEverything)};
  LimitJson j{
      {"limit", row->id}, {"name", row->name}, {"opened_at", IsoUtc(*opened)}, {"deadlines", LimitJson::array()}};
  std::vector<std::string> lines;
  for (const auto step : orders::kSteps) {
    const auto d = ComputeDeadline(*opened, row->Of(step), counting);
    if (!d) return Report(context, d.error());
    j["deadlines"].push_back(DeadlineJson(step, *d, english));
    lines.push_back(fmt::format("{}  {}  {} {}  {} {}  {} {}", Name(step, english), Name(d->counted, english),
                                context.Say("期限", "due"), orders::EndText(d->due), context.Say("黄", "yellow"),
                                orders::EndText(d->yellow), context.Say("红", "red"), orders::EndText(d->red)));
    lines.push_back("  " + Explain(*d, english));
  }
  if (context.json) {
    PrintJson(j);
    return kOk;
  }
  Print(fmt::format("{} {}  {}", context.Say("时限", "limit"), row->id, row->name));
  for (const auto& line : lines) Print(line);
  return kOk;
}

}  // namespace minsheng::cli
