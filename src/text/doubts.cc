// SPDX-License-Identifier: Apache-2.0
#include "src/text/doubts.h"

#include "src/text/utf8.h"

namespace minsheng::text {
namespace {

constexpr std::size_t kDoubts = 20;
constexpr std::size_t kNumberLength = 6;
constexpr int kNameChars = 4;

// A name usually follows these.
constexpr std::string_view kBeforeName[] = {"我叫", "名叫", "姓名", "我姓", "联系人", "户主",   "本人是", "患者",
                                            "死者", "学生", "老师", "房东", "当事人", "举报人", "申请人", "业主"};
// A number in front of these is somebody's door.
constexpr std::string_view kAfterNumber[] = {"室", "号楼", "单元", "栋", "幢", "号门", "组"};

bool IsHan(char32_t c) { return c >= 0x4E00 && c <= 0x9FFF; }
bool IsDigit(char32_t c) { return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19); }

// The word at `at` and the Han characters behind it.
std::string WithName(std::string_view text, std::size_t at, std::size_t length) {
  std::size_t end = at + length;
  int chars = 0;
  while (end < text.size() && chars < kNameChars) {
    std::size_t next = end;
    const char32_t c = NextCodePoint(text, &next);
    const bool between = chars == 0 && (c == U':' || c == U'：' || c == U' ' || c == U'是');
    if (!IsHan(c) && !between) break;
    chars += between ? 0 : 1;
    end = next;
  }
  return chars == 0 ? std::string() : std::string(text.substr(at, end - at));
}

template <std::size_t N>
std::string_view StartsWithAny(std::string_view text, const std::string_view (&words)[N]) {
  for (const auto word : words) {
    if (text.starts_with(word)) return word;
  }
  return {};
}

// The run of digits at `at`, with what it numbers.
std::string NumberAt(std::string_view text, std::size_t at, std::size_t* end) {
  std::size_t digits = 0;
  for (std::size_t next = at; next < text.size();) {
    if (!IsDigit(NextCodePoint(text, &next))) break;
    ++digits;
    *end = next;
  }
  const auto door = StartsWithAny(text.substr(*end), kAfterNumber);
  if (door.empty() && digits < kNumberLength) return {};
  return std::string(text.substr(at, *end + door.size() - at));
}

}  // namespace

std::vector<std::string> PersonalDoubts(std::string_view masked) {
  std::vector<std::string> doubts;
  for (std::size_t at = 0; at < masked.size() && doubts.size() < kDoubts;) {
    std::size_t next = at;
    const char32_t c = NextCodePoint(masked, &next);
    std::string doubt;
    if (IsDigit(c)) {
      doubt = NumberAt(masked, at, &next);
    } else if (const auto word = StartsWithAny(masked.substr(at), kBeforeName); !word.empty()) {
      doubt = WithName(masked, at, word.size());
      next = at + word.size();
    }
    if (!doubt.empty()) doubts.push_back(std::move(doubt));
    at = next;
  }
  return doubts;
}

}  // namespace minsheng::text
