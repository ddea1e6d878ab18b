// SPDX-License-Identifier: Apache-2.0
#include "src/http/router.h"

#include <set>
#include <utility>

namespace minsheng::http {
namespace {

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsParam(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

bool Matches(const Router::Route& route, const std::vector<std::string_view>& segments) {
  if (route.segments.size() != segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (IsParam(route.segments[i]) ? segments[i].empty() : route.segments[i] != segments[i]) return false;
  }
  return true;
}

// How literal a pattern is: more literals first, then the earlier ones.
std::pair<std::size_t, std::vector<bool>> RankOf(const Router::Route& route) {
  std::pair<std::size_t, std::vector<bool>> rank{0, {}};
  for (const std::string& segment : route.segments) {
    rank.second.push_back(!IsParam(segment));
    rank.first += rank.second.back() ? 1 : 0;
  }
  return rank;
}

}  // namespace

void Router::Add(std::string method, std::string_view pattern, Handler handler, std::size_t max_body_bytes) {
  Route route{std::move(method), {}, std::move(handler), max_body_bytes};
  for (std::string_view segment : SplitPath(pattern)) route.segments.emplace_back(segment);
  routes_.push_back(std::move(route));
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  const std::vector<std::string_view> segments = SplitPath(path);
  Match match;
  std::pair<std::size_t, std::vector<bool>> best;
  std::set<std::string_view> methods;
  // A HEAD route of its own goes before the GET route of the same pattern.
  for (const bool fallback : {false, true}) {
    if (match.route || (fallback && method != "HEAD")) break;
    const std::string_view wanted = fallback ? "GET" : method;
    for (const Route& route : routes_) {
      if (!Matches(route, segments)) continue;
      methods.insert(route.method);
      if (route.method != wanted) continue;
      auto rank = RankOf(route);
      if (match.route && rank <= best) continue;
      match.route = &route;
      best = std::move(rank);
    }
  }
  if (!match.route) {
    if (methods.count("GET") != 0) methods.insert("HEAD");
    for (std::string_view name : methods) (match.allow += match.allow.empty() ? "" : ", ") += name;
    return match;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& segment = match.route->segments[i];
    if (IsParam(segment)) match.params[segment.substr(1, segment.size() - 2)] = segments[i];
  }
  return match;
}

}  // namespace minsheng::http
