// SPDX-License-Identifier: Apache-2.0
// Finds and masks personal data in free text: telephone numbers, identity, passport and bank card numbers, number
// plates, mail addresses and names of QQ and WeChat accounts, also in full-width or spoken digits (幺三八…), spaced,
// dashed, or cut by fillers and turns. Pure, thread-safe, linear in the text. Doubt is decided for masking; our own
// order numbers (20150810-00042), ULIDs and digests are left alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::text {

enum class PersonalKind {
  kMobile,    // 1[3-9] and nine digits, with or without +86
  kLandline,  // area code and 7 or 8 digits, 400 numbers; 7 or 8 digits alone behind 电话, 座机, 固话
  kIdentity,  // 17 or 18 characters with a date of birth (GB 11643; the check character may be wrong), the old 15
              // digits, or 15 to 18 digits just behind 身份证
  kBankCard,  // 13 to 19 digits with a card prefix and a Luhn check digit
  kPlate,     // 苏E12345, 苏ED12345
  kEmail,
  kPassport,  // E12345678, EA1234567, G12345678; other letters behind 护照
  kAccount,   // 5 to 12 digits just behind QQ or 微信, also letters behind 微信号
};

struct PersonalSpan {
  PersonalKind kind = PersonalKind::kMobile;
  std::uint32_t begin = 0;  // bytes of the text, half-open
  std::uint32_t end = 0;
  // What was found, in the clear and without separators ("13812345678"), for keyed look-up. Never to be logged.
  std::string value;
  bool operator==(const PersonalSpan&) const = default;
};

// In the order of the text, not overlapping. `text` may be any bytes.
std::vector<PersonalSpan> FindPersonal(std::string_view text);

// The text with every find masked, one '*' for each hidden character; separators stay, so kind and length can be
// seen: 138****5678, 0512-******34, 110***********002X, ************1234, 苏E***45, z****@example.com.
// FindPersonal(Redact(x)) is empty.
std::string Redact(std::string_view text);

// Stable wire word: "mobile", "landline", "identity", "bank-card", "plate", "email", "passport", "account".
std::string_view ToWord(PersonalKind kind);

}  // namespace minsheng::text
