// SPDX-License-Identifier: Apache-2.0
#include "channels/push_tree.h"

#include <algorithm>

namespace minsheng::push {
namespace {

void AppendCanonical(const Node& node, std::string* out) {
  const auto put = [out](std::string_view s) {
    *out += std::to_string(s.size());
    *out += ':';
    *out += s;
  };
  *out += "TOAN"[static_cast<int>(node.form)];
  put(node.name);
  put(node.text);
  std::vector<const Node*> order;
  for (const Node& child : node.children) order.push_back(&child);
  if (node.form == Node::Form::kObject) {
    std::stable_sort(order.begin(), order.end(), [](const Node* a, const Node* b) { return a->name < b->name; });
  }
  *out += std::to_string(order.size());
  *out += '[';
  for (const Node* child : order) AppendCanonical(*child, out);
  *out += ']';
}

}  // namespace

const Node* Node::Child(std::string_view child_name) const {
  const auto at = std::find_if(children.begin(), children.end(), [&](const Node& c) { return c.name == child_name; });
  return at == children.end() ? nullptr : &*at;
}

std::string Node::Text(std::string_view child_name) const {
  const Node* child = Child(child_name);
  return child != nullptr && child->form == Form::kText ? child->text : std::string();
}

std::string Canonical(const Node& node) {
  std::string out;
  AppendCanonical(node, &out);
  return out;
}

}  // namespace minsheng::push
