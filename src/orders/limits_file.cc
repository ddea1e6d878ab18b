// SPDX-License-Identifier: Apache-2.0
// Format of config/limits.json (docs/deadlines.md):
//   {"day_ends": "midnight"|"closing", "days_off_move_the_end"?: bool,
//    "working_hours": {"hours": ["08:30-12:00", ..], "seasons"?: [{"from": "06-01", "to": "09-30", "hours": [..]}]},
//    "limits": [{"id", "name"?, "note"?, "profile"?, "urgency"?, "topic"?, "type"?: a word or a list of words,
//      "sign", "contact", "answer", "return": {"within": "7wd", "yellow": "2wd", "red": "due",
//                                               "extension"?: "7wd", "extensions"?: 1}}]}
#include <fmt/format.h>

#include <algorithm>

#include "src/orders/limits_impl.h"

namespace minsheng::orders {
namespace {

constexpr int kMostExtensions = 9;

// Minutes that a period lasts, for comparing periods of one unit.
bool SameUnitOrDue(const Period& a, const Period& b) { return a.amount == 0 || b.amount == 0 || a.unit == b.unit; }
int Signed(const Warning& w) { return w.after ? w.period.amount : -w.period.amount; }

class LimitsReader {
 public:
  LimitsReader(std::string_view json, const std::vector<std::string>& topics, std::vector<std::string>* problems)
      : file_("limits.json", json, problems), topics_(topics) {}

  LimitsFile Read() {
    JsonObject root(&file_, file_.root(), {"day_ends", "days_off_move_the_end", "working_hours", "limits"});
    if (!file_.readable()) return {};
    const std::string ends = root.Text("day_ends", true);
    out_.day_rules.ends_at_closing = ends == "closing";
    if (!ends.empty() && ends != "closing" && ends != "midnight") {
      root.Problem("day_ends", "应为 midnight 或 closing", "must be midnight or closing");
    }
    out_.day_rules.days_off_move_the_end = root.Bool("days_off_move_the_end", true);
    if (const JsonValue* hours = root.Find("working_hours")) {
      ReadWorkingHours(*hours);
    } else {
      root.Problem("working_hours", "缺少 working_hours", "working_hours is missing");
    }
    const auto rows = root.Array("limits", true);
    if (rows.empty()) root.Problem("limits", "一行时限也没有", "there is no limit");
    for (const JsonValue* row : rows) ReadRow(*row);
    return std::move(out_);
  }

 private:
  void ReadWorkingHours(const JsonValue& value) {
    JsonObject object(&file_, value, {"hours", "seasons"});
    if (!object.usable()) return;
    out_.day_rules.hours = ReadHours(object);
    for (const JsonValue* item : object.Array("seasons", false)) {
      JsonObject season(&file_, *item, {"from", "to", "hours"});
      if (!season.usable()) continue;
      out_.day_rules.seasons.push_back({ReadMonthDay(season, "from"), ReadMonthDay(season, "to"), ReadHours(season)});
    }
  }

  std::vector<WorkingTime> ReadHours(JsonObject& object) {
    std::vector<WorkingTime> out;
    const auto texts = object.Texts("hours");
    if (object.Find("hours") == nullptr) object.Problem("hours", "缺少 hours", "hours is missing");
    for (const JsonValue* text : texts) {
      const std::string_view s = text->string;
      const auto begin = ParseTimeOfDay(s.substr(0, 5));
      const auto end = s.size() == 11 && s[5] == '-' ? ParseTimeOfDay(s.substr(6)) : std::nullopt;
      if (!begin || !end || *end <= *begin || (!out.empty() && *begin < out.back().end)) {
        file_.Problem(*text, fmt::format("“{}”应写作 08:30-12:00，先后排列，不重叠", s),
                      fmt::format("'{}' must be like 08:30-12:00, in order and without overlap", s));
        continue;
      }
      out.push_back({*begin, *end});
    }
    return out;
  }

  // "06-01"; 29 February is a date too.
  std::chrono::month_day ReadMonthDay(JsonObject& season, std::string_view key) {
    const std::string text = season.Text(key, true);
    const auto date = ParseDate("2000-" + text);
    if (!date && !text.empty()) season.Problem(key, "应写作 06-01", "must be a day such as 06-01");
    const std::chrono::year_month_day day{date.value_or(Date{})};
    return {day.month(), day.day()};
  }

  void ReadRow(const JsonValue& value) {
    JsonObject object(
        &file_, value,
        {"id", "name", "note", "profile", "urgency", "topic", "type", "sign", "contact", "answer", "return"});
    if (!object.usable()) return;
    LimitRow row;
    row.id = object.Text("id", true);
    row.name = object.Text("name", false);
    row.note = object.Text("note", false);
    const auto same = [&](const LimitRow& r) { return r.id == row.id; };
    if (std::any_of(out_.rows.begin(), out_.rows.end(), same)) {
      object.Problem("id", fmt::format("{} 重复", row.id), fmt::format("{} is there twice", row.id));
    }
    ReadWords(object, "profile", &ProfileFromWord, &row.profiles);
    ReadWords(object, "urgency", &UrgencyFromWord, &row.urgencies);
    ReadWords(object, "type", &RequestTypeFromWord, &row.types);
    for (const JsonValue* topic : object.Texts("topic")) ReadTopic(*topic, &row.topics);
    for (const Step step : kSteps) {
      if (const JsonValue* limit = object.Find(ToWord(step))) {
        row.steps[static_cast<std::size_t>(step)] = ReadLimit(*limit);
      } else {
        object.Problem("", fmt::format("{} 缺少 {}", row.id, ToWord(step)),
                       fmt::format("{} has no {}", row.id, ToWord(step)));
      }
    }
    out_.lines.push_back(file_.LineOf(value));
    out_.rows.push_back(std::move(row));
  }

  template <class T>
  void ReadWords(JsonObject& object, std::string_view key, std::optional<T> (*from_word)(std::string_view),
                 std::vector<T>* out) {
    for (const JsonValue* text : object.Texts(key)) {
      const auto value = from_word(text->string);
      if (value && std::find(out->begin(), out->end(), *value) == out->end()) {
        out->push_back(*value);
      } else {
        file_.Problem(*text, fmt::format("{} 没有“{}”这个值，或写了两次", key, text->string),
                      fmt::format("{} has no '{}', or it stands there twice", key, text->string));
      }
    }
  }

  void ReadTopic(const JsonValue& text, std::vector<std::string>* out) {
    const std::string& stated = text.string;
    const auto below = [&](const std::string& t) {
      return t.starts_with(stated) && (t.size() == stated.size() || t[stated.size()] == '.');
    };
    if (std::none_of(topics_.begin(), topics_.end(), below)) {
      file_.Problem(text, fmt::format("没有事项 {}", stated),
                    fmt::format("{} is neither a topic nor a category", stated));
    }
    out->push_back(stated);
  }

  Limit ReadLimit(const JsonValue& value) {
    JsonObject object(&file_, value, {"within", "yellow", "red", "extension", "extensions"});
    Limit limit;
    if (!object.usable()) return limit;
    limit.within = ReadPeriod(object, "within", true);
    limit.yellow = ReadWarning(object, "yellow");
    limit.red = ReadWarning(object, "red");
    limit.extension = ReadPeriod(object, "extension", false);
    limit.extensions = object.Int("extensions", 1, kMostExtensions, limit.extension.amount > 0 ? 1 : 0);
    if (object.Find("extensions") != nullptr && object.Find("extension") == nullptr) {
      object.Problem("extensions", "要先写 extension", "needs extension beside it");
    }
    CheckWarnings(object, limit);
    return limit;
  }

  void CheckWarnings(JsonObject& object, const Limit& limit) {
    if (SameUnitOrDue(limit.yellow.period, limit.red.period) && Signed(limit.yellow) > Signed(limit.red)) {
      object.Problem("yellow", "黄牌不能晚于红牌", "the yellow warning must not come after the red one");
    }
    const auto too_early = [&](const Warning& w) {
      return !w.after && w.period.unit == limit.within.unit && w.period.amount >= limit.within.amount;
    };
    for (const auto& [key, warning] : {std::pair{"yellow", limit.yellow}, std::pair{"red", limit.red}}) {
      if (warning.period.amount == 0 || !too_early(warning)) continue;
      object.Problem(key, fmt::format("{} 提前量不能等于或超过时限本身", key),
                     fmt::format("{} would come before the time has begun", key));
    }
  }

  Period ReadPeriod(JsonObject& object, std::string_view key, bool required) {
    const std::string text = object.Text(key, required);
    if (text.empty()) return {};
    const auto period = ParsePeriod(text);
    if (period && period->amount > 0) return *period;
    object.Problem(key, fmt::format("“{}”应写作 30m、2h、4wh、3d 或 5wd", text),
                   fmt::format("'{}' must be like 30m, 2h, 4wh, 3d or 5wd", text));
    return {1, PeriodUnit::kWorkingDays};
  }

  Warning ReadWarning(JsonObject& object, std::string_view key) {
    std::string text = object.Text(key, true);
    if (text.empty() || text == "due") return {};
    constexpr std::string_view kAfter = " after";
    Warning out;
    out.after = text.ends_with(kAfter);
    if (out.after) text.resize(text.size() - kAfter.size());
    const auto period = ParsePeriod(text);
    if (!period || period->amount == 0) {
      object.Problem(key, fmt::format("“{}”应写作 due、2wd 或 1wd after", text),
                     fmt::format("'{}' must be like due, 2wd or 1wd after", text));
      return {};
    }
    out.period = *period;
    return out;
  }

  JsonFile file_;
  const std::vector<std::string>& topics_;
  LimitsFile out_;
};

}  // namespace

LimitsFile ReadLimitsFile(std::string_view json, const std::vector<std::string>& topics,
                          std::vector<std::string>* problems) {
  return LimitsReader(json, topics, problems).Read();
}

}  // namespace minsheng::orders
