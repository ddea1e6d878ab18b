// SPDX-License-Identifier: Apache-2.0
#include "src/router/rules_holder.h"

#include <nlohmann/json.hpp>

#include "src/base/log.h"

namespace minsheng::router {
namespace {

Result<std::shared_ptr<const rules::RuleSet>> CompileRow(const store::RuleSetRow& row, const std::string& language) {
  const auto files = DecodeFiles(row.files);
  if (!files) return Fail(files.error());
  auto compiled = rules::RuleSet::Compile(*files, row.version);
  if (compiled.set) return std::move(compiled.set);
  std::string all;
  for (const auto& p : compiled.problems) all += (all.empty() ? "" : "\n") + rules::Format(p, language);
  return MakeError(ErrorKind::kInvalid, all);
}

}  // namespace

std::string EncodeFiles(const std::vector<rules::SourceFile>& files) {
  auto j = nlohmann::ordered_json::array();
  for (const auto& f : files) j.push_back({{"path", f.path}, {"content", f.content}});
  return j.dump();
}

Result<std::vector<rules::SourceFile>> DecodeFiles(const std::string& json) {
  const auto j = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  std::vector<rules::SourceFile> files;
  if (!j.is_array()) return MakeError(ErrorKind::kInternal, "stored RuleSet is no list of files");
  for (const auto& f : j) {
    if (!f.is_object()) return MakeError(ErrorKind::kInternal, "stored RuleSet holds something that is no file");
    files.push_back({f.value("path", ""), f.value("content", "")});
  }
  return files;
}

Result<std::shared_ptr<const rules::RuleSet>> LoadActive(store::Store& store,
                                                         const std::vector<rules::SourceFile>& shipped,
                                                         const std::string& language) {
  auto row = store.ActiveRuleSet();
  if (!row) return Fail(row.error());
  if (*row) return CompileRow(**row, language);
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

Result<void> RulesHolder::Refresh(store::Store& store) {
  const auto version = store.ActiveRuleSetVersion();
  if (!version) return Fail(version.error());
  if (*version == 0 || *version == Current().rules->version()) return {};
  const auto row = store.ActiveRuleSet();
  if (!row) return Fail(row.error());
  if (!*row) return {};
  auto set = CompileRow(**row, "en");
  if (!set) return Fail(set.error());
  auto catalogue = make_catalogue_(**set);
  if (!catalogue) return Fail(catalogue.error());
  log::Info("rule-set-switched", {{"from", Current().rules->version()}, {"to", *version}});
  current_.store(std::make_shared<const Knowledge>(Knowledge{std::move(*set), std::move(*catalogue)}));
  return {};
}

}  // namespace minsheng::router
