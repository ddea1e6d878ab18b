// SPDX-License-Identifier: Apache-2.0
// Finds where a reply ends and the quoted mail begins, for the mail clients in use in China. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace minsheng::mail {

struct QuoteSplit {
  std::string new_text;                 // trimmed; product signatures ("发自我的iPhone") removed
  std::optional<std::size_t> quote_at;  // bytes of the text; nullopt = nothing was removed
};

// `text`: UTF-8 with LF. `hint`: where the HTML had a quoting element. Nothing is ever thrown away: the caller
// keeps `text`. If nothing would be left above the mark (answers below or between the quote), or answers stand
// between quoted ">" lines, everything is kept.
QuoteSplit SplitQuote(std::string_view text, std::optional<std::size_t> hint = std::nullopt);

// "Fwd: ", "转发：": a forwarded mail is what the citizen wants to show, not a quote.
bool IsForward(std::string_view subject);

}  // namespace minsheng::mail
