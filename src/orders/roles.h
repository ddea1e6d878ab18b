// SPDX-License-Identifier: Apache-2.0
// Who acts on a WorkOrder: the name that stands on every Event, and the role that decides what it may do.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng::orders {

enum class Role {
  kSystem,  // the program itself
  kCitizen,
  kOperator,
  kUnitStaff,
  kRuleAdmin,
  kApprover,
  kSupervisor,
  kLeader,
  kSystemAdmin,
  kSecurityAdmin,
  kAuditor,
};
std::string_view ToWord(Role role);     // "unit_staff"
std::string_view ToChinese(Role role);  // 承办单位
std::optional<Role> RoleFromWord(std::string_view word);

// A set of roles, one bit each.
using Roles = std::uint32_t;
constexpr Roles Bit(Role role) { return Roles{1} << static_cast<int>(role); }

struct Actor {
  Role role = Role::kOperator;
  std::string name;  // of the person; empty for the program and for a unit's own system
  std::string unit;  // of unit staff
};

// Reads the actor of an Event, or what --as says:
//   "system", "citizen"            the program, the person who asked
//   "unit:<id>", "unit:<id>/<name>" a unit's own system, or somebody of it
//   "<role>:<name>"                 "supervisor:wang"
//   "<name>"                        an operator
// kInvalid: an unknown role, an empty name, a blank or control character.
Result<Actor> ParseActor(std::string_view text);

}  // namespace minsheng::orders
