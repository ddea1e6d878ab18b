// SPDX-License-Identifier: Apache-2.0
// Makers of the two halves, for redis.cc.
#pragma once
#include <memory>
#include <string>

#include "src/stream/stream.h"
#include "src/stream/url.h"

namespace minsheng::stream {

std::unique_ptr<Appender> MakeRedisAppender(const Options& options, const Address& address, const Clock& clock);
// `token` is unique among all readers of all processes; see leases.h.
std::unique_ptr<Reader> MakeRedisReader(const Options& options, const Address& address, std::string token,
                                        const Clock& clock);

}  // namespace minsheng::stream
