// SPDX-License-Identifier: Apache-2.0
// Lists that include other lists. Used by sources.cc only.
#pragma once
#include "src/rules/sources.h"

namespace minsheng::rules {

// Adds to each list the terms of the lists it includes ("@other"), directly or through others, each
// once. Reports lists that do not exist or include themselves.
void ExpandLists(Reporter* reporter, Sources* out);

}  // namespace minsheng::rules
