// SPDX-License-Identifier: Apache-2.0
#include "channels/push_tree.h"
#include "src/text/utf8.h"
#include "tests/fuzz/target.h"

namespace minsheng::fuzz {
namespace {

void CheckNode(const push::Node& node, int depth, std::size_t* nodes) {
  Require(depth <= push::kMaxDepth + 1 && ++*nodes <= push::kMaxNodes + 1, "depth and number of nodes are bounded");
  Require(text::IsValidUtf8(node.name) && text::IsValidUtf8(node.text), "all texts are valid UTF-8");
  Require(text::Repair(node.text) == node.text, "no text holds control characters");
  for (const push::Node& child : node.children) CheckNode(child, depth + 1, nodes);
}

}  // namespace

void Push(std::string_view input) {
  for (const auto& node : {push::FromXml(input, "xml"), push::FromJson(input)}) {
    if (node) {
      std::size_t nodes = 0;
      CheckNode(*node, 0, &nodes);
      Require(push::Canonical(*node) == push::Canonical(*node), "the canonical form is stable");
    } else {
      Require(!node.error().what.empty(), "an error says what is wrong");
    }
  }
}

}  // namespace minsheng::fuzz
