// SPDX-License-Identifier: Apache-2.0
#include "src/base/ulid.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>

#include "src/base/crypto.h"

namespace minsheng {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct UlidState {
  std::mutex mutex;
  std::int64_t last_ms = -1;
  std::array<std::uint8_t, 10> random{};
};

std::string TimePart(std::int64_t ms) {
  std::string out;
  for (int shift = 45; shift >= 0; shift -= 5) out += kAlphabet[static_cast<std::size_t>((ms >> shift) & 31)];
  return out;
}

}  // namespace

std::string NewUlid(Time now) {
  static UlidState state;
  const std::lock_guard lock(state.mutex);
  // A clock that stepped back must not make ids that sort before those already given out.
  const auto ms = std::max(ToMs(now), state.last_ms);
  if (ms == state.last_ms) {
    for (auto it = state.random.rbegin(); it != state.random.rend() && ++*it == 0; ++it) {
    }
  } else {
    const auto bytes = crypto::RandomBytes(state.random.size());
    std::copy(bytes.begin(), bytes.end(), state.random.begin());
    state.random[0] &= 0x7F;  // room to count up
    state.last_ms = ms;
  }
  std::string out = TimePart(ms);
  out.reserve(26);
  std::uint32_t bits = 0;
  int have = 0;
  for (const auto b : state.random) {
    bits = (bits << 8) | b;
    for (have += 8; have >= 5;) {
      have -= 5;
      out += kAlphabet[(bits >> have) & 31U];
    }
  }
  return out;
}

std::string UlidFloor(Time at) { return TimePart(std::max<std::int64_t>(0, ToMs(at))) + std::string(16, '0'); }

bool IsUlid(std::string_view text) {
  return text.size() == 26 && text[0] <= '7' && text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

}  // namespace minsheng
