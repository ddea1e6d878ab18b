// SPDX-License-Identifier: Apache-2.0
// The worked cases of docs/deadlines.md are what the program counts.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "src/orders/deadlines.h"
#include "src/text/utf8.h"
#include "tests/unit/orders/deadline_fixture.h"

namespace minsheng::orders {
namespace {

// Rows of the table whose head begins with `head`, as trimmed cells.
std::vector<std::vector<std::string>> TableOf(std::string_view head) {
  std::ifstream in(MINSHENG_SOURCE_DIR "/docs/deadlines.md");
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(head)) inside = true;
    if (!line.starts_with("|")) inside = false;
    if (!inside || line.starts_with(head) || line.starts_with("|---")) continue;
    std::istringstream cells(line.substr(1));
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, '|');) rows.back().emplace_back(text::Trim(cell));
  }
  return rows;
}

TEST(DeadlinesHandbook, EveryCountedCaseIsAsWritten) {
  const auto rows = TableOf("| 从这天起 |");
  ASSERT_GE(rows.size(), 8U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 5U);
    const Date known_on = row[2].empty() ? Calendar::kEverything : D(row[2]);
    const auto count = ShippedCalendar().AddWorkingDays(D(row[0]), std::stoi(row[1]), known_on);
    ASSERT_TRUE(count) << count.error().what;
    EXPECT_EQ(DateText(count->last()), row[3]) << row[0];
    EXPECT_EQ(SumText(count->days, false), row[4]) << row[0];
  }
}

TEST(DeadlinesHandbook, EveryDeadlineIsAsWritten) {
  const auto rows = TableOf("| 受理 |");
  ASSERT_GE(rows.size(), 6U);
  DayRules rules;
  rules.hours = {{*ParseTimeOfDay("08:30"), *ParseTimeOfDay("12:00")},
                 {*ParseTimeOfDay("14:00"), *ParseTimeOfDay("17:30")}};
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 4U);
    Limit limit;
    limit.within = ParsePeriod(row[1]).value();
    for (const bool closing : {false, true}) {
      rules.ends_at_closing = closing;
      const auto d = ComputeDeadline(T(row[0]), limit, {ShippedCalendar(), rules});
      ASSERT_TRUE(d) << d.error().what;
      EXPECT_EQ(EndText(d->due), row[closing ? 3 : 2]) << row[0] << " " << row[1];
    }
  }
}

}  // namespace
}  // namespace minsheng::orders
