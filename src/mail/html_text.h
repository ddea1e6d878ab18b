// SPDX-License-Identifier: Apache-2.0
// Text of an HTML mail. Nothing is fetched or run; broken HTML gives the text that is there.
// One pass, linear time. Pure, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace minsheng::mail {

struct HtmlText {
  std::string text;  // UTF-8, one line per block, no double blanks
  // Where the first element that a mail client puts around a quoted mail begins (div.qmbox,
  // blockquote#isReplyContent, div.gmail_quote, #divRplyFwdMsg, ...): bytes of `text`.
  std::optional<std::size_t> quote_at;
};

// At most `max_bytes` of text; the rest is left out.
HtmlText TextOfHtml(std::string_view utf8_html, std::size_t max_bytes = 2 << 20);

// The charset that a <meta> in the first 2 KB states, or empty.
std::string MetaCharset(std::string_view html);

}  // namespace minsheng::mail
