// SPDX-License-Identifier: Apache-2.0
// The inside of Calendar, shared by its reader (calendar_files.cc) and its answers (calendar.cc).
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/orders/calendar.h"

namespace minsheng::orders {

// What one notice says about one day.
struct Announced {
  Date known_from{};
  bool working = false;
  std::string name;
  std::string name_en;
  std::string notice;
};

struct Calendar::Impl {
  std::map<int, Date> years;                         // year -> day from which its calendar was known
  std::map<Date, std::vector<Announced>> announced;  // by known_from, the earliest first
  std::vector<Notice> notices;
};

// Reads all files; problems are appended, one a line.
std::unique_ptr<Calendar::Impl> ReadCalendarFiles(const std::vector<CalendarFile>& files,
                                                  std::vector<std::string>* problems);

}  // namespace minsheng::orders
