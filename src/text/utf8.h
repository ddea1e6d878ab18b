// SPDX-License-Identifier: Apache-2.0
// UTF-8 basics. Pure, thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

// Decodes one code point at `*pos` and moves it. Bad bytes give U+FFFD, one byte at a time.
char32_t NextCodePoint(std::string_view s, std::size_t* pos);
void AppendUtf8(char32_t c, std::string* out);

bool IsValidUtf8(std::string_view s);
// Bad bytes become U+FFFD; NUL and other C0 controls except tab and line feed are dropped; CR LF
// and CR become LF.
std::string Repair(std::string_view s);
std::size_t CountChars(std::string_view s);  // code points
// At most `max_chars` code points, with "…" when something was cut.
std::string Truncate(std::string_view s, std::size_t max_chars);
// Parts of at most max_bytes each, cut at line ends or sentence marks if possible, never inside a
// code point nor before a combining mark, variation selector or ZWJ sequence. max_bytes >= 16.
std::vector<std::string> Split(std::string_view s, std::size_t max_bytes);
std::string_view Trim(std::string_view s);  // ASCII white space and U+3000

}  // namespace minsheng::text
