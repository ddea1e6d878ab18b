// SPDX-License-Identifier: Apache-2.0
// Bytes in any charset -> clean UTF-8, over ICU's converters and detector. Pure, thread-safe.
// The only file with <unicode/ucnv.h> and <unicode/ucsdet.h> is charset.cc.
#pragma once
#include <string>
#include <string_view>

#include "src/base/result.h"

namespace minsheng::text {

// Decodes `bytes` as the charset called `label` ("gb2312", "Big5", "utf-16", "HZ-GB-2312", ...; case, quotes
// and white space around it do not matter). Labels stand for what senders really mean by them: every GB name
// is GB18030, "big5" includes HKSCS, "iso-8859-1" is windows-1252 (WHATWG Encoding, "names and labels").
// Bytes that contradict the label win over it where there is no doubt: a UTF-8 body under a GB or Latin label is
// read as UTF-8; a body under "utf-8" or "us-ascii" that is mostly not UTF-8 goes to GuessToUtf8.
// Undecodable bytes become U+FFFD; the result went through Repair. kInvalid: no such charset (the caller then
// uses GuessToUtf8).
Result<std::string> ToUtf8(std::string_view bytes, std::string_view label);

// The same without a label: byte order mark, ISO-2022 and HZ escapes, valid UTF-8, UTF-16 by its zero bytes,
// then GB18030 unless ICU's detector clearly prefers another charset. Never empty for non-empty input, always
// valid UTF-8, cleaned by Repair.
std::string GuessToUtf8(std::string_view bytes);

}  // namespace minsheng::text
