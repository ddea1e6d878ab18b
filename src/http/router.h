// SPDX-License-Identifier: Apache-2.0
// Finds the handler of a method and path. Filled before the server starts, then only read, so it
// needs no lock.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/http/http.h"

namespace minsheng::http {

class Router {
 public:
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // "{name}" or a literal
    Handler handler;
    std::size_t max_body_bytes = 0;  // 0 = the server's
  };
  struct Match {
    const Route* route = nullptr;  // null: nothing matched
    std::map<std::string, std::string> params;
    std::string allow;  // methods of the path when only the method did not match
  };

  void Add(std::string method, std::string_view pattern, Handler handler, std::size_t max_body_bytes);

  // path: decoded. A "{name}" takes one segment that is not empty. Among several matches the one
  // with more literal segments wins, then the one whose literals stand further left. HEAD falls
  // back to GET.
  Match Find(std::string_view method, std::string_view path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace minsheng::http
