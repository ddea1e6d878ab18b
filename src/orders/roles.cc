// SPDX-License-Identifier: Apache-2.0
#include "src/orders/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace minsheng::orders {
namespace {

struct RoleRow {
  std::string_view word;
  std::string_view chinese;
};

// In the order of Role.
constexpr RoleRow kRoles[] = {
    {"system", "系统"},           {"citizen", "诉求人"},          {"operator", "话务员"},   {"unit_staff", "承办单位"},
    {"rule_admin", "规则管理员"}, {"approver", "审批人"},         {"supervisor", "督办员"}, {"leader", "领导"},
    {"system_admin", "系统管理"}, {"security_admin", "安全管理"}, {"auditor", "审计员"},
};

bool IsName(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace

std::string_view ToWord(Role role) { return kRoles[static_cast<int>(role)].word; }
std::string_view ToChinese(Role role) { return kRoles[static_cast<int>(role)].chinese; }

std::optional<Role> RoleFromWord(std::string_view word) {
  for (std::size_t i = 0; i < std::size(kRoles); ++i) {
    if (kRoles[i].word == word) return static_cast<Role>(i);
  }
  return std::nullopt;
}

Result<Actor> ParseActor(std::string_view text) {
  const auto bad = [&] {
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("“{}”不能作为操作人：写姓名（话务员）、“角色:姓名”或“unit:单位编号” / {} is nobody who can "
                    "act: write a name (an operator), role:name, or unit:<id>",
                    text, text));
  };
  if (text == "system") return Actor{Role::kSystem, "", ""};
  if (text == "citizen") return Actor{Role::kCitizen, "", ""};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (!IsName(text)) return bad();
    return Actor{Role::kOperator, std::string(text), ""};
  }
  const auto before = text.substr(0, colon);
  const auto after = text.substr(colon + 1);
  if (!IsName(after)) return bad();
  if (before == "unit") {
    const auto slash = after.find('/');
    const auto unit = after.substr(0, slash);
    const auto name = slash == std::string_view::npos ? std::string_view() : after.substr(slash + 1);
    if (unit.empty() || (slash != std::string_view::npos && name.empty())) return bad();
    return Actor{Role::kUnitStaff, std::string(name), std::string(unit)};
  }
  const auto role = RoleFromWord(before);
  if (!role || *role == Role::kSystem || *role == Role::kCitizen || *role == Role::kUnitStaff) return bad();
  return Actor{*role, std::string(after), ""};
}

}  // namespace minsheng::orders
