// SPDX-License-Identifier: Apache-2.0
#include "src/callback/reach.h"

namespace minsheng::callback {
namespace {

constexpr int kShortestNumber = 7;
constexpr int kLongestNumber = 15;  // E.164

std::string NumberOf(const Message& m) {
  if (IsTelephone(m.contact)) return m.contact;
  return m.channel == "phone" && IsTelephone(m.sender) ? m.sender : std::string();
}

Reach ReachBy(const Message& m, const std::string& number, const Options& options, Time now) {
  if (m.channel == "phone" || m.kind == Kind::kCall) return {number.empty() ? "none" : "phone", &m, number, {}};
  if (m.sender.empty()) return {number.empty() ? "none" : "phone", &m, number, {}};
  if (m.channel == "email") {
    if (!options.public_url.empty()) return {"link", &m, number, {}};
    return {number.empty() ? "none" : "phone", &m, number, {}};
  }
  const Millis window = options.reply_window ? options.reply_window(m.channel, m.account) : Millis{0};
  const Time until = window.count() == 0 ? Time{} : m.received_at + window;
  if (until == Time{} || now < until) return {"chat", &m, number, until};
  return {number.empty() ? "none" : "phone", &m, number, {}};
}

}  // namespace

bool IsTelephone(const std::string& text) {
  int digits = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (c != '+' && c != '-' && c != ' ') {
      return false;
    }
  }
  return digits >= kShortestNumber && digits <= kLongestNumber;
}

Reach ReachOf(const store::RequestRow& request, const Options& options, Time now) {
  std::string number;
  for (auto m = request.messages.rbegin(); m != request.messages.rend() && number.empty(); ++m) number = NumberOf(*m);
  Reach best{"none", nullptr, number, {}};
  for (auto m = request.messages.rbegin(); m != request.messages.rend(); ++m) {
    auto reach = ReachBy(*m, number, options, now);
    if (reach.way != "none") return reach;
    if (best.message == nullptr) best = reach;
  }
  return best;
}

}  // namespace minsheng::callback
