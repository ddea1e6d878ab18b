// SPDX-License-Identifier: Apache-2.0
#include <pugixml.hpp>

#include "channels/push_tree.h"
#include "src/text/utf8.h"

namespace minsheng::push {
namespace {

// pugixml never expands entities of a DTD and opens no files. parse_doctype only makes a DTD
// visible, so that it can be refused; a citizen's "<!DOCTYPE" inside CDATA is plain text.
constexpr unsigned kXmlFlags = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_doctype;

// False: a limit was passed.
bool CopyElement(const pugi::xml_node& from, int depth, std::size_t* nodes, Node* to) {
  if (depth > kMaxDepth || ++*nodes > kMaxNodes) return false;
  to->name = text::Repair(from.name());
  std::string joined;
  for (const pugi::xml_node& child : from.children()) {
    if (child.type() == pugi::node_element) {
      to->form = Node::Form::kObject;
      if (!CopyElement(child, depth + 1, nodes, &to->children.emplace_back())) return false;
    } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
      joined += child.value();
    }
  }
  if (to->form == Node::Form::kText) to->text = text::Repair(joined);
  return true;
}

}  // namespace

Result<Node> FromXml(std::string_view body, std::string_view root) {
  if (body.size() > kMaxBytes) return MakeError(ErrorKind::kTooLarge, "XML body longer than 1 MiB");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(body.data(), body.size(), kXmlFlags, pugi::encoding_utf8);
  if (!parsed) {
    return MakeError(ErrorKind::kInvalid,
                     "XML, byte " + std::to_string(parsed.offset) + ": " + std::string(parsed.description()));
  }
  const pugi::xml_node* element = nullptr;
  pugi::xml_node first;
  for (const pugi::xml_node& child : document.children()) {
    if (child.type() == pugi::node_doctype) return MakeError(ErrorKind::kInvalid, "XML with a DTD is refused");
    if (child.type() != pugi::node_element) continue;
    if (element != nullptr) return MakeError(ErrorKind::kInvalid, "XML has more than one root element");
    first = child;
    element = &first;
  }
  if (element == nullptr || root != first.name()) {
    return MakeError(ErrorKind::kInvalid, "XML root element is not <" + std::string(root) + ">");
  }
  Node out;
  std::size_t nodes = 0;
  if (!CopyElement(first, 1, &nodes, &out)) {
    return MakeError(ErrorKind::kTooLarge, "XML is nested deeper than 32 or has more than 10000 elements");
  }
  return out;
}

}  // namespace minsheng::push
