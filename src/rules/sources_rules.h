// SPDX-License-Identifier: Apache-2.0
// Reading of rule files and golden cases. Used by sources.cc only.
#pragma once
#include "src/rules/sources.h"

namespace minsheng::rules {

void ReadRuleFile(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out);
void ReadGoldenFile(const JsonValue& root, std::size_t file, Reporter* reporter, Sources* out);
// Names that rules and golden cases use must exist; also sorts the rules. After all files are read.
void CheckRules(Reporter* reporter, Sources* out);

}  // namespace minsheng::rules
