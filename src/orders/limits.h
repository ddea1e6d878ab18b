// SPDX-License-Identifier: Apache-2.0
// Limits (时限): how much time each step of an order has, by type, topic, urgency and profile. Data in
// config/limits.json; the arithmetic is in deadlines.h. Immutable after loading; thread-safe.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/model/verdict.h"
#include "src/orders/civil.h"

namespace minsheng::orders {

enum class PeriodUnit {
  kMinutes,       // "30m", around the clock
  kHours,         // "24h", around the clock
  kWorkingHours,  // "4wh", inside the working hours of working days
  kDays,          // "3d", calendar days
  kWorkingDays,   // "5wd"
};

struct Period {
  int amount = 0;
  PeriodUnit unit = PeriodUnit::kHours;
  bool operator==(const Period&) const = default;
};
std::optional<Period> ParsePeriod(std::string_view text);  // "5wd"; 0..1000 of each unit
std::string ToText(const Period& period);                  // "5wd"
std::string Name(const Period& period, bool english);      // "5个工作日", "5 working days"

// A warning point: so long before the end, or after it. "2wd", "due", "1wd after".
struct Warning {
  Period period;
  bool after = false;
  bool operator==(const Warning&) const = default;
};
std::string ToText(const Warning& warning);
std::string Name(const Warning& warning, bool english);  // 到期时, 提前2个工作日, "2 working days before"

// The steps that have an end. Their words in files: sign, contact, answer, return.
enum class Step { kSign, kContact, kAnswer, kReturn };
constexpr std::array<Step, 4> kSteps{Step::kSign, Step::kContact, Step::kAnswer, Step::kReturn};
std::string_view ToWord(Step step);
std::string_view Name(Step step, bool english);  // 签收, sign

struct Limit {
  Period within;
  Warning yellow;  // not after red
  Warning red;
  Period extension;    // the longest that one extension may be; amount 0 = none
  int extensions = 0;  // how many there may be
};

// Ordinary times, or those of a typhoon or flood when a leader has switched the district over.
enum class Profile { kNormal, kEmergency };
std::string_view ToWord(Profile profile);
std::optional<Profile> ProfileFromWord(std::string_view word);

// What decides over a limit.
struct Matter {
  std::optional<RequestType> type;  // nothing: nobody has said
  std::string topic;                // "urban.water"
  Urgency urgency = Urgency::kNormal;
  Profile profile = Profile::kNormal;
};

// One row of config/limits.json. An empty list covers everything.
struct LimitRow {
  std::string id;
  std::string name;
  std::string note;
  std::vector<Profile> profiles;
  std::vector<Urgency> urgencies;
  std::vector<std::string> topics;  // topics, or categories for all below them
  std::vector<RequestType> types;
  std::array<Limit, kSteps.size()> steps;

  const Limit& Of(Step step) const { return steps[static_cast<std::size_t>(step)]; }
};

// Part of a day in which offices work, in minutes since midnight, [begin, end).
struct WorkingTime {
  std::chrono::minutes begin{0};
  std::chrono::minutes end{0};
  bool operator==(const WorkingTime&) const = default;
};

// When days end and offices work: the same for all limits.
struct DayRules {
  bool ends_at_closing = false;       // a day ends when offices close, not at 24:00
  bool days_off_move_the_end = true;  // calendar days that end on a day off end on the next working day
  std::vector<WorkingTime> hours;     // in order, at least one
  struct Season {                     // other hours from day to day of each year, may pass New Year
    std::chrono::month_day first{};
    std::chrono::month_day last{};
    std::vector<WorkingTime> hours;
  };
  std::vector<Season> seasons;

  const std::vector<WorkingTime>& HoursOf(Date day) const;
  std::chrono::minutes EndOf(Date day) const;  // since midnight; 24 h or closing time
};

class Limits {
 public:
  // Parses config/limits.json. kInvalid with every problem, one a line, with file and line: not JSON,
  // unknown keys and words, bad periods, a yellow warning after the red one, two rows that claim a
  // matter with equal right, a row that never decides, and each combination of type, topic (of
  // `topics`), urgency and profile that no row covers.
  static Result<std::shared_ptr<const Limits>> Load(std::string_view json, const std::vector<std::string>& topics);

  // The most specific row: rows are compared by whether they state the profile, then the urgency, then
  // by the longest topic that fits, then by whether they state the type. Null only for a topic that
  // Load did not know.
  const LimitRow* Find(const Matter& matter) const;

  const std::vector<LimitRow>& rows() const;
  const DayRules& day_rules() const;

  ~Limits();

 private:
  Limits();
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace minsheng::orders
