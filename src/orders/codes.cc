// SPDX-License-Identifier: Apache-2.0
#include "src/orders/codes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace minsheng::orders {
namespace {

constexpr Code kReturnCodes[] = {
    {"not-ours", "不属本单位职责", "not our duty"},        {"wrong-place", "不在本辖区", "not in our area"},
    {"unclear-owner", "权属不清", "ownership is unclear"}, {"overlapping", "职能交叉", "powers overlap"},
    {"beyond-powers", "超出权限", "beyond our powers"},    {"facts-missing", "信息不足", "facts are missing"},
    {"repeated", "重复工单", "a repeat of another order"}, {"other", "其他", "another reason"},
};
constexpr Code kCloseReasons[] = {
    {"solved", "已解决", "solved"},
    {"explained", "已解释", "explained"},
    {"unsolvable", "暂无法解决", "cannot be solved now"},
    {"out-of-scope", "不属受理范围", "out of scope"},
    {"withdrawn", "诉求人撤回", "withdrawn by the citizen"},
    {"repeated", "重复反映", "a repeat"},
    {"unreachable", "联系不上", "the citizen cannot be reached"},
    {"transferred", "已转其他渠道", "handed to another channel"},
    {"with-parent", "随主单办结", "with its parent"},
    {"spam", "恶意或无效", "abuse"},
};
constexpr Code kSuperviseCauses[] = {
    {"not-viewed", "多次催办仍未查看", "not looked at after reminders"},
    {"overdue", "超期", "overdue"},
    {"unhappy", "回访不满意", "the citizen is not satisfied"},
    {"perfunctory", "答复敷衍", "a perfunctory answer"},
    {"refusal", "推诿", "an avoidable refusal"},
    {"returned", "多次退单", "returned again and again"},
    {"petition-risk", "信访风险", "petition risk"},
    {"leader", "领导批示", "a leader's instruction"},
    {"other", "其他", "another cause"},
};

constexpr Code kPhoneOutcomes[] = {
    {"reached", "已接通", "reached"},
    {"promised", "已接通，答应办理", "reached, promised to act"},
    {"disputed", "已接通，认为不归本单位", "reached, says it is not theirs"},
    {"not-reached", "未接通", "not reached"},
    {"not-needed", "已无需联系", "no longer needed"},
};

}  // namespace

std::span<const Code> ReturnCodes() { return kReturnCodes; }
std::span<const Code> CloseReasons() { return kCloseReasons; }
std::span<const Code> SuperviseCauses() { return kSuperviseCauses; }
std::span<const Code> PhoneOutcomes() { return kPhoneOutcomes; }

const Code* FindCode(std::span<const Code> codes, std::string_view word) {
  for (const auto& code : codes) {
    if (code.word == word) return &code;
  }
  return nullptr;
}

Result<void> CheckCodes(Act act, const nlohmann::json& facts) {
  const bool back = act == Act::kReturn || act == Act::kObject;
  if (!back && act != Act::kClose && act != Act::kSupervise) return {};
  const std::string_view key = back ? "code" : act == Act::kClose ? "reason" : "cause";
  const auto codes = back ? ReturnCodes() : act == Act::kClose ? CloseReasons() : SuperviseCauses();
  const auto found = facts.find(key);
  if (found == facts.end()) return {};
  const auto word = found->is_string() ? found->get<std::string>() : found->dump();
  if (FindCode(codes, word) != nullptr) return {};
  std::string all;
  for (const auto& code : codes)
    fmt::format_to(std::back_inserter(all), "{}{} {}", all.empty() ? "" : ", ", code.word, code.zh);
  return MakeError(ErrorKind::kInvalid,
                   fmt::format("“{}”的 {} 没有 {} / there is no {} {}: {}", ToChinese(act), key, word, key, word, all));
}

}  // namespace minsheng::orders
