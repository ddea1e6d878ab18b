// SPDX-License-Identifier: Apache-2.0
// The RuleSet in force: read from the store, exchanged while running, shared by all threads.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "src/router/decide.h"
#include "src/store/store.h"

namespace minsheng::router {

// JSON of RuleSetRow::files and back.
std::string EncodeFiles(const std::vector<rules::SourceFile>& files);
Result<std::vector<rules::SourceFile>> DecodeFiles(const std::string& json);

// Compiles the active RuleSet of the store; in an empty store `shipped` becomes version 1 first.
// kInvalid lists every problem, in `language`.
Result<std::shared_ptr<const rules::RuleSet>> LoadActive(store::Store& store,
                                                         const std::vector<rules::SourceFile>& shipped,
                                                         const std::string& language);

class RulesHolder {
 public:
  using MakeCatalogue = std::function<Result<std::shared_ptr<const orders::Catalogue>>(const rules::RuleSet&)>;

  RulesHolder(Knowledge first, MakeCatalogue make_catalogue)
      : make_catalogue_(std::move(make_catalogue)), current_(std::make_shared<const Knowledge>(std::move(first))) {}

  Knowledge Current() const { return *current_.load(); }
  // Looks for a newer active version; called about once a second by one thread. A version that
  // cannot be used is an error, and the process stops being ready until it can be.
  Result<void> Refresh(store::Store& store);

 private:
  MakeCatalogue make_catalogue_;
  std::atomic<std::shared_ptr<const Knowledge>> current_;
};

}  // namespace minsheng::router
