// SPDX-License-Identifier: Apache-2.0
// The body of a platform's push as a small tree of texts, read from XML or JSON under limits.
//
// Both formats end in the same shape, so that the rest of a channel does not care which one came.
// Numbers keep their digits as text: a 64-bit id never passes through a double. All texts are
// valid UTF-8 without control characters (text::Repair). Pure functions, thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng::push {

struct Node {
  enum class Form { kText, kObject, kArray, kNull };
  std::string name;
  Form form = Form::kText;
  std::string text;            // kText: the value; numbers and true/false as written
  std::vector<Node> children;  // kObject: members in order; kArray: elements, nameless

  // First child of that name, or nullptr. Names are compared byte by byte.
  const Node* Child(std::string_view child_name) const;
  // Its text; empty when it is missing or holds no plain text.
  std::string Text(std::string_view child_name) const;
};

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 10'000;

// Strict JSON of one object. Refused: more than the limits, a name twice in one object, an integer
// that does not fit 64 bits (it would be rounded). Bad UTF-8 and half surrogates become U+FFFD.
// Errors: kInvalid or kTooLarge, the text names the byte.
Result<Node> FromJson(std::string_view body);

// XML of one element named `root`. No DTD, no entities beyond the five of XML, no attributes or
// comments kept; CDATA and text are joined. An element with child elements is kObject.
// push_xml.cc is the only file with pugixml.
Result<Node> FromXml(std::string_view body, std::string_view root);

// The same bytes for the same content: members sorted by name, every text with its length. For
// hashing only.
std::string Canonical(const Node& node);

}  // namespace minsheng::push
