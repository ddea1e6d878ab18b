// SPDX-License-Identifier: Apache-2.0
#include "src/chase/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace minsheng::chase {
namespace {

using orders::Act;
using orders::State;

// Nobody has answered it yet, and a unit has had it.
bool IsChased(const orders::Order& o) {
  return o.handed_at != Time{} && (o.state == State::kDispatched || o.state == State::kSigned ||
                                   o.state == State::kReturned || o.state == State::kObjected);
}

bool WithUnit(const orders::Order& o) { return o.state == State::kDispatched || o.state == State::kSigned; }

// So long after `begin`: days at the same time of the day, whether it is worked or not. 24:00 belongs to the day that
// it ends.
Result<Time> After(Time begin, const orders::Period& period, const orders::Counting& counting) {
  const orders::Limit limit{{0, orders::PeriodUnit::kMinutes}, {}, {period, /*after=*/true}, {}, 0};
  const auto deadline = orders::ComputeDeadline(begin, limit, counting);
  if (!deadline) return Fail(deadline.error());
  return deadline->red;
}

class Collector {
 public:
  Collector(const orders::Order& order, const Options& options, const orders::Counting& counting, Time now)
      : order_(order), options_(options), counting_(counting), now_(now) {}

  void Warnings();
  void Reminders();
  void Supervisions();
  std::vector<Step> Take() {
    std::stable_sort(steps_.begin(), steps_.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
    return std::move(steps_);
  }

 private:
  // A step is done once to an order in the hands of a unit; `limit`: and once for this limit, since it may be moved.
  void Add(Act act, std::string code, Time at, std::string reason, Time limit = {}) {
    auto once = fmt::format("{}:{}/{}", ToWord(act), code, ToMs(order_.handed_at));
    if (limit != Time{}) once += fmt::format("/{}", ToMs(limit));
    steps_.push_back({act, std::move(code), std::move(once), std::move(reason), at});
  }

  const orders::Order& order_;
  const Options& options_;
  const orders::Counting& counting_;
  const Time now_;
  std::vector<Step> steps_;
};

void Collector::Warnings() {
  const auto& due = order_.due;
  if (order_.state == State::kDispatched && due.sign != Time{})
    Add(Act::kWarn, "sign", due.sign, "未按时签收 / not signed in time", due.sign);
  if (WithUnit(order_) && order_.contacted_at == Time{} && due.contact != Time{})
    Add(Act::kWarn, "contact", due.contact, "未按时联系诉求人 / the citizen was not contacted in time", due.contact);
  if (due.yellow != Time{}) Add(Act::kWarn, "yellow", due.yellow, "黄牌：答复期限将到 / yellow card", due.yellow);
  if (due.red != Time{}) Add(Act::kWarn, "red", due.red, "红牌：答复期限已到 / red card", due.red);
}

void Collector::Reminders() {
  if (order_.state != State::kDispatched || order_.viewed_at != Time{}) return;
  std::vector<Step> reminders;
  std::swap(reminders, steps_);
  for (const auto& period : options_.RemindAfter(order_.urgency)) {
    const auto at = After(order_.handed_at, period, counting_);
    if (!at) continue;
    Add(Act::kRemind, ToText(period), AfterQuietHours(*at, order_.urgency, options_),
        fmt::format("派出{}仍未查看 / not looked at for {}", Name(period, false), Name(period, true)));
  }
  std::swap(reminders, steps_);
  std::stable_sort(reminders.begin(), reminders.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  auto first = reminders.begin();
  for (auto step = first; step != reminders.end() && step->at <= now_; ++step) first = step;
  steps_.insert(steps_.end(), first, reminders.end());
}

void Collector::Supervisions() {
  if (options_.supervise_not_viewed && order_.state == State::kDispatched && order_.viewed_at == Time{}) {
    if (const auto at = After(order_.handed_at, *options_.supervise_not_viewed, counting_)) {
      Add(Act::kSupervise, "not-viewed", AfterQuietHours(*at, order_.urgency, options_),
          fmt::format("派出{}仍未查看 / not looked at for {}", Name(*options_.supervise_not_viewed, false),
                      Name(*options_.supervise_not_viewed, true)));
    }
  }
  if (options_.supervise_overdue && order_.due.red != Time{}) {
    if (const auto at = After(order_.due.red, *options_.supervise_overdue, counting_)) {
      Add(Act::kSupervise, "overdue", AfterQuietHours(*at, order_.urgency, options_),
          "红牌之后仍未答复 / no answer after the red card", order_.due.red);
    }
  }
}

}  // namespace

Time AfterQuietHours(Time at, Urgency urgency, const Options& options) {
  if (urgency == Urgency::kEmergency || options.quiet_from == options.quiet_to) return at;
  const auto day = orders::ShanghaiDay(at);
  const auto minute = at - orders::StartOf(day);
  const Millis from = options.quiet_from, to = options.quiet_to;
  if (from < to) return minute >= from && minute < to ? orders::StartOf(day) + to : at;
  if (minute >= from) return orders::StartOf(day + std::chrono::days{1}) + to;
  return minute < to ? orders::StartOf(day) + to : at;
}

std::vector<Step> StepsOf(const orders::Order& order, const Options& options, const orders::Counting& counting,
                          Time now) {
  if (!IsChased(order)) return {};
  Collector collector(order, options, counting, now);
  collector.Warnings();
  collector.Reminders();
  collector.Supervisions();
  return collector.Take();
}

}  // namespace minsheng::chase
