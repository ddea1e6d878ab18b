// SPDX-License-Identifier: Apache-2.0
#include "src/callback/returns.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace minsheng::callback {
namespace {

using orders::Act;

nlohmann::json FactsOf(const orders::Event& event) {
  auto facts = event.data.empty() ? nlohmann::json::object() : nlohmann::json::parse(event.data, nullptr, false);
  return facts.is_object() ? facts : nlohmann::json::object();
}

std::vector<std::string> RulesOf(const std::optional<Verdict>& verdict) {
  if (!verdict) return {};
  std::vector<std::string> rules;
  double strongest = 0;
  for (const auto& reason : verdict->reasons) {
    if (reason.topic != verdict->topic || reason.topic.empty()) continue;
    if (reason.decisive) {
      rules.push_back(reason.rule);
    } else if (rules.empty() && reason.weight > strongest) {
      strongest = reason.weight;
    }
  }
  if (!rules.empty()) return rules;
  for (const auto& reason : verdict->reasons) {
    if (reason.topic == verdict->topic && reason.weight == strongest && strongest > 0) {
      rules.push_back(reason.rule);
      break;
    }
  }
  return rules;
}

// What a hand-over, a refusal or a ruling says about what was given back before.
void Settle(std::vector<GivenBack>* backs, const std::string& had, const std::string& gets) {
  if (backs->empty() || backs->back().outcome != "open") return;
  backs->back().outcome = gets == had ? "kept" : "moved";
}

void CountInto(ReturnLine* line, const Trip& trip) {
  ++line->orders;
  line->hops += static_cast<std::int64_t>(trip.units.size());
  line->came_back += trip.backs.empty() ? 0 : 1;
}

void CountBack(ReturnLine* line, const GivenBack& back) {
  ++(back.objection ? line->objections : line->returns);
  ++(back.outcome == "moved" ? line->right : back.outcome == "kept" ? line->wrong : line->open);
}

std::vector<std::string> KeysOf(const Trip& trip, std::string_view by) {
  std::vector<std::string> keys;
  if (by == "rule") keys = trip.rules.empty() ? std::vector<std::string>{"-"} : trip.rules;
  if (by == "unit") keys = trip.units;
  if (by == "topic") keys = {trip.topic};
  if (by == "hops") keys = {std::to_string(trip.units.size())};
  if (by == "reason") {
    for (const auto& back : trip.backs) keys.push_back(back.code);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool Concerns(const GivenBack& back, const std::string& key, std::string_view by) {
  return by == "unit" ? back.unit == key : by == "reason" ? back.code == key : true;
}

nlohmann::ordered_json EntryOf(const Proposal& p) {
  nlohmann::ordered_json entry{{"id", fmt::format("{}@{}", p.topic, p.place.empty() ? "*" : p.place)},
                               {"topic", p.topic}};
  if (!p.place.empty()) entry["place"] = p.place;
  entry["lead"] = p.lead;
  entry["helpers"] = p.helpers;
  return entry;
}

}  // namespace

Trip TripOf(const store::OrderWay& way) {
  Trip trip;
  trip.number = way.number;
  trip.topic = way.topic;
  trip.rules = RulesOf(way.verdict);
  const bool corrected = !way.corrected_topic.empty() && way.verdict && way.corrected_topic != way.verdict->topic;
  std::string unit;
  for (const auto& event : way.events) {
    const auto facts = FactsOf(event);
    switch (event.act) {
      case Act::kDispatch:
      case Act::kRule:
      case Act::kRedo: {
        const auto gets = facts.value("unit", unit);
        // Handled anew after an answer is no way back from a unit.
        if (event.act != Act::kRedo) Settle(&trip.backs, unit, gets);
        if (gets != unit || event.act == Act::kDispatch) trip.units.push_back(gets);
        unit = gets;
        if (event.act == Act::kRule) {
          trip.rulings.push_back(
              {way.number, way.topic, way.verdict && way.verdict->place ? way.verdict->place->id : "", gets,
               facts.value("helpers", std::vector<std::string>{}), event.reason, event.actor, event.at, corrected});
        }
        break;
      }
      case Act::kReturn:
      case Act::kObject:
        trip.backs.push_back({unit, facts.value("code", "other"), event.act == Act::kObject, "open"});
        break;
      case Act::kRefuse:
        Settle(&trip.backs, unit, unit);
        break;
      default:
        break;
    }
  }
  return trip;
}

Result<std::vector<ReturnLine>> ReportReturns(const std::vector<Trip>& trips, std::string_view by) {
  constexpr std::string_view kKinds[] = {"rule", "unit", "reason", "hops", "topic"};
  if (std::find(std::begin(kKinds), std::end(kKinds), by) == std::end(kKinds)) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("--by 可选 {} / --by is one of {}", fmt::join(kKinds, " "), fmt::join(kKinds, " ")));
  }
  std::map<std::string, ReturnLine> lines;
  for (const auto& trip : trips) {
    for (const auto& key : KeysOf(trip, by)) {
      auto& line = lines[key];
      line.key = key;
      CountInto(&line, trip);
      bool concerns = false;
      for (const auto& back : trip.backs) {
        if (!Concerns(back, key, by)) continue;
        concerns = true;
        CountBack(&line, back);
      }
      if (!concerns && !trip.backs.empty()) --line.came_back;  // another unit gave it back
    }
  }
  std::vector<ReturnLine> out;
  for (auto& [key, line] : lines) out.push_back(std::move(line));
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.came_back > b.came_back; });
  return out;
}

std::vector<Proposal> ProposeEntries(const std::vector<Trip>& trips, const orders::Catalogue& catalogue) {
  std::map<std::pair<std::string, std::string>, std::vector<Ruling>> by_matter;
  for (const auto& trip : trips) {
    // The last ruling of an order is the one that stands.
    if (trip.rulings.empty() || trip.rulings.back().topic_was_wrong) continue;
    const auto& ruling = trip.rulings.back();
    by_matter[{ruling.topic, ruling.place}].push_back(ruling);
  }
  std::vector<Proposal> out;
  for (auto& [matter, rulings] : by_matter) {
    std::set<std::pair<std::string, std::set<std::string>>> said;
    for (const auto& r : rulings) said.insert({r.lead, {r.helpers.begin(), r.helpers.end()}});
    const auto& first = rulings.front();
    Proposal p{matter.first, matter.second, first.lead, first.helpers, {}, said.size() > 1};
    std::sort(p.helpers.begin(), p.helpers.end());
    for (const auto& r : rulings) p.orders.push_back(r.number);
    const auto chain = matter.second.empty() ? std::vector<std::string>{} : std::vector<std::string>{matter.second};
    const auto now = catalogue.Assign(matter.first, chain);
    auto helpers = now.helpers;
    std::sort(helpers.begin(), helpers.end());
    if (now.lead == p.lead && helpers == p.helpers && !p.disputed) continue;
    out.push_back(std::move(p));
  }
  return out;
}

Result<std::string> CataloguePatch(const std::string& catalogue_json, const std::vector<Proposal>& proposals) {
  const auto catalogue = nlohmann::ordered_json::parse(catalogue_json, nullptr, false);
  if (!catalogue.is_array())
    return MakeError(ErrorKind::kInvalid, "catalogue.json 应是条目的列表 / catalogue.json must be a list of entries");
  auto patch = nlohmann::ordered_json::array();
  for (const auto& p : proposals) {
    if (p.disputed) continue;
    std::size_t at = 0;
    while (at < catalogue.size() && !(catalogue[at].is_object() && catalogue[at].value("topic", "") == p.topic &&
                                      catalogue[at].value("place", "") == p.place))
      ++at;
    auto entry = EntryOf(p);
    if (at == catalogue.size()) {
      patch.push_back({{"op", "add"}, {"path", "/-"}, {"value", entry}});
      continue;
    }
    const auto path = fmt::format("/{}", at);
    entry["id"] = catalogue[at].value("id", entry.value("id", ""));
    patch.push_back({{"op", "test"}, {"path", path}, {"value", catalogue[at]}});
    patch.push_back({{"op", "replace"}, {"path", path}, {"value", entry}});
  }
  return patch.dump(2);
}

Result<std::string> ApplyPatch(const std::string& catalogue_json, const std::string& patch) {
  try {
    const auto catalogue = nlohmann::ordered_json::parse(catalogue_json);
    const auto patched = catalogue.patch(nlohmann::ordered_json::parse(patch));
    std::string out = "[";
    for (std::size_t i = 0; i < patched.size(); ++i) out += (i > 0 ? ",\n  " : "\n  ") + patched[i].dump();
    return out + "\n]\n";
  } catch (const nlohmann::json::exception& e) {
    return MakeError(
        ErrorKind::kConflict,
        fmt::format("补丁与派单目录不符：{} / the patch does not fit the catalogue: {}", e.what(), e.what()));
  }
}

}  // namespace minsheng::callback
