// SPDX-License-Identifier: Apache-2.0
// What two texts have in common.
#include <algorithm>
#include <set>
#include <string>

#include "src/base/crypto.h"
#include "src/chase/checks.h"
#include "src/text/fold.h"
#include "src/text/tokens.h"

namespace minsheng::chase {
namespace {

// What every request and every answer may say, whatever it is about.
constexpr std::string_view kStock =
    "您好 你好 反映 问题 诉求 市民 来电 来信 热线 工单 我们 你们 他们 单位 部门 处理 办理 情况 回复 答复 答覆 感谢 "
    "谢谢 支持 "
    "关注 希望 请求 要求 相关 有关 进行 已经 尽快 工作 人员 收悉 收到 高度 重视 核实 调查 联系 解决 投诉 咨询 建议 "
    "举报 "
    "现在 今天 昨天 明天 上午 下午 晚上 时候 时间 什么 怎么 这个 那个 没有 可以 不能 一个 一直 因为 所以 如果 但是 "
    "领导 政府 区长 先生 女士 同志 居民 群众 理解 满意 服务 热心 关于 对于 根据 按照 规定 落实 加强 及时 认真 妥善";
// Characters that tie words together: a pair with one of them says little.
constexpr std::u16string_view kTies =
    u"的了是在我你您他她它们请和与及或也都就还又被把给向对从到于为以之其这那有无不没很太吗呢吧啊";

std::set<std::u16string> Pairs(std::string_view text) {
  const auto plain = text::MakePlain(text, 20'000);
  std::set<std::u16string> out;
  for (std::size_t i = 0; i + 1 < plain.units.size(); ++i) {
    const char16_t a = plain.units[i], b = plain.units[i + 1];
    const auto says_little = [](char16_t c) { return c < 0x2E80 || kTies.find(c) != std::u16string_view::npos; };
    if (!says_little(a) && !says_little(b)) out.insert({a, b});
  }
  return out;
}

const std::set<std::u16string>& StockPairs() {
  static const auto pairs = Pairs(kStock);
  return pairs;
}

}  // namespace

std::string PrintOf(std::string_view answer) {
  const auto plain = text::MakePlain(answer, 20'000);
  std::u16string words;
  for (const char16_t c : plain.units) {
    if (c != u' ' && (c < u'0' || c > u'9')) words += c;
  }
  return crypto::Sha256Hex(text::ToUtf8(words)).substr(0, 32);
}

Shared SharedWords(std::string_view asked, std::string_view answer) {
  const auto answered = Pairs(answer);
  Shared out;
  for (const auto& pair : Pairs(asked)) {
    if (StockPairs().contains(pair)) continue;
    ++out.asked;
    if (answered.contains(pair)) ++out.shared;
  }
  return out;
}

}  // namespace minsheng::chase
