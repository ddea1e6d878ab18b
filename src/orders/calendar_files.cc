// SPDX-License-Identifier: Apache-2.0
// Format of config/calendar/YEAR.json (docs/deadlines.md):
//   {"year": 2015, "notices": [{"id", "title"?, "issued"?, "known_from", "source"?, "note"?,
//     "days": [{"name", "name_en", "off"?: ["2015-02-18/2015-02-24", ..], "work"?: ["2015-02-15", ..]}]}]}
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/orders/calendar_impl.h"
#include "src/orders/config_json.h"

namespace minsheng::orders {
namespace {

using std::chrono::days;

// A notice about a year speaks of the days around New Year too, but not of other years.
constexpr days kReach{31};
constexpr days kLongestHoliday{31};

class YearReader {
 public:
  YearReader(const CalendarFile& file, Calendar::Impl* out, std::vector<std::string>* problems)
      : file_(file.name, file.content, problems), out_(*out) {}

  void Read() {
    JsonObject root(&file_, file_.root(), {"year", "notices"});
    if (!file_.readable()) return;
    if (root.Find("year") == nullptr) root.Problem("year", "缺少 year", "year is missing");
    year_ = root.Int("year", 1900, 2999, 0);
    const auto notices = root.Array("notices", true);
    if (notices.empty()) root.Problem("notices", "至少要有一份通知", "at least one notice is needed");
    if (year_ == 0 || notices.empty()) return;
    if (file_.name() != fmt::format("{}.json", year_)) {
      root.Problem("year", fmt::format("{} 年的文件应叫 {}.json", year_, year_),
                   fmt::format("the file of {} must be called {}.json", year_, year_));
    }
    for (const JsonValue* notice : notices) ReadNotice(*notice);
    if (!known_from_) return;
    if (!out_.years.emplace(year_, *known_from_).second) {
      root.Problem("year", fmt::format("{} 年已在另一个文件里", year_), fmt::format("another file has {} too", year_));
    }
  }

 private:
  void ReadNotice(const JsonValue& value) {
    JsonObject object(&file_, value, {"id", "title", "issued", "known_from", "source", "note", "days"});
    if (!object.usable()) return;
    Notice notice;
    notice.id = object.Text("id", true);
    notice.title = object.Text("title", false);
    notice.source = object.Text("source", false);
    notice.note = object.Text("note", false);
    notice.year = year_;
    const auto issued = ReadDate(object, "issued", false);
    const auto known_from = ReadDate(object, "known_from", true);
    const auto days_of = object.Array("days", true);
    if (!known_from) return;
    if (issued && *issued > *known_from) {
      object.Problem("known_from", "known_from 早于发文日期 issued", "known_from is before the day of issue");
    }
    const auto same_id = [&](const Notice& n) { return n.id == notice.id; };
    if (std::any_of(out_.notices.begin(), out_.notices.end(), same_id)) {
      object.Problem("id", fmt::format("通知 {} 重复", notice.id), fmt::format("notice {} is there twice", notice.id));
    }
    if (known_from_ && *known_from < *known_from_) {
      object.Problem("known_from", "通知应按先后排列", "notices must stand in the order in which they were known");
    }
    if (!known_from_) known_from_ = known_from;
    notice.known_from = *known_from;
    in_notice_.clear();
    for (const JsonValue* holiday : days_of) ReadHoliday(*holiday, notice);
    out_.notices.push_back(std::move(notice));
  }

  std::optional<Date> ReadDate(JsonObject& object, std::string_view key, bool required) {
    const std::string text = object.Text(key, required);
    const auto date = ParseDate(text);
    if (!date && !text.empty()) BadDate(*object.Find(key));
    return date;
  }

  void BadDate(const JsonValue& at) {
    file_.Problem(at, fmt::format("“{}”不是日期，应写作 2015-02-18", at.string),
                  fmt::format("'{}' is no date such as 2015-02-18", at.string));
  }

  void ReadHoliday(const JsonValue& value, const Notice& notice) {
    JsonObject object(&file_, value, {"name", "name_en", "off", "work"});
    if (!object.usable()) return;
    Announced announced;
    announced.known_from = notice.known_from;
    announced.notice = notice.id;
    announced.name = object.Text("name", true);
    announced.name_en = object.Text("name_en", true);
    const auto off = object.Texts("off");
    const auto work = object.Texts("work");
    if (object.Find("off") == nullptr && object.Find("work") == nullptr) {
      object.Problem("", "既没有 off 也没有 work", "has neither off nor work");
    }
    for (const JsonValue* text : off) ReadRange(*text, announced);
    announced.working = true;
    for (const JsonValue* text : work) ReadRange(*text, announced);
  }

  // "2015-02-18" or "2015-02-18/2015-02-24".
  void ReadRange(const JsonValue& at, const Announced& announced) {
    const std::string_view text = at.string;
    const auto slash = text.find('/');
    const auto first = ParseDate(text.substr(0, slash));
    const auto last = slash == std::string_view::npos ? first : ParseDate(text.substr(slash + 1));
    if (!first || !last) return BadDate(at);
    if (*last < *first || *last - *first > kLongestHoliday) {
      file_.Problem(at, "起止日期颠倒，或超过一个月", "ends before it begins, or is longer than a month");
      return;
    }
    if (*first < FirstOfYear(year_) - kReach || *last >= FirstOfYear(year_ + 1) + kReach) {
      file_.Problem(at, fmt::format("不属于 {} 年", year_), fmt::format("does not belong to {}", year_));
      return;
    }
    for (Date date = *first; date <= *last; date += days{1}) Announce(at, date, announced);
  }

  void Announce(const JsonValue& at, Date date, const Announced& announced) {
    const std::string day = DateText(date);
    if (!in_notice_.insert(date).second) {
      file_.Problem(at, fmt::format("{} 在同一份通知里出现两次", day), fmt::format("{} is in this notice twice", day));
      return;
    }
    auto& earlier = out_.announced[date];
    const auto same_day = [&](const Announced& a) { return a.known_from == announced.known_from; };
    if (std::any_of(earlier.begin(), earlier.end(), same_day)) {
      file_.Problem(at, fmt::format("同一天得知的另一份通知也提到 {}，不知以哪份为准", day),
                    fmt::format("another notice known on the same day speaks of {}: which one holds?", day));
      return;
    }
    const auto place = std::find_if(earlier.begin(), earlier.end(),
                                    [&](const Announced& a) { return a.known_from > announced.known_from; });
    const bool was_working = place == earlier.begin() ? !IsWeekend(date) : std::prev(place)->working;
    if (announced.working && was_working) {
      file_.Problem(at, fmt::format("{}（{}）本来就上班", day, WeekdayName(date, false)),
                    fmt::format("{} ({}) is a working day already", day, WeekdayName(date, true)));
      return;
    }
    earlier.insert(place, announced);
  }

  JsonFile file_;
  Calendar::Impl& out_;
  int year_ = 0;
  std::optional<Date> known_from_;  // of the first notice
  std::set<Date> in_notice_;
};

}  // namespace

std::unique_ptr<Calendar::Impl> ReadCalendarFiles(const std::vector<CalendarFile>& files,
                                                  std::vector<std::string>* problems) {
  auto impl = std::make_unique<Calendar::Impl>();
  for (const CalendarFile& file : files) YearReader(file, impl.get(), problems).Read();
  if (files.empty()) {
    problems->push_back("calendar: 没有任何年份的文件 / there is no file of any year");
  }
  if (problems->empty()) {
    for (int year = impl->years.begin()->first; year < impl->years.rbegin()->first; ++year) {
      if (impl->years.contains(year)) continue;
      problems->push_back(
          fmt::format("{}.json: 缺少 {} 年：前后各年都有 / {} is missing between other years", year, year, year));
    }
  }
  std::stable_sort(impl->notices.begin(), impl->notices.end(),
                   [](const Notice& a, const Notice& b) { return a.known_from < b.known_from; });
  return impl;
}

}  // namespace minsheng::orders
