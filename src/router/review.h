// SPDX-License-Identifier: Apache-2.0
// Whether a RuleSet fits what stands around it: the channels there are, and the Catalogue. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/rules/rule_set.h"

namespace minsheng::router {

// A warning "unknown-channel" for each channel: condition that names none of `channels`: it never holds.
std::vector<rules::Problem> ReviewChannels(const rules::RuleSet& rules, const std::vector<std::string>& channels);

// An error "no-catalogue-entry" for each topic that no entry of catalogue.json (the text of the file) covers
// for all places. Of an unreadable file nothing is said: loading it says more.
std::vector<rules::Problem> ReviewCatalogue(const rules::RuleSet& rules, std::string_view catalogue_json);

}  // namespace minsheng::router
