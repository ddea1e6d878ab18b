// SPDX-License-Identifier: Apache-2.0
// Whether a RuleSet fits what stands around it: the channels there are, and the Catalogue. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/knowledge/article_book.h"
#include "src/rules/rule_set.h"

namespace minsheng::router {

// A warning "unknown-channel" for each channel: condition that names none of `channels`: it never holds.
std::vector<rules::Problem> ReviewChannels(const rules::RuleSet& rules, const std::vector<std::string>& channels);

// An error "no-catalogue-entry" for each topic that no entry of catalogue.json (the text of the file) covers
// for all places. Of an unreadable file nothing is said: loading it says more.
std::vector<rules::Problem> ReviewCatalogue(const rules::RuleSet& rules, std::string_view catalogue_json);

// A problem for each reply that names an article which answers nothing at `now`: "unknown-article" is an error;
// "article-silent" (draft, retired, not yet or no longer valid) a warning, for such requests go to people meanwhile.
std::vector<rules::Problem> ReviewArticles(const rules::RuleSet& rules, const knowledge::ArticleBook& articles,
                                           Time now);

}  // namespace minsheng::router
