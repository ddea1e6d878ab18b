// SPDX-License-Identifier: Apache-2.0
// Surges and alarms of Grouper: what is more than usual, and what belongs to it.
#include <algorithm>
#include <unordered_set>

#include "src/incidents/grouper.h"

namespace minsheng::incidents {
namespace {

constexpr Millis kHour{3'600'000};
constexpr std::size_t kMaxRecent = 2048;   // requests of one subject that a rate is counted from
constexpr std::size_t kMaxMembers = 2048;  // of an incident, for its rate
constexpr std::size_t kLookBack = 2048;    // requests that a surge looks back on when it opens

bool Within(Time at, Time now, Millis span) { return at > now - span && at <= now; }

}  // namespace

// Families first: they are the wider view. One with tags counts who carries a tag; without, its topics.
std::vector<std::string> Grouper::SubjectsOf(const Entry& entry) const {
  std::vector<std::string> subjects;
  for (std::size_t i = 0; i < options_.families.size() && i < 32; ++i) {
    const auto mask = options_.families[i].tags.empty() ? entry.related : entry.tagged;
    if ((mask & 1U << i) != 0) subjects.push_back(options_.families[i].name);
  }
  if (!entry.topic.empty()) subjects.push_back(entry.topic);
  return subjects;
}

void Grouper::CountSubjects(const Entry& entry, bool restored) {
  auto subjects = SubjectsOf(entry);
  subjects.emplace_back();  // all
  for (const auto& subject : subjects) {
    auto& recent = recent_[subject];
    const bool again = std::any_of(recent.begin(), recent.end(), [&](const Recent& r) {
      return r.caller == entry.caller && Within(r.at, entry.at, kHour);
    });
    recent.push_back({entry.at, entry.caller, entry.seq});
    if (recent.size() > kMaxRecent) recent.pop_front();
    if (!again && !restored) history_.Add(subject, HourOf(entry.at));
  }
}

// The newest request of each citizen about this subject within the hour before `at`.
std::vector<const Entry*> Grouper::CauseOf(const std::string& subject, Time at) const {
  std::vector<const Entry*> cause;
  std::unordered_set<std::uint64_t> callers;
  const auto it = recent_.find(subject);
  if (it == recent_.end()) return cause;
  for (auto r = it->second.rbegin(); r != it->second.rend(); ++r) {
    if (!Within(r->at, at, kHour)) continue;
    const Entry* const entry = window_.Find(r->seq);
    if (entry != nullptr && callers.insert(r->caller).second) cause.push_back(entry);
  }
  return cause;
}

void Grouper::EnterSurges(const Entry& entry) {
  const auto& incident = matters_[entry.matter].incident;
  if (surges_.contains(incident)) return;
  for (const auto& id : surges_) {
    auto& surge = live_[id];
    if (!Joinable(surge, entry.at, options_.window / 2) || !GoesOn(surge, entry.at) || !MayTakeIn(surge, entry) ||
        !Belongs(surge, entry))
      continue;
    TakeIn(surge, entry);
    return;
  }
}

// A surge is over when little comes: less than a twentieth of it (at least three, at most 32) within half a window.
bool Grouper::GoesOn(const Live& surge, Time at) const {
  const auto needed = std::clamp<std::int64_t>(surge.row.requests / 20, 3, 32);
  std::int64_t recent = 0;
  std::size_t looked = 0;
  for (auto it = surge.members.rbegin(); it != surge.members.rend() && looked < 4 * 32 && recent < needed;
       ++it, ++looked) {
    const Time then = window_.Find(*it)->at;
    recent += then >= at - options_.window / 2 && then <= at + options_.window / 2;
  }
  return recent >= needed;
}

// What was going on before the surge is something else, unless it began with it.
bool Grouper::MayTakeIn(const Live& surge, const Entry& entry) const {
  const auto& incident = matters_.at(entry.matter).incident;
  if (incident.empty()) return true;
  const auto it = live_.find(incident);
  return it != live_.end() && it->first != surge.row.id && !it->second.row.surge && it->second.row.state == "open" &&
         it->second.row.first_at >= surge.row.first_at - kHour;
}

void Grouper::TakeIn(Live& surge, const Entry& entry) {
  auto& matter = matters_[entry.matter];
  if (!matter.incident.empty()) {
    Absorb(std::string(matter.incident), surge);
    return;
  }
  matter.incident = surge.row.id;
  for (const std::int64_t seq : matter.members) {
    Join(surge, *window_.Find(seq), /*counts=*/true);
    links_[seq] = {seq, entry.matter, surge.row.id};
  }
}

// A shingle that stands in at least a thirtieth of the surge's requests, four times as often as elsewhere.
bool Grouper::IsOfTheHour(const Live& surge, std::uint32_t shingle) const {
  const auto it = surge.profile.find(shingle);
  if (it == surge.profile.end()) return false;
  const auto n = static_cast<double>(surge.members.size());
  if (it->second < std::max(3.0, n / 30)) return false;
  // As if there were twenty more requests elsewhere, so that the first day has an "elsewhere" too.
  const double elsewhere = std::max(0.0, window_.commonness().total() - n) + 20;
  const double outside = std::max(0, window_.commonness().Of(shingle) - it->second) + 0.5;
  return it->second / n >= 4 * outside / elsewhere;
}

bool Grouper::PlaceFits(const Live& surge, const Entry& entry) const {
  const auto narrow = static_cast<std::ptrdiff_t>(entry.places.size()) - options_.wide_places;
  if (surge.placed < 8 || narrow <= 0) return true;
  for (const auto& [place, count] : surge.places) {
    if (count.second <= options_.wide_places || count.first * 5 < surge.placed * 4) continue;
    // Nearly all of it is in this one town.
    if (count.second == options_.wide_places + 1)
      return std::find(entry.places.begin(), entry.places.end(), place) != entry.places.end();
  }
  return true;
}

bool Grouper::Belongs(const Live& surge, const Entry& entry) const {
  if (!PlaceFits(surge, entry)) return false;
  int of_the_hour = 0;
  for (const std::uint32_t s : entry.features.sketch) of_the_hour += IsOfTheHour(surge, s);
  // Whatever it was judged to be: it speaks as the surge does.
  if (of_the_hour >= 4 && static_cast<std::size_t>(of_the_hour) * 3 >= entry.features.sketch.size()) return true;
  const auto family = std::find_if(options_.families.begin(), options_.families.end(),
                                   [&](const Family& f) { return f.name == surge.row.subject; });
  if (family == options_.families.end()) return entry.topic == surge.row.subject && of_the_hour >= 1;
  const auto bit = 1U << (family - options_.families.begin());
  if ((entry.tagged & bit) != 0) return true;
  return (entry.related & bit) != 0 && of_the_hour >= 1;
}

void Grouper::OpenSurges(const Entry& entry) {
  for (const auto& subject : SubjectsOf(entry)) {
    // Its surge goes on already: nothing to count.
    const auto own = live_.find(matters_[entry.matter].incident);
    if (own != live_.end() && own->second.row.surge && own->second.row.subject == subject) return;
    const auto cause = CauseOf(subject, entry.at);
    const int n = static_cast<int>(cause.size());
    if (n < options_.surge_callers) continue;
    const double expected = history_.Expected(subject, HourOf(entry.at), options_.expected_per_hour);
    if (PoissonTail(n, expected) * options_.surge_odds >= 1) continue;
    OpenSurge(subject, entry, cause);
  }
}

void Grouper::OpenSurge(const std::string& subject, const Entry& entry, const std::vector<const Entry*>& cause) {
  std::map<std::string, int> shares;
  for (const Entry* e : cause) ++shares[matters_[e->matter].incident];
  const bool is_tagged_family = std::any_of(options_.families.begin(), options_.families.end(),
                                            [&](const Family& f) { return f.name == subject && !f.tags.empty(); });
  Live* surge = nullptr;
  for (const auto& [id, share] : shares) {
    const auto it = live_.find(id);
    if (it == live_.end() || it->second.row.state != "open") continue;
    // This subject's surge is going on, or most of the callers are in one incident already: it is the surge.
    if (it->second.row.surge && it->second.row.subject == subject) return;
    if (share * 2 <= static_cast<int>(cause.size())) continue;
    if (it->second.row.surge && !is_tagged_family) return;
    surge = &it->second;
  }
  // Its words, at first, are those of the requests that made it; then those of its members.
  Live first;
  first.row.subject = subject;
  for (const Entry* e : cause) {
    first.members.insert(e->seq);
    for (const std::uint32_t s : e->features.sketch) ++first.profile[s];
  }
  const auto alike = std::count_if(cause.begin(), cause.end(), [&](const Entry* e) { return Belongs(first, *e); });
  if (alike * 4 < options_.surge_callers * 3) return;  // many callers, but nothing that they have in common
  if (surge == nullptr) {
    const auto id = IncidentId(entry.at, entry.request_id, "surge|" + subject);
    surge = &live_[id];
    surge->row.id = id;
    surge->row.first_at = surge->row.last_at = entry.at;
  }
  surge->row.surge = true;
  surge->row.subject = subject;
  surges_.insert(surge->row.id);
  touched_.insert(surge->row.id);
  MakeProfile(*surge);
  std::vector<std::int64_t> members;
  std::size_t looked = 0;
  for (auto it = window_.entries().rbegin(); it != window_.entries().rend() && looked < kLookBack; ++it, ++looked) {
    if (!Within(it->at, entry.at, kHour) || matters_[it->matter].incident == surge->row.id) continue;
    if (Belongs(first, *it)) members.push_back(it->seq);
  }
  for (const std::int64_t seq : members) {
    const Entry& member = *window_.Find(seq);
    const auto& incident = matters_[member.matter].incident;
    if (incident == surge->row.id) continue;
    const auto it = live_.find(incident);
    // A narrower surge of the same hours is part of this one; an older matter is not.
    const bool fresh =
        it == live_.end() || (it->second.row.state == "open" && it->second.row.first_at >= entry.at - 2 * kHour);
    if (fresh) TakeIn(*surge, member);
  }
}

void Grouper::MakeProfile(Live& surge) const {
  surge.profile.clear();
  for (const std::int64_t seq : surge.members) {
    for (const std::uint32_t s : window_.Find(seq)->features.sketch) ++surge.profile[s];
  }
}

void Grouper::Watch(const std::string& incident, const Entry& entry) {
  auto& live = live_[incident];
  if (live.row.alarm >= 3 || live.row.state != "open" ||
      live.members.size() < static_cast<std::size_t>(options_.alarm_callers[live.row.alarm]))
    return;
  std::unordered_set<std::uint64_t> callers;
  std::size_t looked = 0;
  for (auto it = live.members.rbegin(); it != live.members.rend() && looked < kMaxMembers; ++it, ++looked) {
    const Entry& member = *window_.Find(*it);
    if (Within(member.at, entry.at, kHour)) callers.insert(member.caller);
  }
  const int n = static_cast<int>(callers.size());
  const double expected = history_.Expected(live.row.subject, HourOf(entry.at), options_.expected_per_hour);
  int level = live.row.alarm;
  while (level < 3 && n >= options_.alarm_callers[level]) ++level;
  if (level == live.row.alarm || PoissonTail(n, expected) * options_.alarm_odds >= 1) return;
  live.row.alarm = level;
  touched_.insert(incident);
  step_.alarms.push_back({incident, level, entry.at, n, expected, false});
}

}  // namespace minsheng::incidents
