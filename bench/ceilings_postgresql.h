// SPDX-License-Identifier: Apache-2.0
// What PostgreSQL takes of the rows of a run by libpq alone.
#pragma once
#include <string>

#include "bench/ceilings.h"

namespace minsheng::bench {

// As BareCycle, into the PostgreSQL database at `url` (new, with the schema), with statements that are prepared once.
// pipelined: a whole batch is sent before the first answer is read.
double BareCyclePostgresql(stream::Reader& reader, const std::string& url, const Written& written, bool pipelined);

}  // namespace minsheng::bench
