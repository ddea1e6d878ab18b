// SPDX-License-Identifier: Apache-2.0
#include "src/orders/timetable.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace minsheng::orders {
namespace {

nlohmann::ordered_json DueJson(const DueTimes& due) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const auto add = [&](const char* key, Time time) {
    if (time != Time{}) out[key] = ToMs(time);
  };
  add("sign", due.sign);
  add("contact", due.contact);
  add("answer", due.answer);
  add("yellow", due.yellow);
  add("red", due.red);
  add("return", due.give_back);
  return out;
}

std::string Dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

Result<Deadline> Timetable::Count(const Matter& matter, Step step, Time at) const {
  Matter in_force = matter;
  in_force.profile = profile;
  const auto* const row = limits->Find(in_force);
  if (row == nullptr) {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("事项 {} 没有时限：在 limits.json 里补上 / no limit covers the topic "
                                 "{}: add it to limits.json",
                                 matter.topic, matter.topic));
  }
  return ComputeDeadline(at, row->Of(step), {*calendar, limits->day_rules()});
}

Result<Reckoned> Timetable::Reckon(const Matter& matter, Time at) const {
  Reckoned out;
  for (const Step step : kSteps) {
    const auto deadline = Count(matter, step, at);
    if (!deadline) return Fail(deadline.error());
    switch (step) {
      case Step::kSign:
        out.due.sign = deadline->due;
        break;
      case Step::kContact:
        out.due.contact = deadline->due;
        break;
      case Step::kReturn:
        out.due.give_back = deadline->due;
        break;
      case Step::kAnswer:
        out.due.answer = deadline->due;
        out.due.yellow = deadline->yellow;
        out.due.red = deadline->red;
        break;
    }
  }
  Matter in_force = matter;
  in_force.profile = profile;
  out.limit = limits->Find(in_force)->id;
  return out;
}

std::string HandOverFacts(const std::string& unit, const std::vector<std::string>& helpers, const std::string& entry,
                          const Timetable* timetable, const Matter& matter, Time at) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  if (!unit.empty()) out = {{"unit", unit}, {"helpers", helpers}, {"entry", entry}};
  if (timetable == nullptr) return Dump(out);
  if (const auto reckoned = timetable->Reckon(matter, at)) {
    out["limit"] = reckoned->limit;
    out["due"] = DueJson(reckoned->due);
  } else {
    out["uncounted"] = true;
  }
  return Dump(out);
}

std::string DueFacts(const Reckoned& reckoned, const std::string& by) {
  nlohmann::ordered_json out{{"limit", reckoned.limit}, {"due", DueJson(reckoned.due)}};
  if (!by.empty()) out["by"] = by;
  return Dump(out);
}

}  // namespace minsheng::orders
