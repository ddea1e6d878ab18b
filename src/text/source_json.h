// SPDX-License-Identifier: Apache-2.0
// A JSON reader that remembers where everything stands, so that a problem in a file can be shown
// at its line and column in the file, even inside a string.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string string;               // decoded UTF-8
  std::vector<JsonValue> items;     // of an array
  std::vector<JsonMember> members;  // of an object, in the order of the file
  std::size_t begin = 0;            // bytes of the file, [begin, end); a string includes its quotation marks
  std::size_t end = 0;

  const JsonValue* Find(std::string_view key) const;  // null if this is no object or has no such key
};

struct JsonMember {
  std::string key;
  std::size_t at = 0;  // of the key
  JsonValue value;
};

struct JsonFault {
  std::size_t at = 0;
  std::string zh;
  std::string en;
};

// Reads a whole document (RFC 8259, valid UTF-8, at most 64 levels deep, no repeated keys). False
// and the first fault when it is not one; `*out` is then unspecified.
bool ReadJson(std::string_view file, JsonValue* out, JsonFault* fault);

// Byte of the file at which byte `offset` of the decoded string `value` was written.
std::size_t PlaceInFile(std::string_view file, const JsonValue& value, std::size_t offset);

// 1-based line, and column in characters.
struct LineColumn {
  int line = 1;
  int column = 1;
};
// Moves `place` over `passed`, the bytes that follow it in a file.
void Advance(std::string_view passed, LineColumn* place);

}  // namespace minsheng::text
