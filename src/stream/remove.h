// SPDX-License-Identifier: Apache-2.0
// Redis::Remove on one connection. Private to src/stream/.
#pragma once
#include "src/stream/connection.h"
#include "src/stream/stream.h"

namespace minsheng::stream {

Result<Removed> RemoveEntries(Connection& connection, int partitions, const Pick& pick);

}  // namespace minsheng::stream
