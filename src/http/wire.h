// SPDX-License-Identifier: Apache-2.0
// What may stand in the head of a message. Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/http/http.h"

namespace minsheng::http {

std::string LowerAscii(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII

// A method or header name: RFC 9110 section 5.6.2, not empty.
bool IsToken(std::string_view text);

// No control bytes but TAB (RFC 9110 section 5.5): nothing that could end the line.
bool IsHeaderValue(std::string_view text);

// The path of a request line, decoded once. nullopt when it does not start with '/', is badly
// encoded, or holds what could mean another path to somebody else: an encoded '/' or '\', a
// control byte, or a segment "." or "..".
std::optional<std::string> DecodePath(std::string_view raw);

// The value of Content-Length: digits only; nullopt for anything else.
std::optional<std::uint64_t> ParseContentLength(std::string_view text);

// Why this answer must not go out ("Set-Cookie twice"); nullopt when it may. Names the header,
// never its value.
std::optional<std::string> ProblemOf(const Response& response);

}  // namespace minsheng::http
