// SPDX-License-Identifier: Apache-2.0
// minsheng incidents try: the grouping over a file of JSON lines, with neither Redis nor database.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "src/cli/cli.h"
#include "src/incidents/grouper.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Tried {
  std::string id;
  std::string text;
  Time at{};
  incidents::Request request;
};

// "2015-08-10 22:03:00", also with slashes, one-digit months or without seconds, in Asia/Shanghai;
// or milliseconds since 1970.
std::optional<Time> TimeOf(const Json& value) {
  if (value.is_number_integer()) return FromMs(value.get<std::int64_t>());
  if (!value.is_string()) return std::nullopt;
  const auto text = value.get<std::string>();
  int parts[6] = {0, 1, 1, 0, 0, 0};
  std::size_t n = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && n < 6) {
    const auto read = std::from_chars(at, end, parts[n]);
    if (read.ec != std::errc()) return std::nullopt;
    ++n;
    for (at = read.ptr; at < end && (*at < '0' || *at > '9');) ++at;
  }
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const auto date = year(parts[0]) / month(static_cast<unsigned>(parts[1])) / day(static_cast<unsigned>(parts[2]));
  if (n < 3 || !date.ok()) return std::nullopt;
  constexpr std::chrono::hours kShanghai{8};
  return Time{std::chrono::sys_days(date)} + std::chrono::hours(parts[3]) + std::chrono::minutes(parts[4]) +
         std::chrono::seconds(parts[5]) - kShanghai;
}

Result<std::vector<Tried>> ReadRequests(const std::string& path, const rules::RuleSet& rules) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : file;
  if (!in) return MakeError(ErrorKind::kNotFound, path + ": 读不到文件 / cannot read the file");
  std::vector<Tried> all;
  rules::RuleSet::Scratch scratch;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (text::Trim(line).empty()) continue;
    const auto j = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const auto word = [&](const char* key) {
      return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : std::string();
    };
    const auto at = j.is_object() && j.contains("time") ? TimeOf(j["time"]) : std::nullopt;
    if (!at || word("text").empty()) {
      return MakeError(
          ErrorKind::kInvalid,
          fmt::format("{}:{}: 每行应是 {{\"text\": …, \"time\": \"2015-08-10 22:03\"}} / each line must be "
                      "{{\"text\": ..., \"time\": \"2015-08-10 22:03\"}}",
                      path, number));
    }
    Tried t{word("id"), text::Repair(word("title") + "\n" + word("text")), *at, {}};
    if (t.id.empty()) t.id = std::to_string(number);
    const auto hint = word("place_hint");
    const auto channel = word("channel");
    const rules::Input input{
        t.text, channel, "12345", hint, std::nullopt, ShanghaiHour(*at), rules::IsSpokenChannel(channel)};
    const auto verdict = rules.Classify(input, scratch);
    t.request.at = *at;
    t.request.topic = verdict.topic;
    t.request.tags = verdict.tags;
    if (verdict.place) t.request.places = rules.PlaceChain(verdict.place->id);
    t.request.caller = incidents::HashOf(word("sender").empty() ? "request " + t.id : word("sender"));
    t.request.request_id = t.id;
    t.request.features = incidents::FeaturesOf(t.text, hint);
    all.push_back(std::move(t));
  }
  // Files are seldom in order of time; what arrives is.
  std::stable_sort(all.begin(), all.end(), [](const Tried& a, const Tried& b) { return a.at < b.at; });
  return all;
}

}  // namespace

int IncidentsTry(const Context& context, const std::string& path, int limit) {
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return ReportStart(context, config.error());
  const auto files = RuleFiles(*config);
  if (!files) return ReportStart(context, files.error());
  const auto compiled = rules::RuleSet::Compile(*files);
  if (!compiled.set) {
    return ReportStart(
        context, {ErrorKind::kInvalid,
                  compiled.problems.empty() ? "rules" : rules::Format(compiled.problems.front(), context.language)});
  }
  auto requests = ReadRequests(path, *compiled.set);
  if (!requests) return Report(context, requests.error());
  incidents::Grouper grouper(config->incidents);
  std::map<std::int64_t, std::string> incident_of;
  std::map<std::string, store::IncidentRow> rows;
  std::map<std::string, int> alarms;
  std::int64_t seq = 0;
  for (auto& t : *requests) {
    t.request.seq = ++seq;
    grouper.Add(std::move(t.request));
    const auto step = grouper.Take();
    for (const auto& [from, to] : step.moved) {
      for (auto& [s, incident] : incident_of) {
        if (incident == from) incident = to;
      }
    }
    for (const auto& link : step.links) incident_of[link.seq] = link.incident_id;
    for (const auto& row : step.incidents) rows[row.id] = row;
    for (const auto& alarm : step.alarms) alarms[alarm.incident_id] = alarm.level;
  }
  std::map<std::string, std::vector<const Tried*>> members;
  for (const auto& [s, incident] : incident_of) {
    if (!incident.empty()) members[incident].push_back(&(*requests)[static_cast<std::size_t>(s - 1)]);
  }
  std::vector<const store::IncidentRow*> found;
  std::size_t grouped = 0;
  for (const auto& [id, row] : rows) {
    if (row.state == "merged") continue;
    found.push_back(&row);
    grouped += members[id].size();
  }
  std::sort(found.begin(), found.end(), [](const auto* a, const auto* b) {
    return a->callers != b->callers ? a->callers > b->callers : a->id < b->id;
  });
  if (!context.json) {
    Print(fmt::format("{} {}，{} {}，{} {}", context.Say("诉求", "requests"), requests->size(),
                      context.Say("事件", "incidents"), found.size(), context.Say("其中诉求", "requests in them"),
                      grouped));
  }
  for (const auto* row : found) {
    if (limit-- <= 0) break;
    if (context.json) {
      Json j{{"incident", row->id},
             {"surge", row->surge},
             {"topic", row->topic},
             {"place", row->place},
             {"requests", row->requests},
             {"callers", row->callers},
             {"alarm", row->alarm},
             {"words", row->words},
             {"first_at", IsoUtc(row->first_at)},
             {"last_at", IsoUtc(row->last_at)}};
      for (const auto* t : members[row->id]) j["members"].push_back(t->id);
      PrintJson(j);
      continue;
    }
    Print(fmt::format("\n{}  {} {}  {} {}  {} – {}  {}", row->id, row->callers, context.Say("人", "callers"),
                      context.Say("告警", "alarm"), row->alarm, ShanghaiText(row->first_at), ShanghaiText(row->last_at),
                      TopicName(*compiled.set, row->topic)));
    std::string words;
    for (const auto& w : row->words) words += " " + w;
    Print(fmt::format("  {}{}", context.Say("共同用语：", "words:"), words));
    for (const auto* t : members[row->id]) Print("  - " + text::Truncate(OnOneLine(text::Redact(t->text)), 100));
  }
  return kOk;
}

}  // namespace minsheng::cli
