// SPDX-License-Identifier: Apache-2.0
// Header fields of a mail in our words: encoded-words, parameters, addresses, ids, file names. Everything
// here takes bytes as they came and never fails: what cannot be understood is kept as readable text.
// Pure, thread-safe.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minsheng::mail {

struct Address {
  std::string name;     // decoded, may be empty
  std::string address;  // as written, "a@b.cn"; empty when the field held none
};

// Raw bytes of a field -> one line of UTF-8: unfolded, 8-bit bytes sniffed, encoded-words decoded (RFC 2047).
// Bytes of neighbouring words with one charset are joined before the charset is decoded, since Chinese
// clients cut characters in two.
std::string DecodeHeader(std::string_view raw);

// "text/plain; charset=gbk" -> parameters by lower-case name; `*value` gets the part before the first ';' in
// lower case. Understands RFC 2231 (continuations, charset) and encoded-words inside quotes.
std::map<std::string, std::string> Parameters(std::string_view raw, std::string* value);

// All addresses of a field, groups flattened, at most `max`.
std::vector<Address> ParseAddresses(std::string_view raw, std::size_t max = 100);

// The ids between "<" and ">", without the brackets; ids with spaces or control bytes are left out.
std::vector<std::string> MessageIds(std::string_view raw, std::size_t max = 100);

// Strict: RFC 5321 dot-string "@" domain, ASCII, no quotes, no comments, no control bytes, at most 254 bytes.
// Only such addresses ever go into an SMTP command or a header of ours.
bool IsMailAddress(std::string_view address);

// A name that is safe to show and to store: no folders, control, bidi or reserved characters or names, at most
// 200 bytes with the extension kept. Empty when nothing is left.
std::string SafeFileName(std::string_view name);

std::string Lower(std::string_view ascii);  // ASCII letters only
bool HasNonAscii(std::string_view bytes);
// Base64 as found in the wild: foreign bytes and wrong padding are skipped.
std::string LenientBase64(std::string_view text);

}  // namespace minsheng::mail
