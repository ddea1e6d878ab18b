// SPDX-License-Identifier: Apache-2.0
#include "src/text/source_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

constexpr int kMaxJsonDepth = 64;
constexpr std::size_t kFewMembers = 16;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Four hex digits at `at`, or -1.
int Hex4(std::string_view s, std::size_t at) {
  if (at + 4 > s.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = HexDigit(s[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// Decodes one written character of a string at *pos (not the closing mark) and appends it. False
// on a bad escape; *pos then stays on it.
bool TakeStringCharacter(std::string_view s, std::size_t* pos, std::string* out) {
  if (s[*pos] != '\\') {
    out->push_back(s[(*pos)++]);
    return true;
  }
  if (*pos + 1 >= s.size()) return false;
  static constexpr std::string_view kFrom = "\"\\/bfnrt";
  static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
  const char escape = s[*pos + 1];
  if (const std::size_t i = kFrom.find(escape); i != std::string_view::npos) {
    out->push_back(kTo[i]);
    *pos += 2;
    return true;
  }
  const int unit = escape == 'u' ? Hex4(s, *pos + 2) : -1;
  if (unit < 0 || (unit & 0xFC00) == 0xDC00) return false;
  if ((unit & 0xFC00) != 0xD800) {
    AppendUtf8(static_cast<char32_t>(unit), out);
    *pos += 6;
    return true;
  }
  const int low = s.substr(*pos + 6, 2) == "\\u" ? Hex4(s, *pos + 8) : -1;
  if ((low & 0xFC00) != 0xDC00 || low < 0) return false;
  AppendUtf8(0x10000U + ((static_cast<char32_t>(unit) & 0x3FFU) << 10) + (static_cast<char32_t>(low) & 0x3FFU), out);
  *pos += 12;
  return true;
}

class JsonReader {
 public:
  JsonReader(std::string_view s, JsonFault* fault) : s_(s), fault_(*fault) {}

  bool Document(JsonValue* out) {
    if (s_.substr(0, 3) == "\xEF\xBB\xBF") pos_ = 3;
    if (!Value(out, 0)) return false;
    SkipBlanks();
    return pos_ == s_.size() || Fault("文件在这里应该结束", "the file should end here");
  }

 private:
  bool Fault(std::string_view zh, std::string_view en) {
    fault_ = {std::min(pos_, s_.size()), std::string(zh), std::string(en)};
    return false;
  }
  void SkipBlanks() {
    while (pos_ < s_.size() && (s_[pos_] == ' ' || s_[pos_] == '\n' || s_[pos_] == '\r' || s_[pos_] == '\t')) ++pos_;
  }
  bool Sees(char c) {
    SkipBlanks();
    return pos_ < s_.size() && s_[pos_] == c;
  }

  bool Value(JsonValue* out, int depth) {
    SkipBlanks();
    out->begin = pos_;
    if (pos_ >= s_.size()) return Fault("文件没有写完", "the file is not complete");
    if (depth > kMaxJsonDepth) return Fault("嵌套太深", "nested too deeply");
    const bool good = s_[pos_] == '{'   ? Object(out, depth)
                      : s_[pos_] == '[' ? Array(out, depth)
                      : s_[pos_] == '"' ? (out->kind = JsonValue::Kind::kString, String(&out->string))
                                        : Word(out);
    out->end = pos_;
    return good;
  }

  bool Word(JsonValue* out) {
    for (const std::string_view word : {"true", "false", "null"}) {
      if (s_.substr(pos_, word.size()) != word) continue;
      pos_ += word.size();
      out->kind = word == "null" ? JsonValue::Kind::kNull : JsonValue::Kind::kBool;
      out->boolean = word == "true";
      return true;
    }
    return Number(out);
  }

  bool Number(JsonValue* out) {
    const char* first = s_.data() + pos_;
    const char* last = s_.data() + s_.size();
    const char* digit = first < last && *first == '-' ? first + 1 : first;
    const bool starts = digit < last && *digit >= '0' && *digit <= '9';
    const bool zero = starts && *digit == '0' && digit + 1 < last && digit[1] >= '0' && digit[1] <= '9';
    if (!starts || zero)
      return Fault("这里应该是一个值（文字要加引号）", "a value is expected here (text needs quotation marks)");
    const auto [end, failed] = std::from_chars(first, last, out->number);
    const char* point = std::find(first, end, '.');
    const bool bare = point != end && (point + 1 == end || point[1] < '0' || point[1] > '9');
    if (bare) return Fault("小数点后面要有数字", "a digit is missing after the decimal point");
    if (failed != std::errc() || !std::isfinite(out->number)) return Fault("这个数太大", "this number is too large");
    out->kind = JsonValue::Kind::kNumber;
    pos_ = static_cast<std::size_t>(end - s_.data());
    return true;
  }

  bool String(std::string* out) {
    ++pos_;
    for (;;) {
      if (pos_ >= s_.size() || s_[pos_] == '\n') return Fault("引号没有结束", "the quotation mark is not closed");
      if (s_[pos_] == '"') break;
      if (static_cast<unsigned char>(s_[pos_]) < 0x20)
        return Fault("文字里不能直接写控制字符", "a control character must be escaped");
      if (!TakeStringCharacter(s_, &pos_, out)) return Fault("“\\”后面的写法不对", "bad escape after '\\'");
    }
    ++pos_;
    return IsValidUtf8(*out) || Fault("文字不是有效的 UTF-8", "the text is not valid UTF-8");
  }

  bool Array(JsonValue* out, int depth) {
    out->kind = JsonValue::Kind::kArray;
    ++pos_;
    if (Sees(']')) return ++pos_, true;
    for (;;) {
      out->items.emplace_back();
      if (!Value(&out->items.back(), depth + 1)) return false;
      if (Sees(']')) return ++pos_, true;
      if (!Sees(',')) return Fault("这里缺少逗号或“]”", "a comma or ']' is missing here");
      ++pos_;
      if (Sees(']')) return Fault("最后一项后面多了一个逗号", "there is a comma after the last item");
    }
  }

  bool Object(JsonValue* out, int depth) {
    out->kind = JsonValue::Kind::kObject;
    ++pos_;
    if (Sees('}')) return ++pos_, true;
    std::unordered_set<std::string> keys;  // only of a large object: comparing each with each would take too long
    for (;;) {
      if (!Member(out, depth, &keys)) return false;
      if (Sees('}')) return ++pos_, true;
      if (!Sees(',')) return Fault("这里缺少逗号或“}”", "a comma or '}' is missing here");
      ++pos_;
      if (Sees('}')) return Fault("最后一项后面多了一个逗号", "there is a comma after the last item");
    }
  }

  static bool Repeated(const JsonValue& object, const std::string& key, std::unordered_set<std::string>* keys) {
    if (object.members.size() < kFewMembers) return object.Find(key) != nullptr;
    if (keys->empty()) {
      for (const JsonMember& m : object.members) keys->insert(m.key);
    }
    return !keys->insert(key).second;
  }

  bool Member(JsonValue* out, int depth, std::unordered_set<std::string>* keys) {
    if (!Sees('"')) return Fault("这里应该是带引号的键", "a key in quotation marks is expected here");
    JsonMember member;
    member.at = pos_;
    if (!String(&member.key)) return false;
    if (Repeated(*out, member.key, keys)) {
      pos_ = member.at;
      return Fault("键“" + member.key + "”写了两次", "key '" + member.key + "' is given twice");
    }
    if (!Sees(':')) return Fault("键后面缺少冒号", "a colon is missing after the key");
    ++pos_;
    if (!Value(&member.value, depth + 1)) return false;
    out->members.push_back(std::move(member));
    return true;
  }

  std::string_view s_;
  JsonFault& fault_;
  std::size_t pos_ = 0;
};

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  const auto it = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.key == key; });
  return it == members.end() ? nullptr : &it->value;
}

bool ReadJson(std::string_view file, JsonValue* out, JsonFault* fault) {
  *out = {};
  return JsonReader(file, fault).Document(out);
}

std::size_t PlaceInFile(std::string_view file, const JsonValue& value, std::size_t offset) {
  std::size_t pos = value.begin + 1;
  std::string decoded;
  while (decoded.size() < offset && pos + 1 < value.end) {
    if (!TakeStringCharacter(file, &pos, &decoded)) break;
  }
  return pos;
}

void Advance(std::string_view passed, LineColumn* place) {
  for (const char c : passed) {
    if (c == '\n') {
      ++place->line;
      place->column = 1;
    } else if ((c & 0xC0) != 0x80) {  // not the later bytes of a character
      ++place->column;
    }
  }
}

}  // namespace minsheng::text
