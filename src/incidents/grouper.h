// SPDX-License-Identifier: Apache-2.0
// Grouper: which requests are about the same happening. Two levels:
//   matter  the same thing at the same place, told in like words within hours;
//   surge   many more callers within an hour than usual about one topic, or one family of topics and
//           tags: it takes in the matters that belong to it by tag, topic and the words of the hour.
// A matter of two requests is an incident; a surge is one, however many matters it holds.
//
// Pure: no I/O, no clock (each request brings its time). A fold over the requests in commit order: the
// same sequence gives the same groups, and a Grouper restored from what was stored goes on as if it had
// never stopped. One thread. Memory: docs/incidents.md.
#pragma once
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/incidents/growth.h"
#include "src/incidents/options.h"
#include "src/incidents/window.h"
#include "src/store/incidents.h"

namespace minsheng::incidents {

struct Request {
  std::int64_t seq = 0;  // from 1, rising
  std::string request_id;
  Time at{};
  std::uint64_t caller = 0;  // equal for the same citizen
  std::string topic;         // empty = in triage without a guess
  std::vector<std::string> tags;
  std::vector<std::string> places;
  Features features;
};

// What the grouper knows of an incident with members in memory.
struct Live {
  store::IncidentRow row;
  std::set<std::int64_t> members;
  std::unordered_map<std::uint64_t, int> callers;
  std::unordered_map<std::uint32_t, int> profile;     // shingle -> members; of surges only
  std::map<std::string, std::pair<int, int>> places;  // id -> members, depth
  int placed = 0;
  std::map<std::string, int> topics;
};

class Grouper {
 public:
  explicit Grouper(Options options);

  // In this order, before the first Add: incidents, then their requests by rising seq, then rates.
  void RestoreIncident(store::IncidentRow row);
  void Restore(Request request, std::int64_t matter, const std::string& incident_id);
  void RestoreRate(const store::IncidentRate& rate) { history_.Set(rate.subject, rate.hour, rate.callers); }

  void Add(Request request);
  // What the requests since the last call changed.
  store::IncidentStep Take();

  struct Stats {
    std::size_t requests = 0;
    std::size_t looked = 0;       // requests compared with, all in all
    std::size_t most_looked = 0;  // for one request
  };
  const Stats& stats() const { return stats_; }
  const Window& window() const { return window_; }
  std::size_t incidents_in_memory() const { return live_.size(); }
  std::size_t rates_in_memory() const { return history_.size(); }

 private:
  struct Matter {
    std::vector<std::int64_t> members;
    std::string incident;
  };
  struct Recent {
    Time at{};
    std::uint64_t caller = 0;
    std::int64_t seq = 0;
  };

  Entry EntryOf(Request request) const;
  bool SameTopic(const Entry& a, const Entry& b) const;
  int Margin(const Entry& a, const Entry& b) const;
  std::int64_t BestMatter(const Entry& entry, std::set<std::int64_t>* same);
  void Bridge(const Entry& entry, std::int64_t other);
  bool Joinable(const Live& live, Time at, Millis gap) const;
  void Forget(const Entry& entry);

  void EnterMatter(const Entry& entry);
  void Found(Matter& matter, const Entry& first);
  void Join(Live& live, const Entry& entry, bool counts);
  void Leave(Live& live, const Entry& entry);
  void Absorb(const std::string& from, Live& to);

  // surge.cc
  std::vector<std::string> SubjectsOf(const Entry& entry) const;
  void CountSubjects(const Entry& entry, bool restored);
  void EnterSurges(const Entry& entry);
  void OpenSurges(const Entry& entry);
  void OpenSurge(const std::string& subject, const Entry& entry, const std::vector<const Entry*>& cause);
  void TakeIn(Live& surge, const Entry& entry);
  bool GoesOn(const Live& surge, Time at) const;
  bool MayTakeIn(const Live& surge, const Entry& entry) const;
  bool Belongs(const Live& surge, const Entry& entry) const;
  bool IsOfTheHour(const Live& surge, std::uint32_t shingle) const;
  bool PlaceFits(const Live& surge, const Entry& entry) const;
  void MakeProfile(Live& surge) const;
  void Watch(const std::string& incident, const Entry& entry);
  std::vector<const Entry*> CauseOf(const std::string& subject, Time at) const;

  // describe.cc
  void Describe(Live& live) const;
  std::string PlaceOf(const Live& live) const;
  std::string TopicOf(const Live& live) const;
  std::vector<std::string> WordsOf(const Live& live) const;

  const Options options_;
  Window window_;
  History history_;
  std::unordered_map<std::int64_t, Matter> matters_;
  std::map<std::string, Live> live_;
  std::set<std::string> surges_;  // in live_
  std::map<std::string, std::deque<Recent>> recent_;
  store::IncidentStep step_;
  std::map<std::int64_t, store::IncidentLink> links_;
  std::set<std::string> touched_;  // since the last Take
  std::set<std::string> changed_;  // by the request at hand
  Stats stats_;
};

// ULID from the time and name of the request that an incident began with; `what` tells several apart.
std::string IncidentId(Time at, std::string_view request_id, std::string_view what);

}  // namespace minsheng::incidents
