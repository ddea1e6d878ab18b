// SPDX-License-Identifier: Apache-2.0
#include "src/text/number_shapes.h"

#include <array>
#include <string>

#include "src/text/digit_groups.h"

namespace minsheng::text {
namespace {

bool IsProvince(std::string_view two_digits) {
  static constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83";
  return kProvinces.find(two_digits) != std::string_view::npos;
}

}  // namespace

std::optional<NumberShape> AsMobile(std::string_view s) {
  std::size_t skip = 0;
  for (const std::string_view prefix : {"0086", "86", "0"}) {
    if (s.starts_with(prefix) && s.size() == prefix.size() + 11) skip = prefix.size();
  }
  s.remove_prefix(skip);
  if (s.size() != 11 || s[0] != '1' || s[1] < '3') return std::nullopt;
  return NumberShape{.skip = skip, .keep_head = 3, .keep_tail = 4};
}

// Area codes: 010 and 02x with eight digits, 03xx to 09xx with seven or eight; behind +86 the 0 may be missing.
// 400 and 800 numbers have ten digits.
std::optional<NumberShape> AsLandline(std::string_view s) {
  std::size_t skip = 0;
  for (const std::string_view prefix : {"0086", "86"}) {
    if (skip == 0 && s.starts_with(prefix) && s.size() > prefix.size() + 9) skip = prefix.size();
  }
  s.remove_prefix(skip);
  if (s.size() == 10 && (s.starts_with("400") || s.starts_with("800"))) return NumberShape{skip, 3, 2};
  const bool without_zero = skip != 0 && s[0] != '0';
  const std::string full = without_zero ? "0" + std::string(s) : std::string(s);
  if (full[0] != '0') return std::nullopt;
  const bool big_city = full.starts_with("010") || full.starts_with("02");
  if (!big_city && full[1] < '3') return std::nullopt;
  const std::size_t area = big_city ? 3 : 4;
  if (full.size() < area + (big_city ? 8 : 7) || full.size() > area + 8 || full[area] < '2') return std::nullopt;
  return NumberShape{.skip = skip, .keep_head = area - (without_zero ? 1 : 0), .keep_tail = 2};
}

// GB 11643: seventeen digits, weights 2^(18-i) mod 11, check character 10X98765432[sum mod 11].
std::optional<NumberShape> AsIdentity(std::string_view s) {
  constexpr NumberShape kShape{.skip = 0, .keep_head = 3, .keep_tail = 4};
  if (s.size() != 15 && s.size() != 18) return std::nullopt;
  if (!IsProvince(s.substr(0, 2))) return std::nullopt;
  if (s.size() == 15) return IsDate("19" + std::string(s.substr(6, 6))) ? std::optional(kShape) : std::nullopt;
  static constexpr std::array<int, 17> kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < 17; ++i) sum += (s[i] - '0') * kWeights[i];
  const char check = "10X98765432"[sum % 11];
  return s[17] == check && IsDate(s.substr(6, 8)) ? std::optional(kShape) : std::nullopt;
}

// Seventeen or eighteen digits with a date of birth in the middle: an identity number that was misheard or mistyped.
bool LooksLikeIdentity(std::string_view s) {
  return (s.size() == 17 || s.size() == 18) && IsProvince(s.substr(0, 2)) && IsDate(s.substr(6, 8));
}

std::optional<NumberShape> AsBankCard(std::string_view s) {
  if (s.size() < 13 || s.size() > 19) return std::nullopt;
  const bool known = s[0] == '4' || s.starts_with("62") || s.starts_with("35") || s.starts_with("37") ||
                     (s[0] == '5' && s[1] >= '1' && s[1] <= '5');
  if (!known) return std::nullopt;
  int sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    int d = s[s.size() - 1 - i] - '0';
    if (i % 2 == 1 && (d *= 2) > 9) d -= 9;
    sum += d;
  }
  return sum % 10 == 0 ? std::optional(NumberShape{.skip = 0, .keep_head = 0, .keep_tail = 4}) : std::nullopt;
}

}  // namespace minsheng::text
