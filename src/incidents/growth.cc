// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/growth.h"

#include <algorithm>
#include <cmath>

namespace minsheng::incidents {

double PoissonTail(int n, double lambda) {
  if (n <= 0) return 1;
  // Sums the tail itself: 1 minus the head would lose everything below 1e-16.
  double term = std::exp(n * std::log(lambda) - lambda - std::lgamma(n + 1.0));
  double sum = 0;
  for (int k = n; k < n + 10'000; ++k) {
    sum += term;
    term *= lambda / (k + 1);
    if (k > lambda && term < sum * 1e-12) break;
  }
  return std::min(sum, 1.0);
}

void History::Set(const std::string& subject, std::int64_t hour, int callers) {
  auto& hours = subjects_[subject];
  hours[hour] = callers;
  while (hours.size() > static_cast<std::size_t>(days_ + 2) * 24) {
    changes_[{subject, hours.begin()->first}] = 0;
    hours.erase(hours.begin());
  }
}

void History::Add(const std::string& subject, std::int64_t hour) {
  const auto& hours = subjects_[subject];
  const auto it = hours.find(hour);
  const int callers = (it == hours.end() ? 0 : it->second) + 1;
  changes_[{subject, hour}] = callers;
  Set(subject, hour, callers);
}

std::vector<History::Count> History::TakeChanges() {
  std::vector<Count> out;
  out.reserve(changes_.size());
  for (const auto& [key, callers] : changes_) out.push_back({key.first, key.second, callers});
  changes_.clear();
  return out;
}

int History::Around(const Hours& hours, std::int64_t hour) const {
  int sum = 0;
  for (auto it = hours.lower_bound(hour - 1); it != hours.end() && it->first <= hour + 1; ++it) sum += it->second;
  return sum;
}

double History::Expected(const std::string& subject, std::int64_t hour, double without_history) const {
  constexpr double kLeast = 0.2;
  const auto all = subjects_.find("");
  if (all == subjects_.end()) return std::max(kLeast, without_history);
  const auto own = subjects_.find(subject);
  std::vector<int> days;
  for (int d = 1; d <= days_; ++d) {
    const auto then = hour - 24 * d;
    // In use that day: something came within the twelve hours around it.
    const auto used = all->second.lower_bound(then - 12);
    if (used == all->second.end() || used->first > then + 12) continue;
    days.push_back(own == subjects_.end() ? 0 : Around(own->second, then));
  }
  if (days.size() < 3) return std::max(kLeast, without_history);
  if (days.size() >= 5) days.erase(std::max_element(days.begin(), days.end()));
  double sum = 0;
  for (const int n : days) sum += n;
  return std::max(kLeast, sum / 3 / static_cast<double>(days.size()));
}

std::size_t History::size() const {
  std::size_t n = 0;
  for (const auto& [subject, hours] : subjects_) n += hours.size();
  return n;
}

}  // namespace minsheng::incidents
