// SPDX-License-Identifier: Apache-2.0
// The RuleSets in force, active and shadow: read from the store, exchanged while running, shared by all threads.
//
// The articles that replies may name come along, read anew whenever one was published, retired or confirmed.
//
// One thread of its own looks for another version, compiles it and frees the one before, so that
// the workers do neither. A version that cannot be used is never replaced by an older one silently:
// nothing is decided until a usable one is in force. A shadow that cannot be used changes nothing.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "src/router/decide.h"
#include "src/store/store.h"

namespace minsheng::router {

// Units and Catalogue for a RuleSet; an error says which topic has no unit.
using MakeCatalogue = std::function<Result<std::shared_ptr<const orders::Catalogue>>(const rules::RuleSet&)>;

// What goes with a RuleSet: who handles its topics, and when that is due.
struct Guide {
  Guide(std::shared_ptr<const orders::Catalogue> c = nullptr, std::shared_ptr<const orders::Timetable> t = nullptr)
      : catalogue(std::move(c)), timetable(std::move(t)) {}
  std::shared_ptr<const orders::Catalogue> catalogue;
  std::shared_ptr<const orders::Timetable> timetable;
  FormBook book = {};
};
using MakeGuide = std::function<Result<Guide>(const rules::RuleSet&)>;
// The same timetable in another profile; itself when it is in that one, null for null.
std::shared_ptr<const orders::Timetable> InProfile(std::shared_ptr<const orders::Timetable> table,
                                                   orders::Profile profile);

// JSON of RuleSetRow::files and back. The files must be valid UTF-8.
std::string EncodeFiles(const std::vector<rules::SourceFile>& files);
Result<std::vector<rules::SourceFile>> DecodeFiles(const std::string& json);

// Compiles a stored version. kInvalid lists every error, in `language`; kInternal: the files are
// not those that were stored under this number.
Result<std::shared_ptr<const rules::RuleSet>> CompileRow(const store::RuleSetRow& row, const std::string& language);

// Compiles the active RuleSet of the store; in an empty store `shipped` becomes version 1 first.
// Errors: CompileRow.
Result<std::shared_ptr<const rules::RuleSet>> LoadActive(store::Store& store,
                                                         const std::vector<rules::SourceFile>& shipped,
                                                         const std::string& language);

class RulesHolder {
 public:
  static constexpr Millis kPoll{250};          // how often the store is asked
  static constexpr int kPollsUntilRetry = 20;  // a version that cannot be used is tried again so often

  // clock: says which profile of the limits is in force (store/chase.h); it is noticed like another version.
  RulesHolder(Knowledge first, MakeGuide make_guide, const Clock& clock = SystemClock())
      : make_guide_(std::move(make_guide)),
        clock_(clock),
        current_(std::make_shared<const Knowledge>(std::move(first))) {}
  ~RulesHolder() { Stop(); }

  // Without rules while the version in force cannot be used. Thread-safe, never waits.
  Knowledge Current() const { return *current_.load(); }
  std::int64_t ActiveVersion() const;  // of Current; 0 = none can be used
  // Why nothing is decided now; a value when all is well. Thread-safe.
  Result<void> Health() const;

  // Looks once for what is in force now. One thread. An error is Health's, or the store's, which changes nothing.
  Result<void> Refresh(store::Store& store);
  // Looks at once, then again and again on a thread of its own, until Stop.
  void Start(store::Store& store);
  void Stop();

  // Sets that were replaced and are still in some worker's hands.
  std::size_t retired() const { return retired_.size(); }

 private:
  Result<Knowledge> Load(store::Store& store, std::int64_t version);
  Result<void> RefreshActive(store::Store& store, std::int64_t version);
  void RefreshShadow(store::Store& store, std::int64_t version);
  Result<void> RefreshProfile(store::Store& store);
  void RefreshArticles(store::Store& store);
  void Replace(Knowledge next);
  void SetHealth(Result<void> health);
  void FreeRetired();

  MakeGuide make_guide_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const Knowledge>> current_;

  // Of the refreshing thread.
  orders::Profile profile_ = orders::Profile::kNormal;
  std::int64_t failed_active_ = 0;
  std::int64_t failed_shadow_ = 0;
  int active_polls_ = 0;
  int shadow_polls_ = 0;
  std::vector<std::shared_ptr<const void>> retired_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Result<void> health_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace minsheng::router
