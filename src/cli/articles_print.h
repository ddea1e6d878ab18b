// SPDX-License-Identifier: Apache-2.0
// How articles are shown; shared by articles_commands.cc and articles_use.cc.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "src/cli/cli.h"

namespace minsheng::cli {

std::string ArticleState(const Context& context, const store::ArticleRow& row);
nlohmann::ordered_json ArticleJson(const store::ArticleRow& row, const store::ArticleVersion& version);

}  // namespace minsheng::cli
