// SPDX-License-Identifier: Apache-2.0
#include "src/router/rules_holder.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/base/log.h"
#include "src/base/metrics.h"

namespace minsheng::router {
namespace {

constexpr std::size_t kProblemsInLog = 3;

// The first lines of an error that may list hundreds of problems.
std::string FirstLines(const std::string& text) {
  std::size_t end = 0;
  for (std::size_t n = 0; n < kProblemsInLog && end != std::string::npos; ++n) {
    end = text.find('\n', end == 0 ? 0 : end + 1);
  }
  return end == std::string::npos ? text : text.substr(0, end) + " …";
}

std::int64_t VersionOf(const std::shared_ptr<const rules::RuleSet>& set) { return set ? set->version() : 0; }

}  // namespace

std::shared_ptr<const orders::Timetable> InProfile(std::shared_ptr<const orders::Timetable> table,
                                                   orders::Profile profile) {
  if (!table || table->profile == profile) return table;
  auto other = *table;
  other.profile = profile;
  return std::make_shared<const orders::Timetable>(std::move(other));
}

std::string EncodeFiles(const std::vector<rules::SourceFile>& files) {
  auto j = nlohmann::ordered_json::array();
  for (const auto& f : files) j.push_back({{"path", f.path}, {"content", f.content}});
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<std::vector<rules::SourceFile>> DecodeFiles(const std::string& json) {
  const auto j = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::vector<rules::SourceFile> files;
  if (!j.is_array()) return MakeError(ErrorKind::kInternal, "stored RuleSet is no list of files");
  const auto is_text = [](const nlohmann::json& file, const char* key) {
    const auto at = file.find(key);
    return at != file.end() && at->is_string();
  };
  for (const auto& f : j) {
    if (!f.is_object() || !is_text(f, "path") || !is_text(f, "content")) {
      return MakeError(ErrorKind::kInternal, "stored RuleSet holds something that is no file");
    }
    files.push_back({f["path"].get<std::string>(), f["content"].get<std::string>()});
  }
  return files;
}

Result<std::shared_ptr<const rules::RuleSet>> CompileRow(const store::RuleSetRow& row, const std::string& language) {
  const auto files = DecodeFiles(row.files);
  if (!files) return Fail(files.error());
  if (!row.hash.empty() && rules::HashOf(*files) != row.hash) {
    return MakeError(ErrorKind::kInternal,
                     fmt::format("第 {} 版的文件与入库时不同 / the files of version {} are not those that were stored",
                                 row.version, row.version));
  }
  auto compiled = rules::RuleSet::Compile(*files, row.version, rules::RuleSet::Advice::kSkip);
  if (compiled.set) return std::move(compiled.set);
  std::string all;
  for (const auto& p : compiled.problems) {
    if (p.severity == rules::Severity::kError) all += (all.empty() ? "" : "\n") + rules::Format(p, language);
  }
  return MakeError(ErrorKind::kInvalid, all);
}

Result<std::shared_ptr<const rules::RuleSet>> LoadActive(store::Store& store,
                                                         const std::vector<rules::SourceFile>& shipped,
                                                         const std::string& language) {
  auto row = store.ActiveRuleSet();
  if (!row) return Fail(row.error());
  if (*row) {
    auto set = CompileRow(**row, language);
    if (set) return set;
    return MakeError(
        set.error().kind,
        fmt::format("现行规则第 {} 版不能使用，可用 minsheng rules rollback 退回上一版 / version {} of the "
                    "rules is in force and cannot be used; minsheng rules rollback goes one step back\n{}",
                    (*row)->version, (*row)->version, set.error().what));
  }
  store::RuleSetRow first;
  first.version = 1;
  first.state = "active";
  first.author = "system";
  first.note = "shipped RuleSet";
  first.files = EncodeFiles(shipped);
  auto set = CompileRow(first, language);  // before it is stored: a broken one never becomes active
  if (!set) return set;
  first.hash = (*set)->hash();
  if (const auto seeded = store.SeedRuleSet(first); !seeded) return Fail(seeded.error());
  return set;
}

Result<void> RulesHolder::Health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

void RulesHolder::SetHealth(Result<void> health) {
  const std::lock_guard lock(mutex_);
  health_ = std::move(health);
}

std::int64_t RulesHolder::ActiveVersion() const { return VersionOf(Current().rules); }

void RulesHolder::Start(store::Store& store) {
  static_cast<void>(Refresh(store));
  thread_ = std::thread([this, &store] {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kPoll, [this] { return stop_; })) {
      lock.unlock();
      static_cast<void>(Refresh(store));  // Health says it; a store that is away is seen by /readyz itself
      lock.lock();
    }
  });
}

void RulesHolder::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

// Whoever holds the last reference frees the set, which takes a while for a big one: that must be us.
void RulesHolder::FreeRetired() {
  std::erase_if(retired_, [](const auto& set) { return set.use_count() == 1; });
}

void RulesHolder::Replace(Knowledge next) {
  const auto old = current_.exchange(std::make_shared<const Knowledge>(std::move(next)));
  const auto now = Current();
  if (old->rules && old->rules != now.rules) retired_.push_back(old->rules);
  if (old->shadow && old->shadow != now.shadow) retired_.push_back(old->shadow);
  if (old->catalogue && old->catalogue != now.catalogue) retired_.push_back(old->catalogue);
}

Result<Knowledge> RulesHolder::Load(store::Store& store, std::int64_t version) {
  const auto row = store.GetRuleSet(version);
  if (!row) return Fail(row.error());
  auto set = CompileRow(*row, "en");
  if (!set) return Fail(set.error());
  auto guide = make_guide_(**set);
  if (!guide) return Fail(guide.error());
  guide->timetable = InProfile(std::move(guide->timetable), profile_);
  return Knowledge{std::move(*set), std::move(guide->catalogue), nullptr, std::move(guide->timetable),
                   nullptr,         std::move(guide->book)};
}

// An emergency begins or ends: orders that are handed over from now on are counted by its limits.
Result<void> RulesHolder::RefreshProfile(store::Store& store) {
  const auto profile = store.Chase().ProfileAt(clock_.Now());
  if (!profile) return Fail(profile.error());
  profile_ = *profile;
  auto now = Current();
  auto table = InProfile(now.timetable, profile_);
  if (table == now.timetable) return {};
  log::Info("profile-switched", {{"to", orders::ToWord(profile_)}});
  now.timetable = std::move(table);
  Replace(std::move(now));
  return {};
}

Result<void> RulesHolder::RefreshActive(store::Store& store, std::int64_t version) {
  auto now = Current();
  if (version == 0 || version == VersionOf(now.rules)) {
    SetHealth({});
    return {};
  }
  if (version == failed_active_ && ++active_polls_ < kPollsUntilRetry) return Health();
  active_polls_ = 0;
  auto next = Load(store, version);
  if (next) {
    next->shadow = now.shadow;
    next->articles = now.articles;
    log::Info("rule-set-switched", {{"from", VersionOf(now.rules)}, {"to", version}});
    Replace(std::move(*next));
    failed_active_ = 0;
    SetHealth({});
  } else if (next.error().kind == ErrorKind::kUnavailable) {
    return Fail(next.error());  // the store is away: nothing is known yet
  } else {
    const auto why = fmt::format("version {} cannot be used: {}", version, FirstLines(next.error().what));
    if (failed_active_ != version) {
      log::Error("rule-set-unusable", {{"version", version}, {"error", why}, {"remedy", "minsheng rules rollback"}});
    }
    failed_active_ = version;
    now.rules = nullptr;
    Replace(std::move(now));
    SetHealth(MakeError(next.error().kind, why));
  }
  metrics::Set("minsheng_rule_set_usable", {{"role", "active"}}, failed_active_ == 0 ? 1 : 0);
  metrics::Set("minsheng_rule_set_version", {{"role", "active"}}, static_cast<double>(version));
  return Health();
}

void RulesHolder::RefreshShadow(store::Store& store, std::int64_t version) {
  auto now = Current();
  if (version == VersionOf(now.shadow)) return;
  if (version != 0 && version == failed_shadow_ && ++shadow_polls_ < kPollsUntilRetry) return;
  shadow_polls_ = 0;
  now.shadow = nullptr;
  if (version != 0) {
    auto next = Load(store, version);
    if (next) {
      now.shadow = std::move(next->rules);
      failed_shadow_ = 0;
    } else if (failed_shadow_ != version) {
      failed_shadow_ = version;
      log::Error("shadow-unusable", {{"version", version}, {"error", FirstLines(next.error().what)}});
    }
  } else {
    failed_shadow_ = 0;
  }
  if (now.shadow != Current().shadow) log::Info("shadow-switched", {{"to", VersionOf(now.shadow)}});
  metrics::Set("minsheng_rule_set_usable", {{"role", "shadow"}}, failed_shadow_ == 0 ? 1 : 0);
  metrics::Set("minsheng_rule_set_version", {{"role", "shadow"}}, static_cast<double>(version));
  Replace(std::move(now));
}

// A store that is away leaves the articles as they are: their days are looked at with every answer.
void RulesHolder::RefreshArticles(store::Store& store) {
  const auto stamp = store.Articles().Stamp();
  auto now = Current();
  if (!stamp || (now.articles && now.articles->stamp() == *stamp)) return;
  auto book = knowledge::ArticleBook::Load(store.Articles());
  if (!book) return;
  log::Info("articles-read", {{"stamp", (*book)->stamp()}, {"articles", (*book)->rows().size()}});
  now.articles = std::move(*book);
  Replace(std::move(now));
}

Result<void> RulesHolder::Refresh(store::Store& store) {
  FreeRetired();
  if (auto done = RefreshProfile(store); !done) return done;
  const auto wanted = store.RuleSetsInForce();
  if (!wanted) return Fail(wanted.error());
  const auto active = RefreshActive(store, wanted->active);
  RefreshShadow(store, wanted->shadow);
  RefreshArticles(store);
  return active;
}

}  // namespace minsheng::router
