// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/transcript.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "channels/phone/turns.h"
#include "src/text/charset.h"
#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

constexpr std::int64_t kMaxCallMs = 7LL * 24 * 3600 * 1000;

bool EatDigits(std::string_view* s, std::int64_t* out, std::size_t* count) {
  const auto [end, error] = std::from_chars(s->data(), s->data() + s->size(), *out);
  if (error != std::errc() || *out < 0) return false;
  *count = static_cast<std::size_t>(end - s->data());
  s->remove_prefix(*count);
  return true;
}

// "01:02:03.450", "02:03,45", "3.5": hours and minutes may be missing, the fraction too. Moves past it.
std::optional<std::int64_t> EatClock(std::string_view* s) {
  std::int64_t total = 0;
  for (int field = 0; field < 3; ++field) {
    std::int64_t value = 0;
    std::size_t count = 0;
    if (s->empty() || s->front() == '-' || !EatDigits(s, &value, &count) || value > 10'000'000) return std::nullopt;
    total = total * 60 + value;
    if (s->empty() || s->front() != ':') break;
    s->remove_prefix(1);
  }
  total *= 1000;
  if (!s->empty() && (s->front() == '.' || s->front() == ',') && s->size() > 1 && s->at(1) >= '0' && s->at(1) <= '9') {
    s->remove_prefix(1);
    std::int64_t unit = 100;
    for (; !s->empty() && s->front() >= '0' && s->front() <= '9'; s->remove_prefix(1), unit /= 10) {
      total += (s->front() - '0') * unit;
    }
  }
  return total;
}

std::string_view EatLine(std::string_view* text) {
  const auto end = std::min(text->find('\n'), text->size());
  const auto line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return line;
}

// "A", "B", "说话人1", "Speaker 2", "SPEAKER_00", or a word for a role.
bool IsSpeakerLabel(std::string_view label) {
  if (label.empty() || label.size() > 32) return false;
  if (RoleOfLabel(label) != Role::kUnknown) return true;
  if (label.size() == 1) return label[0] >= 'A' && label[0] <= 'H';
  for (const std::string_view start : {"说话人", "发言人", "Speaker", "SPEAKER", "speaker", "spk"}) {
    if (!label.starts_with(start)) continue;
    const auto rest = label.substr(start.size());
    return !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) {
      return (c >= '0' && c <= '9') || c == ' ' || c == '_' || c == '-';
    });
  }
  return false;
}

// Takes "客户：" or "[客户]" off the front.
std::string EatSpeaker(std::string_view* words) {
  std::string_view open, close;
  for (const auto& [o, c] :
       {std::pair<std::string_view, std::string_view>{"[", "]"}, {"【", "】"}, {"（", "）"}, {"(", ")"}}) {
    if (words->starts_with(o)) open = o, close = c;
  }
  std::size_t end = std::string_view::npos;
  std::size_t after = 0;
  if (!open.empty()) {
    end = words->find(close);
    after = end == std::string_view::npos ? 0 : end + close.size();
  } else {
    const auto wide = words->substr(0, 40).find("：");
    const auto narrow = words->substr(0, 40).find(':');
    end = std::min(wide, narrow);
    after = end == std::string_view::npos ? 0 : end + (end == wide ? 3 : 1);
  }
  if (end == std::string_view::npos) return {};
  const auto label = text::Trim(words->substr(open.size(), end - open.size()));
  if (!IsSpeakerLabel(label)) return {};
  words->remove_prefix(after);
  for (const std::string_view colon : {":", "："}) {
    if (text::Trim(*words).starts_with(colon) && !open.empty()) *words = text::Trim(*words).substr(colon.size());
  }
  return std::string(label);
}

// One cue's words: tags go, the voice tag names the speaker (WebVTT 3.2), the five entities are read.
std::string ReadCueText(std::string_view cue, std::string* speaker) {
  std::string out;
  for (std::size_t i = 0; i < cue.size();) {
    if (cue[i] == '<') {
      const auto end = cue.find('>', i);
      if (end == std::string_view::npos) break;
      const auto tag = cue.substr(i + 1, end - i - 1);
      const auto space = tag.find_first_of(" \t");
      if (tag.starts_with("v") && space != std::string_view::npos && (space == 1 || tag[1] == '.')) {
        *speaker = std::string(text::Trim(tag.substr(space)));
      }
      i = end + 1;
      continue;
    }
    bool entity = false;
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"&amp;", "&"},
                                      {"&lt;", "<"},
                                      {"&gt;", ">"},
                                      {"&nbsp;", " "},
                                      {"&lrm;", ""},
                                      {"&rlm;", ""}}) {
      if (!entity && cue.substr(i).starts_with(name)) {
        out += value;
        i += name.size();
        entity = true;
      }
    }
    if (!entity) out += cue[i++];
  }
  return out;
}

bool IsTiming(std::string_view line, std::int64_t* start, std::int64_t* end) {
  line = text::Trim(line);
  const auto from = EatClock(&line);
  line = text::Trim(line);
  if (!from || !line.starts_with("-->")) return false;
  line = text::Trim(line.substr(3));
  const auto to = EatClock(&line);
  if (!to) return false;
  *start = *from;
  *end = *to;
  return true;
}

}  // namespace

void AddSegment(Segment segment, std::vector<Segment>* segments) {
  std::string line = text::Repair(segment.text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::string_view words = text::Trim(line);
  if (std::string speaker = EatSpeaker(&words); !speaker.empty()) segment.speaker = std::move(speaker);
  words = text::Trim(words);
  if (words.empty()) return;
  segment.text = std::string(words);
  segment.speaker = std::string(text::Trim(text::Repair(segment.speaker)));
  segment.start_ms = std::clamp<std::int64_t>(segment.start_ms, 0, kMaxCallMs);
  segment.end_ms = std::clamp<std::int64_t>(segment.end_ms, segment.start_ms, kMaxCallMs);
  segments->push_back(std::move(segment));
}

bool LooksLikeSubtitles(std::string_view text) {
  std::int64_t start = 0;
  std::int64_t end = 0;
  if (text::Trim(text).starts_with("WEBVTT")) return true;
  for (int lines = 0; !text.empty() && lines < 50; ++lines) {
    if (IsTiming(EatLine(&text), &start, &end)) return true;
  }
  return false;
}

Result<Transcript> ReadSubtitles(std::string_view text) {
  Transcript transcript{.engine = text::Trim(text).starts_with("WEBVTT") ? "webvtt" : "srt", .segments = {}};
  Segment cue;
  bool open = false;  // between a timing line and the blank line after its words
  const auto close = [&] {
    if (open) AddSegment(std::exchange(cue, {}), &transcript.segments);
    open = false;
  };
  while (!text.empty() && transcript.segments.size() <= kMaxSegments) {
    const auto line = EatLine(&text);
    std::int64_t start = 0;
    std::int64_t end = 0;
    if (line.find("-->") != std::string_view::npos && IsTiming(line, &start, &end)) {
      close();
      cue = Segment{.start_ms = start, .end_ms = end};
      open = true;
    } else if (text::Trim(line).empty()) {
      close();
    } else if (open) {
      // Words, or the next cue's number where the blank line is missing: told by the timing line behind it.
      std::string_view rest = text;
      const bool is_number = text::Trim(line).find_first_not_of("0123456789") == std::string_view::npos;
      if (is_number && IsTiming(EatLine(&rest), &start, &end)) continue;
      cue.text += (cue.text.empty() ? "" : " ") + ReadCueText(line, &cue.speaker);
    }
  }
  close();
  return transcript;
}

std::vector<Segment> ReadTencentLines(std::string_view text) {
  std::vector<Segment> segments;
  while (!text.empty() && segments.size() <= kMaxSegments) {
    std::string_view line = text::Trim(EatLine(&text));
    if (!line.starts_with("[")) continue;
    line.remove_prefix(1);
    Segment segment;
    const auto start = EatClock(&line);
    if (!start || !line.starts_with(",")) continue;
    line.remove_prefix(1);
    const auto end = EatClock(&line);
    if (!end) continue;
    const auto close = line.find(']');
    if (close == std::string_view::npos || (close > 0 && line[0] != ',')) continue;
    if (close > 0) segment.speaker = std::string(text::Trim(line.substr(1, close - 1)));
    segment.start_ms = *start;
    segment.end_ms = *end;
    segment.text = std::string(line.substr(close + 1));
    AddSegment(std::move(segment), &segments);
  }
  return segments;
}

std::vector<Segment> ReadPlainLines(std::string_view text) {
  std::vector<Segment> segments;
  bool role_known = false;
  while (!text.empty() && segments.size() <= kMaxSegments) {
    AddSegment({.text = std::string(EatLine(&text))}, &segments);
    role_known = role_known || (!segments.empty() && RoleOfLabel(segments.back().speaker) != Role::kUnknown);
  }
  // A line without a label goes on with the speaker before it.
  for (std::size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].speaker.empty()) segments[i].speaker = segments[i - 1].speaker;
  }
  if (!role_known) segments.clear();
  return segments;
}

Result<Transcript> ReadTranscript(std::string_view bytes, std::string_view format) {
  const std::string text = text::GuessToUtf8(bytes);
  const std::string_view body = text::Trim(text);
  if (body.empty()) return MakeError(ErrorKind::kInvalid, "the transcript is empty");
  Result<Transcript> transcript = Transcript{};
  if (body.front() == '{' || (body.front() == '[' && ReadTencentLines(body.substr(0, 4096)).empty() &&
                              ReadPlainLines(body.substr(0, 4096)).empty())) {
    transcript = ReadRecogniserJson(body, format);
  } else if (LooksLikeSubtitles(body)) {
    transcript = ReadSubtitles(body);
  } else if (body.find("resultDetail=") != std::string_view::npos || body.starts_with("code=")) {
    transcript = ReadRecogniserJson(body, "tencent");
  } else if (auto lines = ReadTencentLines(body); !lines.empty()) {
    *transcript = {.engine = "tencent", .segments = std::move(lines)};
  } else if (auto plain = ReadPlainLines(body); !plain.empty()) {
    *transcript = {.engine = "text", .segments = std::move(plain)};
  } else {
    return MakeError(ErrorKind::kInvalid,
                     "no known transcript format: neither JSON, WebVTT, SRT nor lines with a speaker in front");
  }
  if (transcript && transcript->segments.size() > kMaxSegments) {
    return MakeError(ErrorKind::kTooLarge,
                     "the transcript has more than " + std::to_string(kMaxSegments) + " segments");
  }
  return transcript;
}

}  // namespace minsheng::phone
