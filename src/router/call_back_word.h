// SPDX-License-Identifier: Apache-2.0
// What a citizen's few words in chat say to "are you satisfied?". Pure.
#pragma once
#include <optional>
#include <string_view>

namespace minsheng::router {

struct Opinion {
  int solved = -1;     // 1, 0, -1: does not say
  int satisfied = -1;  // the same
  bool operator==(const Opinion&) const = default;
};

// The choices of the question, in their order: satisfied, mostly satisfied, not satisfied, not solved.
constexpr int kOpinionChoices = 4;
std::optional<Opinion> OpinionOfChoice(int choice);  // 1..4

// Understood: the number of a choice alone ("1", "１", "①", "选2"), a choice's words alone ("满意", "没解决", also with
// 很, 非常 and marks around), and a choice followed by a comma, full stop or line end and reasons ("3，树枝没清走").
// Nothing else: "1号楼停水" and "我对物业不满意，请来人" are new words, not an answer.
std::optional<Opinion> ReadOpinion(std::string_view text);

}  // namespace minsheng::router
