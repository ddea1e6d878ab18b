// SPDX-License-Identifier: Apache-2.0
#include "src/orders/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "src/orders/limits_impl.h"

namespace minsheng::orders {
namespace {

constexpr std::size_t kMissingShown = 10;

// "urban" covers "urban" and "urban.water", not "urbanism".
bool CoversTopic(std::string_view stated, std::string_view topic) {
  return topic.starts_with(stated) && (topic.size() == stated.size() || topic[stated.size()] == '.');
}

// How closely a row fits, the greater the closer; nothing when it does not cover the matter.
using Rank = std::tuple<bool, bool, std::size_t, bool>;

template <class T>
bool Holds(const std::vector<T>& list, const T& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::optional<Rank> RankOf(const LimitRow& row, const Matter& matter) {
  if (!Holds(row.profiles, matter.profile) || !Holds(row.urgencies, matter.urgency)) return std::nullopt;
  if (!row.types.empty() && (!matter.type || !Holds(row.types, *matter.type))) return std::nullopt;
  std::size_t topic = 0;
  for (const std::string& stated : row.topics) {
    if (CoversTopic(stated, matter.topic)) topic = std::max(topic, stated.size());
  }
  if (topic == 0 && !row.topics.empty()) return std::nullopt;
  return Rank{!row.profiles.empty(), !row.urgencies.empty(), topic, !row.types.empty()};
}

struct Decision {
  const LimitRow* row = nullptr;
  const LimitRow* rival = nullptr;  // as close as `row`
};

Decision Decide(const std::vector<LimitRow>& rows, const Matter& matter) {
  Decision out;
  std::optional<Rank> best;
  for (const LimitRow& row : rows) {
    const auto rank = RankOf(row, matter);
    if (!rank || (best && *rank < *best)) continue;
    out.rival = best && *rank == *best ? &row : nullptr;
    if (out.rival == nullptr) out.row = &row;
    best = rank;
  }
  return out;
}

std::string Describe(const Matter& m, bool english) {
  return fmt::format("{} {} / {} {} / {} {} / {} {}", english ? "type" : "类型", m.type ? ToWord(*m.type) : "-",
                     english ? "topic" : "事项", m.topic, english ? "urgency" : "紧急程度", ToWord(m.urgency),
                     english ? "profile" : "时期", ToWord(m.profile));
}

// Every matter that can be, for one topic.
std::vector<Matter> MattersOf(const std::string& topic) {
  std::vector<Matter> out;
  for (const Profile profile : {Profile::kNormal, Profile::kEmergency}) {
    for (const Urgency urgency : {Urgency::kNormal, Urgency::kUrgent, Urgency::kEmergency}) {
      out.push_back({std::nullopt, topic, urgency, profile});
      for (const RequestType type : kAllRequestTypes) out.push_back({type, topic, urgency, profile});
    }
  }
  return out;
}

// Each matter belongs to one row, and each row to some matter.
void CheckCover(const LimitsFile& file, const std::vector<std::string>& topics, std::vector<std::string>* problems) {
  const auto problem = [&](int line, std::string_view zh, std::string_view en) {
    problems->push_back(fmt::format("limits.json:{}: {} / {}", line, zh, en));
  };
  const auto index = [&](const LimitRow* row) { return static_cast<std::size_t>(row - file.rows.data()); };
  std::vector<bool> decides(file.rows.size()), told(file.rows.size());
  std::size_t missing = 0;
  for (const std::string& topic : topics) {
    for (const Matter& matter : MattersOf(topic)) {
      const Decision decision = Decide(file.rows, matter);
      if (decision.row == nullptr) {
        if (++missing > kMissingShown) continue;
        problem(1, "没有一行适用于 " + Describe(matter, false), "no row covers " + Describe(matter, true));
        continue;
      }
      decides[index(decision.row)] = true;
      if (decision.rival == nullptr) continue;
      const std::size_t rival = index(decision.rival);
      decides[rival] = true;
      if (told[rival]) continue;
      told[rival] = true;
      problem(file.lines[rival],
              fmt::format("{} 与 {} 同样适用于 {}：请写得更具体", decision.rival->id, decision.row->id,
                          Describe(matter, false)),
              fmt::format("{} and {} claim {} with equal right: make one more specific", decision.rival->id,
                          decision.row->id, Describe(matter, true)));
    }
  }
  if (missing > kMissingShown) {
    problem(1, fmt::format("还有 {} 种情况没有一行适用", missing - kMissingShown),
            fmt::format("{} further combinations have no row", missing - kMissingShown));
  }
  for (std::size_t i = 0; i < file.rows.size() && !topics.empty(); ++i) {
    if (decides[i]) continue;
    problem(file.lines[i], fmt::format("{} 从不适用：总有更具体的行", file.rows[i].id),
            fmt::format("{} never decides: other rows are always more specific", file.rows[i].id));
  }
}

}  // namespace

struct Limits::Impl {
  LimitsFile file;
};

Limits::Limits() = default;
Limits::~Limits() = default;

Result<std::shared_ptr<const Limits>> Limits::Load(std::string_view json, const std::vector<std::string>& topics) {
  std::vector<std::string> problems;
  auto impl = std::make_unique<Impl>();
  impl->file = ReadLimitsFile(json, topics, &problems);
  if (problems.empty()) CheckCover(impl->file, topics, &problems);
  if (auto good = AsResult(problems); !good) return Fail(good.error());
  std::shared_ptr<Limits> limits(new Limits);
  limits->impl_ = std::move(impl);
  return std::shared_ptr<const Limits>(std::move(limits));
}

const LimitRow* Limits::Find(const Matter& matter) const { return Decide(impl_->file.rows, matter).row; }
const std::vector<LimitRow>& Limits::rows() const { return impl_->file.rows; }
const DayRules& Limits::day_rules() const { return impl_->file.day_rules; }

}  // namespace minsheng::orders
