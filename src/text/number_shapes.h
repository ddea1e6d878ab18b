// SPDX-License-Identifier: Apache-2.0
// What a run of digits may be, by form and check digit: used by redact.cc only. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace minsheng::text {

// How many digits before, at the head and at the tail of a number stay readable.
struct NumberShape {
  std::size_t skip = 0;  // +86 and the like
  std::size_t keep_head = 0;
  std::size_t keep_tail = 0;
};

// `s` is ASCII digits (an identity number may end in X). nullopt: it is no such number.
std::optional<NumberShape> AsMobile(std::string_view s);
std::optional<NumberShape> AsLandline(std::string_view s);
std::optional<NumberShape> AsIdentity(std::string_view s);
std::optional<NumberShape> AsBankCard(std::string_view s);
// Seventeen or eighteen digits with a date of birth in the middle: misheard or mistyped.
bool LooksLikeIdentity(std::string_view s);

}  // namespace minsheng::text
