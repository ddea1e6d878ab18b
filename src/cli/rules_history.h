// SPDX-License-Identifier: Apache-2.0
// What `rules replay` and `rules suggest` share: RuleSets by version or folder, and ranges of days.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "src/cli/cli.h"
#include "src/router/history.h"
#include "src/rules/rule_set.h"

namespace minsheng::cli {

// A compiled RuleSet with the files that it came from.
struct LoadedRules {
  std::vector<rules::SourceFile> files;
  std::shared_ptr<const rules::RuleSet> set;
  std::string name;  // for people: "第 3 版", or the folder
};

// Compiles; kInvalid lists every error, in the context's language. version 0 = straight from files.
Result<LoadedRules> CompileRules(const Context& context, std::vector<rules::SourceFile> files, std::int64_t version,
                                 std::string name);
// A version of the store, 0 = the active one. Never seeds: a store without a RuleSet is kNotFound.
Result<LoadedRules> LoadVersion(const Context& context, store::Store& store, std::int64_t version);
// A version by its number ("3"), or a folder.
Result<LoadedRules> LoadNamed(const Context& context, store::Store& store, const std::string& version_or_folder);
Result<LoadedRules> LoadFolder(const Context& context, const std::string& folder);

// [begin, end) of the days `from`..`to` in Asia/Shanghai, written 2015-08-10; empty = no limit.
struct Days {
  Time begin{};
  Time end = FromMs(INT64_MAX);
};
Result<Days> ParseDays(const Context& context, const std::string& from, const std::string& to);

// Options that tell on standard error, every 20,000 Requests, how far the reading is.
router::HistoryOptions OptionsOf(const Context& context, const Days& days, int threads);

// A request's words as a terminal may show them: masked, on one line, at most `characters` long.
std::string Masked(std::string_view words, std::size_t characters);

}  // namespace minsheng::cli
