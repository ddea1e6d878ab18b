// SPDX-License-Identifier: Apache-2.0
// Collects the problems of all files of a RuleSet. Not thread-safe; lives during one Compile.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/rule_set.h"
#include "src/rules/source_json.h"

namespace minsheng::rules {

// A place in one of the files.
struct Spot {
  std::size_t file = 0;  // index into the files
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Reporter {
 public:
  explicit Reporter(const std::vector<SourceFile>& files) : files_(files) {}

  // `rule` is an id or empty.
  void Error(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
             std::string_view rule = {});
  void Warn(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
            std::string_view rule = {});
  void Note(const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
            std::string_view rule = {});
  // Byte `offset` inside the decoded string that stands at `spot`.
  Spot Inside(const Spot& spot, std::size_t offset) const;

  // Only the place is filled in. Reads the file up to it.
  Problem PlaceOf(const Spot& spot) const;

  bool failed() const { return failed_; }
  const SourceFile& File(std::size_t index) const { return files_[index]; }
  // All problems in order of file and place.
  std::vector<Problem> Take();

 private:
  void Add(Severity severity, const Spot& spot, std::string_view code, std::string_view zh, std::string_view en,
           std::string_view rule);

  const std::vector<SourceFile>& files_;
  std::vector<std::pair<Spot, Problem>> problems_;
  bool failed_ = false;
};

}  // namespace minsheng::rules
