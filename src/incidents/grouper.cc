// SPDX-License-Identifier: Apache-2.0
#include "src/incidents/grouper.h"

#include <algorithm>

#include "src/base/crypto.h"

namespace minsheng::incidents {
namespace {

constexpr int kSameMargin = 6;  // likeness above what is asked from which a request joins two matters into one

constexpr int kElsewhere = -1000;

Millis Apart(Time a, Time b) { return a < b ? b - a : a - b; }

std::uint32_t Mask(const std::vector<Family>& families, const std::vector<std::string>& words,
                   std::vector<std::string> Family::*of) {
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < families.size() && i < 32; ++i) {
    const auto& known = families[i].*of;
    const bool has = std::any_of(words.begin(), words.end(), [&](const std::string& w) {
      return std::find(known.begin(), known.end(), w) != known.end();
    });
    if (has) mask |= 1U << i;
  }
  return mask;
}

}  // namespace

std::string IncidentId(Time at, std::string_view request_id, std::string_view what) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, ToMs(at))) & 0xFFFF'FFFF'FFFFULL;
  const auto digest = crypto::Sha256Hex(std::string(what) + "|" + std::string(request_id));
  std::string out;
  for (int shift = 45; shift >= 0; shift -= 5) out += kAlphabet[(ms >> shift) & 31U];
  // Sixteen characters of five bits; a digest digit has four, so two digits make one character.
  for (std::size_t i = 0; i < 16; ++i) {
    const auto value = std::stoul(digest.substr(2 * i, 2), nullptr, 16);
    out += kAlphabet[value & 31U];
  }
  return out;
}

Grouper::Grouper(Options options)
    : options_(std::move(options)),
      window_(static_cast<std::size_t>(options_.max_entries), options_.wide_places),
      history_(options_.history_days) {}

Entry Grouper::EntryOf(Request r) const {
  Entry e;
  e.seq = r.seq;
  e.request_id = std::move(r.request_id);
  e.at = r.at;
  e.caller = r.caller;
  e.tagged = Mask(options_.families, r.tags, &Family::tags);
  e.related = Mask(options_.families, {r.topic}, &Family::topics);
  e.topic = std::move(r.topic);
  e.places = std::move(r.places);
  e.features = std::move(r.features);
  return e;
}

void Grouper::RestoreIncident(store::IncidentRow row) {
  auto& live = live_[row.id];
  if (row.surge) surges_.insert(row.id);
  live.row = std::move(row);
}

void Grouper::Restore(Request request, std::int64_t matter, const std::string& incident_id) {
  while (window_.full()) Forget(window_.TakeOldest());
  Entry e = EntryOf(std::move(request));
  e.matter = matter;
  const Entry& entry = window_.Add(std::move(e));
  CountSubjects(entry, /*restored=*/true);
  auto& group = matters_[matter];
  group.members.push_back(entry.seq);
  group.incident = incident_id;
  if (const auto it = live_.find(incident_id); it != live_.end()) Join(it->second, entry, /*counts=*/false);
}

void Grouper::Add(Request request) {
  while (window_.full()) Forget(window_.TakeOldest());
  Entry e = EntryOf(std::move(request));
  std::set<std::int64_t> same;
  e.matter = BestMatter(e, &same);
  const Entry& entry = window_.Add(std::move(e));
  CountSubjects(entry, /*restored=*/false);
  EnterMatter(entry);
  same.erase(entry.matter);
  for (const std::int64_t other : same) Bridge(entry, other);
  EnterSurges(entry);
  OpenSurges(entry);
  const auto& incident = matters_[entry.matter].incident;
  links_[entry.seq] = {entry.seq, entry.matter, incident};
  if (!incident.empty()) Watch(incident, entry);
  for (const auto& id : changed_) {
    if (const auto it = live_.find(id); it != live_.end()) Describe(it->second);
  }
  changed_.clear();
  ++stats_.requests;
}

bool Grouper::SameTopic(const Entry& a, const Entry& b) const {
  if (a.topic == b.topic) return !a.topic.empty();
  for (std::size_t i = 0; i < options_.families.size() && i < 32; ++i) {
    if (options_.families[i].tags.empty() && (a.related & b.related & 1U << i) != 0) return true;
  }
  return false;
}

// How far above what is asked of them the likeness of two requests is; below 0: not about the same.
int Grouper::Margin(const Entry& a, const Entry& b) const {
  const auto near = NearnessOf(a.places, a.features.anchors, b.places, b.features.anchors, options_.wide_places);
  if (near == Nearness::kElsewhere) return kElsewhere;
  const int asked = (near == Nearness::kSamePlace  ? options_.like_same_place
                     : near == Nearness::kSameTown ? options_.like_same_town
                                                   : options_.like_anywhere) +
                    (SameTopic(a, b) ? 0 : options_.like_other_topic);
  return Likeness(a.features, b.features, window_.commonness()) - asked;
}

bool Grouper::Joinable(const Live& live, Time at, Millis gap) const {
  return live.row.state == "open" && Apart(at, live.row.first_at) <= options_.longest &&
         at >= live.row.first_at - gap && at <= live.row.last_at + gap;
}

// Which matter it belongs to. `same` receives those that it is so like that they must be one happening.
std::int64_t Grouper::BestMatter(const Entry& entry, std::set<std::int64_t>* same) {
  const auto alike = window_.Alike(entry);
  stats_.looked += alike.size();
  stats_.most_looked = std::max(stats_.most_looked, alike.size());
  // A matter has one place: who names another one than one of its requests is not part of it, even if like
  // those that name none.
  std::set<std::int64_t> barred;
  std::vector<std::pair<int, const Entry*>> near;
  for (const Entry* other : alike) {
    if (Apart(entry.at, other->at) > options_.window) continue;
    const auto& incident = matters_[other->matter].incident;
    if (const auto it = live_.find(incident); it != live_.end() && !Joinable(it->second, entry.at, options_.window))
      continue;
    const int margin = Margin(entry, *other);
    if (margin == kElsewhere) barred.insert(other->matter);
    if (margin >= 0) near.emplace_back(margin, other);
  }
  const Entry* best = nullptr;
  int best_margin = -1;
  for (const auto& [margin, other] : near) {
    if (barred.contains(other->matter)) continue;
    if (margin >= kSameMargin) same->insert(other->matter);
    if (margin < best_margin || (margin == best_margin && other->seq < best->seq)) continue;
    best = other;
    best_margin = margin;
  }
  return best == nullptr ? entry.seq : best->matter;
}

void Grouper::EnterMatter(const Entry& entry) {
  auto& matter = matters_[entry.matter];
  matter.members.push_back(entry.seq);
  if (matter.incident.empty() && matter.members.size() >= 2) {
    Found(matter, *window_.Find(matter.members.front()));
  } else if (!matter.incident.empty()) {
    Join(live_[matter.incident], entry, /*counts=*/true);
  }
}

// `entry` tells of the same as `other`: one incident from now on. Surges take in by rules of their own.
void Grouper::Bridge(const Entry& entry, std::int64_t other) {
  const std::string own = matters_[entry.matter].incident;
  auto& matter = matters_[other];
  if (own.empty() || own == matter.incident) return;
  // Who names no place does not make one place of two: the oldest and newest of both must not contradict.
  const auto& ours = matters_[entry.matter].members;
  for (const std::int64_t a : {ours.front(), ours.back()}) {
    for (const std::int64_t b : {matter.members.front(), matter.members.back()}) {
      if (Margin(*window_.Find(a), *window_.Find(b)) == kElsewhere) return;
    }
  }
  auto& live = live_[own];
  if (live.row.surge || live.row.state != "open") return;
  if (matter.incident.empty()) {
    matter.incident = own;
    for (const std::int64_t seq : matter.members) {
      Join(live, *window_.Find(seq), /*counts=*/true);
      links_[seq] = {seq, other, own};
    }
    return;
  }
  auto& theirs = live_[matter.incident];
  if (theirs.row.surge || theirs.row.state != "open") return;
  // The older one stays.
  if (std::pair(theirs.row.first_at, theirs.row.id) < std::pair(live.row.first_at, live.row.id)) {
    Absorb(own, theirs);
  } else {
    Absorb(std::string(theirs.row.id), live);
  }
}

void Grouper::Found(Matter& matter, const Entry& first) {
  matter.incident = IncidentId(first.at, first.request_id, "matter");
  auto& live = live_[matter.incident];
  live.row.id = matter.incident;
  live.row.subject = first.topic;
  live.row.first_at = live.row.last_at = first.at;
  for (const std::int64_t seq : matter.members) {
    Join(live, *window_.Find(seq), /*counts=*/true);
    links_[seq] = {seq, first.matter, matter.incident};
  }
}

void Grouper::Join(Live& live, const Entry& entry, bool counts) {
  live.members.insert(entry.seq);
  const bool first_call = ++live.callers[entry.caller] == 1;
  if (!entry.topic.empty()) ++live.topics[entry.topic];
  if (!entry.places.empty()) {
    ++live.placed;
    for (std::size_t i = 0; i < entry.places.size(); ++i) {
      auto& place = live.places[entry.places[i]];
      ++place.first;
      place.second = static_cast<int>(entry.places.size() - i);
    }
  }
  if (live.row.surge) {
    for (const std::uint32_t s : entry.features.sketch) ++live.profile[s];
  }
  if (!counts) return;
  ++live.row.requests;
  if (first_call) ++live.row.callers;
  live.row.first_at = std::min(live.row.first_at, entry.at);
  live.row.last_at = std::max(live.row.last_at, entry.at);
  touched_.insert(live.row.id);
  changed_.insert(live.row.id);
}

// It leaves the memory, not the incident.
void Grouper::Leave(Live& live, const Entry& entry) {
  const auto less = [](auto& map, const auto& key) {
    if (const auto it = map.find(key); it != map.end() && --it->second <= 0) map.erase(it);
  };
  live.members.erase(entry.seq);
  less(live.callers, entry.caller);
  less(live.topics, entry.topic);
  if (!entry.places.empty()) --live.placed;
  for (const auto& place : entry.places) {
    if (const auto it = live.places.find(place); it != live.places.end() && --it->second.first <= 0)
      live.places.erase(it);
  }
  if (live.row.surge) {
    for (const std::uint32_t s : entry.features.sketch) less(live.profile, s);
  }
}

void Grouper::Forget(const Entry& entry) {
  const auto matter = matters_.find(entry.matter);
  if (matter == matters_.end()) return;
  if (const auto live = live_.find(matter->second.incident); live != live_.end()) {
    Leave(live->second, entry);
    // One that this step changed is still to be written; it goes when the step is taken.
    if (live->second.members.empty() && !touched_.contains(live->first)) {
      surges_.erase(live->first);
      live_.erase(live);
    }
  }
  std::erase(matter->second.members, entry.seq);
  if (matter->second.members.empty()) matters_.erase(matter);
}

void Grouper::Absorb(const std::string& from_id, Live& to) {
  auto& from = live_[from_id];
  // Calls that are no longer in memory cannot be compared; they count as other citizens'.
  const auto beyond = from.row.callers - static_cast<std::int64_t>(from.callers.size());
  for (const std::int64_t seq : from.members) {
    const Entry& entry = *window_.Find(seq);
    matters_[entry.matter].incident = to.row.id;
    const auto requests = to.row.requests;
    Join(to, entry, /*counts=*/true);
    to.row.requests = requests;
    if (const auto link = links_.find(seq); link != links_.end()) link->second.incident_id = to.row.id;
  }
  to.row.requests += from.row.requests;
  to.row.callers += std::max<std::int64_t>(0, beyond);
  to.row.first_at = std::min(to.row.first_at, from.row.first_at);
  to.row.last_at = std::max(to.row.last_at, from.row.last_at);
  from.members.clear();
  from.row.state = "merged";
  from.row.merged_into = to.row.id;
  surges_.erase(from_id);
  touched_.insert(from_id);
  touched_.insert(to.row.id);
  step_.moved.emplace_back(from_id, to.row.id);
}

store::IncidentStep Grouper::Take() {
  for (const auto& [seq, link] : links_) step_.links.push_back(link);
  for (const auto& id : touched_) {
    auto& live = live_[id];
    step_.incidents.push_back(live.row);
    if (!live.members.empty()) continue;
    surges_.erase(id);
    live_.erase(id);
  }
  for (auto& c : history_.TakeChanges()) step_.rates.push_back({c.subject, c.hour, c.callers});
  links_.clear();
  touched_.clear();
  return std::exchange(step_, {});
}

}  // namespace minsheng::incidents
