// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/call.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/phone/json_fields.h"
#include "src/base/crypto.h"
#include "src/text/charset.h"
#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

using nlohmann::json;

constexpr std::int64_t kShanghaiMs = 8LL * 3600 * 1000;
constexpr std::string_view kAnonymous = "anonymous";

std::optional<int> FixedDigits(std::string_view* s, std::size_t n) {
  int value = 0;
  if (s->size() < n) return std::nullopt;
  for (const char c : s->substr(0, n)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  s->remove_prefix(n);
  return value;
}

bool EatOne(std::string_view* s, std::string_view any_of) {
  if (s->empty() || any_of.find(s->front()) == std::string_view::npos) return false;
  s->remove_prefix(1);
  return true;
}

struct CivilTime {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

// UTC milliseconds of the civil time as if it were UTC; nullopt for a date that does not exist.
std::optional<std::int64_t> ToUtcMs(const CivilTime& t) {
  using namespace std::chrono;
  const year_month_day date{year{t.year}, month{static_cast<unsigned>(t.month)}, day{static_cast<unsigned>(t.day)}};
  if (!date.ok() || t.year < 1992 || t.year > 2200 || t.hour > 23 || t.minute > 59 || t.second > 60)
    return std::nullopt;
  const std::int64_t days = sys_days{date}.time_since_epoch().count();
  return ((days * 24 + t.hour) * 60 + t.minute) * 60'000 + t.second * 1000;
}

std::optional<std::int64_t> ReadZoneMs(std::string_view s) {
  s = text::Trim(s);
  if (s.empty()) return kShanghaiMs;
  if (s == "Z" || s == "z" || s == "UTC") return 0;
  const bool west = s.front() == '-';
  if (!EatOne(&s, "+-")) return std::nullopt;
  const auto hours = FixedDigits(&s, 2);
  EatOne(&s, ":");
  const auto minutes = s.empty() ? std::optional(0) : FixedDigits(&s, 2);
  if (!hours || !minutes || !s.empty() || *hours > 14 || *minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (*hours * 60LL + *minutes) * 60'000;
}

std::optional<Time> FromEpoch(std::string_view s) {
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || end != s.data() + s.size() || !(value > 0)) return std::nullopt;
  while (value > 1e13) value /= 1000;  // micro- and nanoseconds
  if (value < 1e11) value *= 1000;
  if (value < 7e11) return std::nullopt;  // before 1992
  return FromMs(static_cast<std::int64_t>(value));
}

// Shanghai time of fourteen digits.
std::optional<Time> FromCompact(std::string_view s) {
  CivilTime t;
  for (auto [field, width] :
       {std::pair{&t.year, 4}, {&t.month, 2}, {&t.day, 2}, {&t.hour, 2}, {&t.minute, 2}, {&t.second, 2}}) {
    const auto value = FixedDigits(&s, static_cast<std::size_t>(width));
    if (!value) return std::nullopt;
    *field = *value;
  }
  const auto ms = ToUtcMs(t);
  return ms ? std::optional(FromMs(*ms - kShanghaiMs)) : std::nullopt;
}

std::string Lower(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string OneLine(std::string_view s, std::size_t max_chars) {
  std::string out = text::Repair(s);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return text::Truncate(text::Trim(out), max_chars);
}

// Digits with at most a leading '+': systems write spaces, dashes and sip: around them. Empty: withheld.
std::string CleanCaller(std::string_view caller) {
  static constexpr auto kWithheld =
      std::to_array<std::string_view>({"anonymous", "unknown", "private", "restricted", "unavailable", "withheld",
                                       "none", "null", "-1", "0", "未知", "匿名", "隐藏", "保密", "无主叫"});
  std::string name = Lower(OneLine(caller, 64));
  if (std::find(kWithheld.begin(), kWithheld.end(), name) != kWithheld.end()) return {};
  for (const std::string_view scheme : {"sips:", "sip:", "tel:"}) {
    if (name.starts_with(scheme)) name = name.substr(scheme.size(), name.find('@') - scheme.size());
  }
  std::string digits;
  for (const char c : name) {
    if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits += c;
  }
  return digits.size() >= 3 ? digits : std::string();
}

std::string CleanLine(std::string_view line) {
  static constexpr auto kNames =
      std::to_array<std::pair<std::string_view, std::string_view>>({{"12301", "tourism"},
                                                                    {"旅游", "tourism"},
                                                                    {"旅游热线", "tourism"},
                                                                    {"旅游投诉", "tourism"},
                                                                    {"旅游专线", "tourism"},
                                                                    {"居家养老", "elderly-care"},
                                                                    {"养老", "elderly-care"},
                                                                    {"养老热线", "elderly-care"},
                                                                    {"elderly", "elderly-care"},
                                                                    {"区长信箱", "mayor-mailbox"},
                                                                    {"市长信箱", "mayor-mailbox"},
                                                                    {"市长热线", "mayor-mailbox"},
                                                                    {"mayor", "mayor-mailbox"}});
  const std::string name = Lower(OneLine(line, 64));
  if (name.empty()) return "12345";
  const auto known = std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == name; });
  return known == kNames.end() ? name : std::string(known->second);
}

std::optional<Role> RoleOfMetaWord(const std::string& word) {
  if (const auto role = RoleFromWord(Lower(word)); role) return role;
  const Role role = RoleOfLabel(word);
  return role == Role::kUnknown ? std::nullopt : std::optional(role);
}

// {"0": "agent", "right": "citizen"}, {"agent": 0} or ["agent", "citizen"].
bool ReadChannels(const json& value, ChannelRoles* out) {
  const auto track = [](const std::string& name) {
    if (name == "0" || name == "left" || name == "L") return 0;
    if (name == "1" || name == "right" || name == "R") return 1;
    return -1;
  };
  if (value.is_number()) return true;  // how many tracks: nothing about who speaks
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size() && i < 16; ++i) {
      const auto role = RoleOfMetaWord(TextOf(&value[i]));
      if (!role) return false;
      (*out)[static_cast<int>(i)] = *role;
    }
    return true;
  }
  if (!value.is_object()) return false;
  for (const auto& [key, item] : value.items()) {
    const bool role_first = track(key) < 0;
    const int number = track(role_first ? TextOf(&item) : key);
    const auto role = RoleOfMetaWord(role_first ? key : TextOf(&item));
    if (number < 0 || !role) return false;
    (*out)[number] = *role;
  }
  return true;
}

Result<CallMeta> MetaFromJson(const json& root) {
  CallMeta meta;
  meta.call_id = OneLine(TextOf(Field(root, "callid")), 128);
  meta.caller = TextOf(Field(root, "caller"));
  meta.line = TextOf(Field(root, "line"));
  meta.operator_name = OneLine(TextOf(Field(root, "operator")), 64);
  if (const std::string started = TextOf(Field(root, "startedat")); !started.empty()) {
    meta.started_at = ReadCallTime(started);
    if (!meta.started_at) {
      return MakeError(ErrorKind::kInvalid, "started_at: expected a time such as 2015-08-10T22:03:00+08:00");
    }
  }
  if (const json* channels = Field(root, "channels"); channels != nullptr && !ReadChannels(*channels, &meta.channels)) {
    return MakeError(ErrorKind::kInvalid, R"(channels: expected {"0": "agent", "1": "citizen"})");
  }
  return meta;
}

void FillCaller(const CallMeta& meta, Message* m) {
  m->contact = CleanCaller(meta.caller);
  m->anonymous = m->contact.empty();
  m->sender = m->anonymous ? std::string(kAnonymous) : m->contact;
  m->line = CleanLine(meta.line);
  if (meta.call_id.empty()) return;
  m->facts["call_id"] = meta.call_id;
  m->facts["thread_key"] = "call:" + meta.call_id;
}

// Sorts by time: thirteen digits hold until the year 2286.
std::string TimePrefix(const std::optional<Time>& time) {
  const std::string ms = std::to_string(time ? ToMs(*time) : 0);
  return std::string(ms.size() < 13 ? 13 - ms.size() : 0, '0') + ms;
}

std::string CleanForId(std::string_view call_id) {
  std::string out(call_id.substr(0, 64));
  for (char& c : out) {
    const bool fine =
        (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '_' || c == '-';
    if (!fine) c = '_';
  }
  return out;
}

}  // namespace

Result<CallMeta> ReadCallMeta(std::string_view bytes) {
  const auto root = ParseJson(text::GuessToUtf8(bytes));
  if (!root || !root->is_object()) return MakeError(ErrorKind::kInvalid, "the sidecar is not a JSON object");
  return MetaFromJson(*root);
}

std::optional<Time> ReadCallTime(std::string_view s) {
  s = text::Trim(s);
  if (const auto epoch = FromEpoch(s); epoch && s.size() != 14) return epoch;
  if (s.size() == 14 && s.find_first_not_of("0123456789") == std::string_view::npos) return FromCompact(s);
  CivilTime t;
  const auto read = [&s](int* field, std::size_t width, std::string_view before) {
    if (!before.empty() && !EatOne(&s, before)) return false;
    const auto value = FixedDigits(&s, width);
    if (value) *field = *value;
    return value.has_value();
  };
  if (!read(&t.year, 4, "") || !read(&t.month, 2, "-/") || !read(&t.day, 2, "-/")) return std::nullopt;
  if (!read(&t.hour, 2, "Tt ") || !read(&t.minute, 2, ":")) return std::nullopt;
  if (!s.empty() && s.front() == ':' && !read(&t.second, 2, ":")) return std::nullopt;
  int millis = 0;
  if (EatOne(&s, ".,")) {
    for (int unit = 100; !s.empty() && s.front() >= '0' && s.front() <= '9'; s.remove_prefix(1), unit /= 10) {
      millis += (s.front() - '0') * unit;
    }
  }
  const auto zone = ReadZoneMs(s);
  const auto ms = ToUtcMs(t);
  return ms && zone ? std::optional(FromMs(*ms - *zone + millis)) : std::nullopt;
}

CallMeta MetaFromName(std::string_view file_name) {
  CallMeta meta;
  file_name = file_name.substr(file_name.find_last_of('/') + 1);
  for (bool cut = true; cut;) {
    cut = false;
    for (const std::string_view extension : {".json", ".vtt", ".srt", ".txt", ".wav", ".mp3", ".http"}) {
      if (!Lower(file_name).ends_with(extension) || file_name.size() == extension.size()) continue;
      file_name.remove_suffix(extension.size());
      cut = true;
    }
  }
  meta.call_id = OneLine(file_name, 128);
  for (std::size_t i = 0; i < file_name.size() && !meta.started_at; ++i) {
    const auto digit = [&](std::size_t k) {
      return k < file_name.size() && file_name[k] >= '0' && file_name[k] <= '9';
    };
    if (!digit(i) || (i > 0 && digit(i - 1))) continue;
    std::size_t end = i;
    while (digit(end)) ++end;
    const auto run = file_name.substr(i, end - i);
    if (run.size() == 14) meta.started_at = FromCompact(run);
    if (run.size() == 10 && file_name.substr(end).starts_with(".") && digit(end + 1)) meta.started_at = FromEpoch(run);
  }
  return meta;
}

bool LooksLikePush(std::string_view bytes) {
  const auto head = text::Trim(bytes);
  return head.starts_with("{") && bytes.find("\"transcript\"") != std::string_view::npos;
}

Result<Push> ReadPush(std::string_view bytes) {
  const auto root = ParseJson(text::GuessToUtf8(bytes));
  if (!root || !root->is_object()) return MakeError(ErrorKind::kInvalid, "the body is not a JSON object");
  auto meta = MetaFromJson(*root);
  if (!meta) return Fail(meta.error());
  if (meta->call_id.empty()) return MakeError(ErrorKind::kInvalid, "call_id is missing");
  const json* const transcript = Field(*root, "transcript");
  if (transcript == nullptr || !(transcript->is_string() || transcript->is_structured())) {
    return MakeError(ErrorKind::kInvalid, "transcript is missing, or neither text nor an object");
  }
  return Push{.meta = std::move(*meta),
              .format = Lower(TextOf(Field(*root, "format"))),
              .transcript = transcript->is_string() ? transcript->get<std::string>()
                                                    : transcript->dump(-1, ' ', false, json::error_handler_t::replace)};
}

Message MakeCallMessage(const CallMeta& meta, const Transcript& transcript, const ChannelRoles& configured, Time now) {
  Message m;
  m.kind = Kind::kCall;
  FillCaller(meta, &m);
  CallText call = MakeTurns(transcript, meta.channels.empty() ? configured : meta.channels);
  m.text = std::move(call.text);
  m.turns = std::move(call.turns);
  m.sent_at = meta.started_at.value_or(now);
  m.facts["engine"] = transcript.engine;
  if (!meta.operator_name.empty()) m.facts["operator"] = meta.operator_name;
  if (meta.started_at) m.facts["started_at"] = IsoUtc(*meta.started_at);
  if (call.dropped > 0) m.facts["dropped_lines"] = std::to_string(call.dropped);
  std::int64_t end_ms = 0;
  // Every field ends in a byte that no field contains, so that no two contents hash alike.
  std::string content = meta.call_id + '\0' + m.sender + '\0' + m.line + '\0' + TimePrefix(meta.started_at) + '\0' +
                        meta.operator_name + '\0';
  for (const Turn& turn : m.turns) {
    end_ms = std::max(end_ms, turn.end_ms);
    content += std::to_string(turn.start_ms) + ' ' + std::to_string(turn.end_ms) + ' ';
    content.append(m.text, turn.begin, turn.end - turn.begin);
    content += '\0';
  }
  if (end_ms > 0) m.facts["duration"] = std::to_string((end_ms + 999) / 1000);
  if (m.turns.empty()) {
    m.kind = Kind::kEvent;
    m.facts["event"] = "empty-call";
  }
  m.source_id =
      TimePrefix(meta.started_at) + '-' + CleanForId(meta.call_id) + '-' + crypto::Sha256Hex(content).substr(0, 16);
  return m;
}

Message MakeUnreadableCall(const CallMeta& meta, std::string_view raw, std::string_view error, Time now) {
  Message m;
  m.kind = Kind::kUnreadable;
  FillCaller(meta, &m);
  m.sent_at = meta.started_at.value_or(now);
  m.facts["error"] = text::Repair(error);
  m.source_id = TimePrefix(meta.started_at) + "-unreadable-" +
                crypto::Sha256Hex(meta.call_id + '\0' + std::string(raw)).substr(0, 32);
  return m;
}

}  // namespace minsheng::phone
