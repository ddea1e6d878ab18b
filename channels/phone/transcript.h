// SPDX-License-Identifier: Apache-2.0
// Transcripts of telephone calls in the forms that recognisers write them -> one list of segments. Pure, thread-safe.
//
// Read: WebVTT, SRT, Whisper JSON (openai/whisper, also with "speaker"), iFLYTEK lfasr v2 (the order with JSON in
// strings, or the bare result; lattice2 before lattice), Tencent ASR (task status, callback form, "[0:1.640,…]"
// lines), Aliyun file transcription (both spellings), Huawei SIS, Volcengine utterances, and plain lines
// "坐席：…". Field tables: the vendors' public API references. Unknown fields are ignored, numbers may be strings.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"

namespace minsheng::phone {

// What one speaker said without a pause, as the recogniser cut it.
struct Segment {
  std::string speaker{};  // as written: "坐席", "AGENT", "1"; empty = the recogniser does not know
  int channel = -1;       // track of the recording, 0 = left; -1 = not known
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text{};                  // valid UTF-8 on one line, trimmed, not empty
  std::optional<double> confidence{};  // 0..1, only where the recogniser gives one
  bool operator==(const Segment&) const = default;
};

struct Transcript {
  std::string engine;  // "webvtt", "srt", "whisper", "iflytek", "tencent", "aliyun", "huawei", "volcengine", "text"
  std::vector<Segment> segments;  // as in the file; interim results and silence left out
};

// At most kMaxSegments are taken; more is kTooLarge. JSON nested deeper than 64 is refused.
inline constexpr std::size_t kMaxSegments = 20'000;

// `bytes` in any charset, with or without byte order mark, any line ends. The format is told by the content;
// `format` (an engine's name) is tried first if given. kInvalid: no known format, or the recogniser says that it
// failed; the text says which and where.
Result<Transcript> ReadTranscript(std::string_view bytes, std::string_view format = {});

// Parts of it, for ReadTranscript. `text` is clean UTF-8.
bool LooksLikeSubtitles(std::string_view text);
Result<Transcript> ReadSubtitles(std::string_view text);
Result<Transcript> ReadRecogniserJson(std::string_view text, std::string_view format);
// "[0:1.640,0:4.600,1]  文本" lines; empty when there is none.
std::vector<Segment> ReadTencentLines(std::string_view text);
// Lines with a speaker in front; empty unless one of them is a known role.
std::vector<Segment> ReadPlainLines(std::string_view text);

// Adds a segment in its clean form unless it says nothing. A speaker written in front of the words ("客户：…",
// "[客户] …", "A: …") is taken off them.
void AddSegment(Segment segment, std::vector<Segment>* segments);

}  // namespace minsheng::phone
