// SPDX-License-Identifier: Apache-2.0
#include "src/store/absent.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/text/utf8.h"

namespace minsheng::store {
namespace {

constexpr std::size_t kKeysAtOnce = 64;

std::string Parameters(std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += fmt::format("{}:k{}", i == 0 ? "" : ", ", i);
  return out;
}

}  // namespace

std::string Absent::Joined(const Where& where, const std::string& key) {
  std::string joined;
  for (const auto& word : where) (joined += word) += '\0';
  return joined + key;
}

void Absent::Ask(Connection& c, std::string_view sql, const Where& where, std::vector<std::string> keys) {
  // What the database holds in another form than it was given cannot be told from what it does not hold.
  std::erase_if(keys, [](const auto& k) { return !text::IsValidUtf8(k) || k.find('\0') != std::string::npos; });
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto& key : keys) absent_.insert(Joined(where, key));
  for (std::size_t at = 0; at < keys.size(); at += kKeysAtOnce) {
    // Two lengths of list, so that two statements are held.
    const std::size_t n = std::min(kKeysAtOnce, keys.size() - at);
    const std::size_t listed = n == 1 ? 1 : kKeysAtOnce;
    std::vector<std::string> values = where;
    for (std::size_t i = 0; i < listed; ++i) values.push_back(keys[at + std::min(i, n - 1)]);
    Query& q = c.Prepared(fmt::format(fmt::runtime(sql), Parameters(listed)), "t");
    for (bool row = q.FirstOf(values); row; row = q.Next()) absent_.erase(Joined(where, q.Text(0)));
  }
  // After an error nothing was seen.
  if (c.error()) absent_.clear();
}

}  // namespace minsheng::store
