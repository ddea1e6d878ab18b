// SPDX-License-Identifier: Apache-2.0
// Where a Redis is: "unix:/path/redis.sock" or "redis://[user:password@]host:port[/db]".
#pragma once
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng::stream {

struct Address {
  std::string socket;  // absolute path; empty = TCP
  std::string host;
  int port = 6379;
  std::string user;  // empty = Redis' default user
  std::string password;
  int database = 0;
};

// User and password may be percent-encoded; an IPv6 host stands in brackets. kInvalid names what
// is wrong and never repeats the password.
Result<Address> ParseUrl(std::string_view url);

}  // namespace minsheng::stream
