// SPDX-License-Identifier: Apache-2.0
#include "channels/parts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/text/utf8.h"

namespace minsheng {
namespace {

constexpr std::size_t kLeastBytes = 64;
constexpr std::size_t kLeastChars = 32;
constexpr std::size_t kNumberBytes = 16;  // "（12/34）" and more
constexpr std::size_t kNumberChars = 10;

struct PartProgress {
  std::size_t offset = 0;  // bytes of the text that were sent
  int sent = 0;            // messages
  std::size_t max_bytes = 0;
  std::size_t max_chars = 0;
};

// Bytes of the first `chars` code points.
std::size_t BytesOfChars(std::string_view s, std::size_t chars) {
  std::size_t pos = 0;
  for (std::size_t n = 0; n < chars && pos < s.size(); ++n) text::NextCodePoint(s, &pos);
  return pos;
}

// The pieces of `rest` without numbers, each with room for one.
std::vector<std::string> CutNumbered(std::string_view rest, PartLimit limit) {
  std::vector<std::string> out;
  while (!rest.empty()) {
    const std::size_t most =
        std::min(limit.max_bytes - kNumberBytes, BytesOfChars(rest, limit.max_chars - kNumberChars));
    // A little more than fits, so that Split sees what follows the cut.
    std::size_t seen = std::min(rest.size(), most + 64);
    while (seen < rest.size() && (static_cast<unsigned char>(rest[seen]) & 0xC0) == 0x80) ++seen;
    out.push_back(seen > most ? text::Split(rest.substr(0, seen), std::max<std::size_t>(most, 16)).front()
                              : std::string(rest.substr(0, seen)));
    rest.remove_prefix(out.back().size());
  }
  return out;
}

std::string WithNumber(const std::string& piece, int number, int total) {
  return "（" + std::to_string(number) + "/" + std::to_string(total) + "）" + piece;
}

std::string ProgressKey(const std::string& reply_id) { return "reply/" + reply_id; }

Result<PartProgress> LoadProgress(ChannelState& state, const std::string& reply_id, PartLimit limit,
                                  std::size_t text_size) {
  const PartProgress fresh{0, 0, limit.max_bytes, limit.max_chars};
  auto stored = state.Get(ProgressKey(reply_id));
  if (!stored) return MakeError(ErrorKind::kUnavailable, "channel state: " + stored.error().what);
  if (!stored->has_value()) return fresh;
  const auto json = nlohmann::json::parse(**stored, nullptr, /*allow_exceptions=*/false);
  try {
    PartProgress progress;
    progress.offset = json.at("offset").get<std::size_t>();
    progress.sent = json.at("sent").get<int>();
    progress.max_bytes = std::clamp(json.at("max_bytes").get<std::size_t>(), kLeastBytes, limit.max_bytes);
    progress.max_chars = std::clamp(json.at("max_chars").get<std::size_t>(), kLeastChars, limit.max_chars);
    if (progress.offset <= text_size) return progress;
  } catch (const nlohmann::json::exception&) {
    return MakeError(ErrorKind::kInternal, "progress of reply " + reply_id + " is damaged");
  }
  return MakeError(ErrorKind::kInternal, "progress of reply " + reply_id + " belongs to another text");
}

Result<void> SaveProgress(ChannelState& state, const std::string& reply_id, const PartProgress& progress) {
  return state.Put(ProgressKey(reply_id), nlohmann::json{{"offset", progress.offset},
                                                         {"sent", progress.sent},
                                                         {"max_bytes", progress.max_bytes},
                                                         {"max_chars", progress.max_chars}}
                                              .dump());
}

// False when the messages are as short as they may get.
bool Halve(PartProgress* progress) {
  if (progress->max_bytes <= kLeastBytes || progress->max_chars <= kLeastChars) return false;
  progress->max_bytes = std::max(progress->max_bytes / 2, kLeastBytes);
  progress->max_chars = std::max(progress->max_chars / 2, kLeastChars);
  return true;
}

Error AfterParts(const Error& error, int sent) {
  if (sent == 0) return error;
  return Error{error.kind, error.what + " (" + std::to_string(sent) + " parts were sent before)"};
}

}  // namespace

bool FitsOne(std::string_view text, PartLimit limit) {
  return text.size() <= limit.max_bytes && text::CountChars(text) <= limit.max_chars;
}

std::vector<std::string> CutText(std::string_view text, PartLimit limit) {
  if (FitsOne(text, limit)) return {std::string(text)};
  auto parts = CutNumbered(text, limit);
  const int total = static_cast<int>(parts.size());
  for (int i = 0; i < total; ++i) {
    auto& part = parts[static_cast<std::size_t>(i)];
    part = WithNumber(part, i + 1, total);
  }
  return parts;
}

Result<Receipt> SendParts(ChannelState& state, const std::string& reply_id, const std::string& text,
                          const PartSender& sender) {
  auto loaded = LoadProgress(state, reply_id, sender.limit, text.size());
  if (!loaded) return Fail(loaded.error());
  PartProgress progress = *loaded;
  Receipt receipt;
  bool admitted = false;
  while (progress.sent == 0 || progress.offset < text.size()) {
    const std::string_view rest = std::string_view(text).substr(progress.offset);
    const PartLimit limit{progress.max_bytes, progress.max_chars};
    const bool whole = progress.sent == 0 && FitsOne(rest, limit);
    const auto pieces = whole ? std::vector<std::string>{text} : CutNumbered(rest, limit);
    const int left = static_cast<int>(pieces.size());
    if (!admitted && sender.admit) {
      if (auto may = sender.admit(left); !may) return Fail(AfterParts(may.error(), progress.sent));
    }
    admitted = true;
    auto sent = sender.send(whole ? text : WithNumber(pieces.front(), progress.sent + 1, progress.sent + left));
    if (!sent && sent.error().kind == ErrorKind::kTooLarge && Halve(&progress)) {
      admitted = false;  // more parts now: they may be too many
      continue;
    }
    if (!sent) {
      const auto kind = sent.error().kind == ErrorKind::kTooLarge ? ErrorKind::kRejected : sent.error().kind;
      return Fail(AfterParts(Error{kind, sent.error().what}, progress.sent));
    }
    receipt.platform_id = *sent;
    if (whole) return receipt;
    progress.offset += pieces.front().size();
    ++progress.sent;
    if (auto saved = SaveProgress(state, reply_id, progress); !saved) {
      return MakeError(
          ErrorKind::kUnknown,
          std::to_string(progress.sent) + " parts were sent, but this could not be recorded: " + saved.error().what);
    }
  }
  return receipt;
}

Error CallFailed(std::string_view call, const Error& error) {
  const bool untouched = error.kind == ErrorKind::kDenied || error.kind == ErrorKind::kInvalid;  // a matter of api_url
  const ErrorKind kind = untouched                               ? ErrorKind::kRejected
                         : error.kind == ErrorKind::kUnavailable ? ErrorKind::kUnavailable
                                                                 : ErrorKind::kUnknown;
  return {kind, std::string(call) + ": " + error.what};
}

}  // namespace minsheng
