// SPDX-License-Identifier: Apache-2.0
// Finding days and times in Chinese text: a day, then perhaps a part of the day and an hour.
#include "src/forms/times.h"

#include <algorithm>
#include <cmath>

#include "src/forms/days.h"

namespace minsheng::forms {
namespace {

using orders::Date;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::size_t kMostFinds = 64;

struct PartOfDay {
  std::u32string_view word;
  int from;  // minutes since midnight
  int to;
  int add;  // to an hour below 12 that follows: 下午3点 is 15:00
};
constexpr PartOfDay kParts[] = {
    {U"凌晨", 0, 360, 0},      {U"清晨", 300, 480, 0},    {U"早晨", 360, 540, 0},    {U"早上", 360, 540, 0},
    {U"上午", 480, 720, 0},    {U"中午", 660, 840, 12},   {U"午后", 720, 960, 12},   {U"下午", 720, 1080, 12},
    {U"傍晚", 1020, 1140, 12}, {U"晚上", 1080, 1440, 12}, {U"晚间", 1080, 1440, 12}, {U"夜里", 1080, 1440, 12},
    {U"夜间", 1080, 1440, 12}, {U"深夜", 1320, 1440, 12}, {U"早", 360, 540, 0},      {U"晨", 300, 540, 0},
    {U"晚", 1080, 1440, 12},   {U"夜", 1080, 1440, 12},
};

class WhenFinder {
 public:
  WhenFinder(const Reading& r, const TimeContext& context)
      : r_(r), context_(context), today_(orders::ShanghaiDay(context.now)) {}

  std::vector<FoundWhen> Run(bool answer) {
    std::vector<FoundWhen> found;
    for (std::size_t i = 0; i < r_.size() && found.size() < kMostFinds;) {
      auto one = FindAt(i);
      if (!one && answer) one = TimeAlone(i);
      if (!one) {
        ++i;
        continue;
      }
      i = one->end;
      found.push_back(*one);
    }
    return found;
  }

 private:
  std::optional<FoundWhen> FindAt(std::size_t i) const {
    if (const auto moment = JustNow(i)) return moment;
    auto day = DayAt(r_, context_, i);
    if (!day) return std::nullopt;
    FoundWhen found{day->when, i, day->end};
    if (found.when.month_only || found.when.first != found.when.last) return found;
    AddTime(&found, day->end);
    if (day->needs_part && !found.when.at) return std::nullopt;  // 前 without a part of the day is no day
    return found;
  }

  std::optional<FoundWhen> TimeAlone(std::size_t i) const {
    FoundWhen found{OneDay(today_), i, i};
    AddTime(&found, i);
    return found.end > i && found.when.at ? std::optional(found) : std::nullopt;
  }

  // 刚才, 半小时前, 两个小时前
  std::optional<FoundWhen> JustNow(std::size_t i) const {
    const auto exact = [&](Time t, std::size_t end) {
      FoundWhen found{OneDay(orders::ShanghaiDay(t)), i, end};
      found.when.at = std::chrono::floor<minutes>(t - orders::StartOf(found.when.first));
      return found;
    };
    for (const std::u32string_view word : {U"刚才", U"刚刚"}) {
      if (r_.Is(i, word) && context_.tense == Tense::kPast) return exact(context_.now, i + word.size());
    }
    std::size_t at = i;
    int ago = 0;
    if (r_.Is(i, U"半小时") || r_.Is(i, U"半个小时")) {
      ago = 30;
      at = i + (r_.Is(i, U"半小时") ? 3 : 4);
    } else {
      const auto n = NumberAt(r_, i);
      if (!n || n->value < 1 || n->value > 240 || n->value != std::floor(n->value)) return std::nullopt;
      at = n->end;
      for (const auto& [word, scale] :
           {std::pair{std::u32string_view(U"个小时"), 60}, {U"小时", 60}, {U"个钟头", 60}, {U"分钟", 1}}) {
        if (!r_.Is(at, word)) continue;
        ago = static_cast<int>(n->value) * scale;
        at += word.size();
        break;
      }
    }
    if (ago == 0) return std::nullopt;
    if (r_.Is(at, U"之前") || r_.Is(at, U"以前")) return exact(context_.now - minutes(ago), at + 2);
    if (r_.Is(at, U"前")) return exact(context_.now - minutes(ago), at + 1);
    return std::nullopt;
  }

  // A part of the day and an hour behind `at`, if they are there.
  void AddTime(FoundWhen* found, std::size_t at) const {
    std::size_t end = at;
    if (r_.At(end) == U'的' || r_.At(end) == U',' || r_.At(end) == U' ') ++end;
    const auto* const part =
        std::find_if(std::begin(kParts), std::end(kParts), [&](const PartOfDay& p) { return r_.Is(end, p.word); });
    const bool has_part = part != std::end(kParts);
    if (has_part) end += part->word.size();
    if (has_part && r_.Is(end, U"上") && part->word.size() == 1) ++end;
    std::size_t hour_end = end;
    if (auto minute = HourAt(end, has_part ? part : nullptr, &hour_end)) {
      if (*minute == minutes(1440)) {  // 晚上12点 is the next day's 0:00
        found->when.first += days(1);
        found->when.last = found->when.first;
        minute = minutes(0);
      }
      found->when.at = *minute;
      found->end = hour_end;
      return;
    }
    if (!has_part) return;
    found->when.at = minutes(part->from);
    found->when.to = minutes(part->to);
    found->end = end;
  }

  // Minutes since midnight of 三点半, 15:30, 8点20分. Without a part of the day an hour up to 12 may be either half of
  // the day: then it is none, unless it is written 8:00.
  std::optional<minutes> HourAt(std::size_t at, const PartOfDay* part, std::size_t* end) const {
    std::size_t i = at;
    const auto h = WholeAt(r_, at, 0, 24, &i);
    if (!h) return std::nullopt;
    int minute = 0;
    if (r_.At(i) == U':' && IsDigit(r_.At(i + 1)) && IsDigit(r_.At(i + 2))) {
      minute = static_cast<int>((r_.At(i + 1) - U'0') * 10 + (r_.At(i + 2) - U'0'));
      i += 3;
    } else if (r_.At(i) == U'点' || r_.At(i) == U'时') {
      ++i;
      if (part == nullptr && *h <= 12) return std::nullopt;
      std::size_t after = i;
      if (r_.At(i) == U'半') {
        minute = 30;
        ++i;
      } else if (r_.Is(i, U"一刻") || r_.Is(i, U"三刻")) {
        minute = r_.At(i) == U'一' ? 15 : 45;
        i += 2;
      } else if (r_.At(i) == U'整' || r_.At(i) == U'钟') {
        ++i;
      } else if (const auto m = WholeAt(r_, i, 0, 59, &after); m && (r_.At(after) == U'分' || after == i + 2)) {
        minute = *m;
        i = after + (r_.At(after) == U'分' ? 1 : 0);
      }
    } else {
      return std::nullopt;
    }
    if (minute > 59) return std::nullopt;
    int hour = *h;
    if (part != nullptr) hour = InPart(hour, *part);
    if (hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
    *end = i;
    return minutes(hour * 60 + minute);
  }

  static int InPart(int hour, const PartOfDay& part) {
    if (part.add == 0) return hour == 12 && part.from == 0 ? 0 : hour;       // 凌晨12点
    if (part.from == 660) return hour >= 1 && hour <= 2 ? hour + 12 : hour;  // 中午11点, 12点, 1点
    if (hour == 12) return part.from >= 1080 ? 24 : 12;
    return hour < 12 ? hour + 12 : hour;
  }

  const Reading& r_;
  const TimeContext& context_;
  const Date today_;
};

}  // namespace

std::vector<FoundWhen> FindWhen(const Reading& r, const TimeContext& context, bool answer) {
  return WhenFinder(r, context).Run(answer);
}

}  // namespace minsheng::forms
