// SPDX-License-Identifier: Apache-2.0
// How many callers an hour are usual, and how unusual a number is. Pure: time comes in.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "src/base/clock.h"

namespace minsheng::incidents {

// Probability that a Poisson variable of mean `lambda` is `n` or more: how often an ordinary hour
// brings that many by chance. lambda > 0.
double PoissonTail(int n, double lambda);

inline std::int64_t HourOf(Time t) { return ToMs(t) / 3'600'000; }

// Callers by hour and subject (a topic, a family, or "" for all). Holds the newest `days` + 2 days
// of hours of each subject, newest by hour number; an hour from a clock that jumped takes one place.
class History {
 public:
  explicit History(int days) : days_(days) {}

  struct Count {
    std::string subject;
    std::int64_t hour = 0;
    int callers = 0;  // 0 = forgotten
  };

  void Add(const std::string& subject, std::int64_t hour);
  void Set(const std::string& subject, std::int64_t hour, int callers);
  // What changed since the last call, each once.
  std::vector<Count> TakeChanges();

  // Callers of `subject` to expect in one hour at this time of the day: the mean over the past days,
  // of the hour and its two neighbours, the highest day left out once there are five. Days without
  // any request (a system not in use) do not count. With fewer than three days: at least
  // `without_history`. Never below 0.2.
  double Expected(const std::string& subject, std::int64_t hour, double without_history) const;
  std::size_t size() const;

 private:
  using Hours = std::map<std::int64_t, int>;
  int Around(const Hours& hours, std::int64_t hour) const;

  int days_;
  std::map<std::string, Hours> subjects_;
  std::map<std::pair<std::string, std::int64_t>, int> changes_;
};

}  // namespace minsheng::incidents
