// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "channels/push_tree.h"
#include "src/text/utf8.h"

namespace minsheng::push {
namespace {

// Builds the tree from parser events: the library's own value would turn long integers into
// doubles before anybody could look at them.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit TreeBuilder(Node* root) : root_(root) {}
  const std::string& error() const { return error_; }
  bool too_large() const { return too_large_; }

  bool null() override { return Add(Node::Form::kNull, {}) != nullptr; }
  bool boolean(bool value) override { return Add(Node::Form::kText, value ? "true" : "false") != nullptr; }
  bool number_integer(std::int64_t value) override { return Add(Node::Form::kText, std::to_string(value)) != nullptr; }
  bool number_unsigned(std::uint64_t value) override {
    return Add(Node::Form::kText, std::to_string(value)) != nullptr;
  }
  bool number_float(double /*value*/, const std::string& digits) override {
    if (digits.find_first_of(".eE") == std::string::npos) {
      error_ = "an integer does not fit 64 bits";
      return false;
    }
    return Add(Node::Form::kText, digits) != nullptr;
  }
  bool string(std::string& value) override { return Add(Node::Form::kText, text::Repair(value)) != nullptr; }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return Open(Node::Form::kObject); }
  bool start_array(std::size_t /*size*/) override { return Open(Node::Form::kArray); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(std::string& name) override {
    name_ = text::Repair(name);
    if (open_.back()->Child(name_) == nullptr) return true;
    error_ = "a name stands twice in one object";
    return false;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*what*/) override {
    // The library's text quotes the input, which may be a citizen's words.
    error_ = "not valid JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  Node* Add(Node::Form form, std::string value) {
    if (++nodes_ > kMaxNodes || open_.size() >= static_cast<std::size_t>(kMaxDepth)) {
      too_large_ = true;
      error_ = "nested deeper than 32 or more than 10000 values";
      return nullptr;
    }
    // Pointers to open parents stay valid: only the innermost one's children grow.
    Node* node = open_.empty() ? root_ : &open_.back()->children.emplace_back();
    node->name = std::exchange(name_, {});
    node->form = form;
    node->text = std::move(value);
    return node;
  }
  bool Open(Node::Form form) {
    Node* node = Add(form, {});
    if (node == nullptr) return false;
    open_.push_back(node);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  Node* root_;
  std::vector<Node*> open_;
  std::string name_;
  std::size_t nodes_ = 0;
  bool too_large_ = false;
  std::string error_;
};

// The four hex digits behind "\u" at `at`, or -1.
int EscapedUnit(std::string_view s, std::size_t at) {
  if (s.substr(at, 2) != "\\u" || at + 6 > s.size()) return -1;
  int unit = 0;
  for (const char c : s.substr(at + 2, 4)) {
    const int digit = c >= '0' && c <= '9'                     ? c - '0'
                      : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                               : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

// A platform that cuts a text at a fixed count of UTF-16 units leaves half an emoji behind, which
// strict JSON refuses. One lost character is better than a parked request.
std::string ReplaceHalfSurrogates(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    if (s[i] != '\\' || i + 1 >= s.size()) {
      out += s[i++];
      continue;
    }
    const int unit = EscapedUnit(s, i);
    const int next = unit >= 0 ? EscapedUnit(s, i + 6) : -1;
    const bool pair = unit >= 0xD800 && unit < 0xDC00 && next >= 0xDC00 && next < 0xE000;
    const bool half = unit >= 0xD800 && unit < 0xE000 && !pair;
    const std::size_t take = pair ? 12 : unit >= 0 ? 6 : 2;
    out += half ? std::string_view("\\ufffd") : s.substr(i, take);
    i += take;
  }
  return out;
}

}  // namespace

Result<Node> FromJson(std::string_view body) {
  if (body.size() > kMaxBytes) return MakeError(ErrorKind::kTooLarge, "JSON body longer than 1 MiB");
  std::string repaired = ReplaceHalfSurrogates(body);
  if (!text::IsValidUtf8(repaired)) repaired = text::Repair(repaired);
  Node root;
  TreeBuilder builder(&root);
  try {
    if (!nlohmann::json::sax_parse(repaired, &builder)) {
      return MakeError(builder.too_large() ? ErrorKind::kTooLarge : ErrorKind::kInvalid, "JSON: " + builder.error());
    }
  } catch (const nlohmann::json::exception&) {
    return MakeError(ErrorKind::kInvalid, "JSON: not valid");
  }
  if (root.form != Node::Form::kObject) return MakeError(ErrorKind::kInvalid, "JSON: not an object");
  return root;
}

}  // namespace minsheng::push
