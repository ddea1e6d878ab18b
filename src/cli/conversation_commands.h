// SPDX-License-Identifier: Apache-2.0
// minsheng requests release|attach|spam: a person's word on requests that wait. As cli.h.
#pragma once
#include <string>

#include "src/cli/cli.h"

namespace minsheng::cli {

int RequestsRelease(const Context& context, const std::string& id);
int RequestsAttach(const Context& context, const std::string& message, const std::string& order);
int RequestsSpam(const Context& context, const std::string& id, const std::string& note);

}  // namespace minsheng::cli
