// SPDX-License-Identifier: Apache-2.0
// Finders of names, addresses and codes in Chinese text. Used by extract.cc, answers.cc and masking. Pure.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "src/forms/reading.h"

namespace minsheng::forms {

using CharRange = std::pair<std::size_t, std::size_t>;  // characters of a Reading, half-open

// An address that begins at `at`: the run of names and numbers up to its last 路, 号楼, 村, 小区, ... Nothing when none
// of these ends it. `least_parts`: so many of them at least.
std::optional<CharRange> AddressAt(const Reading& r, std::size_t at, int least_parts = 1);
// The first address behind 在, 住, 位于, 地址 and the like, or one that needs no such word: with at least two parts.
std::optional<CharRange> FindAddress(const Reading& r);

// A person's name, surname first, that begins at `at` and ends at a mark or a word that no name goes on with.
std::optional<CharRange> NameAt(const Reading& r, std::size_t at);
// Names behind 我叫, 我是, 姓名, 名叫 and so on.
std::vector<CharRange> FindNames(const Reading& r);

// Letters and digits, at least four, with a digit, at `at` or behind 号, 码, 是, 为, a colon or #.
std::optional<CharRange> CodeBehind(const Reading& r, std::size_t at);

// A name that ends with `end`, which begins at `at`: the characters before it back to a mark or a word that is no part
// of a name; 2 to 14 characters before `end`.
std::optional<CharRange> NameEndingAt(const Reading& r, std::size_t at, std::u32string_view end);

}  // namespace minsheng::forms
