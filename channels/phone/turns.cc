// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/turns.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

constexpr std::int64_t kJoinGapMs = 1000;
constexpr std::int64_t kEchoMs = 500;
constexpr std::size_t kEchoChars = 4;  // 嗯 and 好的 are said by both at once; whole sentences are not

constexpr auto kAgentLabels =
    std::to_array<std::string_view>({"坐席", "座席", "客服", "客服人员", "话务员", "话务", "接线员", "受理员",
                                     "工作人员", "热线", "agent", "operator", "staff", "seat", "service"});
constexpr auto kCitizenLabels =
    std::to_array<std::string_view>({"客户", "市民", "来电人", "来电", "用户", "群众", "诉求人", "反映人", "居民",
                                     "caller", "customer", "user", "citizen", "client"});
constexpr auto kIvrLabels = std::to_array<std::string_view>(
    {"系统", "语音", "语音导航", "自动语音", "机器人", "ivr", "robot", "system", "bot"});

// Each entry is a whole line without punctuation and spaces, or its start where it ends in '*'.
constexpr auto kNobodysLines = std::to_array<std::string_view>({
    // invented over silence
    "请不吝点赞*",
    "请不吝點贊*",
    "点赞订阅转发*",
    "字幕由*",
    "字幕志愿者*",
    "中文字幕志愿者*",
    "字幕製作*",
    "字幕制作*",
    "优优独播剧场*",
    "優優獨播劇場*",
    "明镜需要您的支持*",
    "谢谢观看",
    "谢谢大家观看",
    "谢谢收看",
    "感谢观看",
    "感谢收看",
    "感谢您的观看",
    "謝謝觀看",
    "多谢您的观看",
    "本期视频就到这里",
    "我们下期再见",
    "请订阅我的频道",
    "thanksforwatching",
    "thankyouforwatching",
    "subtitlesbytheamara*",
    // prompts of the telephone system
    "为了保证服务质量您的通话*",
    "为保证服务质量您的通话*",
    "您的通话可能会被录音*",
    "您的通话将被录音*",
    "本次通话可能会被录音*",
    "本次通话将被录音*",
    "坐席全忙*",
    "话务员全忙*",
    "坐席忙请稍候*",
    "正在为您转接请稍候*",
    "正在为您转接人工*",
    "请对本次服务进行评价*",
    "请对我的服务进行评价*",
    "请您对本次服务*",
    "满意请按*",
    "非常满意请按*",
    "普通话请按*",
    "人工服务请按*",
    "您所拨打的电话*",
    "您拨打的电话*",
    "坐席工号*为您服务",
});

std::string FoldLabel(std::string_view label) {
  std::string out;
  for (const char c : text::Trim(label)) {
    const bool tail = (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
    if (!tail) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

template <class Labels>
bool Has(const Labels& labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

bool IsPunctuation(char32_t c) {
  if (c < 0x80) return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  return (c >= 0x2010 && c <= 0x206F) || (c >= 0x3000 && c <= 0x303F && c != 0x3007) || (c >= 0xFF00 && c <= 0xFF0F) ||
         (c >= 0xFF1A && c <= 0xFF20) || c == 0xFFFD;
}

// Words without punctuation and spaces, Latin in lower case.
std::string Squeeze(std::string_view words) {
  std::string out;
  for (std::size_t pos = 0; pos < words.size();) {
    char32_t c = text::NextCodePoint(words, &pos);
    if (IsPunctuation(c)) continue;
    if (c >= 0xFF10 && c <= 0xFF19) c = c - 0xFF10 + U'0';
    if (c >= U'A' && c <= U'Z') c += 0x20;
    text::AppendUtf8(c, &out);
  }
  return out;
}

bool Contains(std::string_view s, std::string_view part) { return s.find(part) != std::string_view::npos; }

// A speaker, as far as the recogniser tells them apart. Empty: not at all.
std::string SpeakerKey(const Segment& s) {
  if (s.speaker.empty() && s.channel < 0) return {};
  return std::to_string(s.channel) + "/" + s.speaker;
}

bool IsEcho(const std::vector<Segment>& kept, const Segment& s) {
  if (text::CountChars(s.text) < kEchoChars) return false;
  for (auto it = kept.rbegin(); it != kept.rend() && s.start_ms - it->start_ms <= kEchoMs; ++it) {
    if (it->text == s.text && !SpeakerKey(s).empty() && SpeakerKey(*it) != SpeakerKey(s)) return true;
  }
  return false;
}

void Join(Segment* into, const Segment& next) {
  if (into->confidence && next.confidence) {
    const auto a = static_cast<double>(into->text.size());
    const auto b = static_cast<double>(next.text.size());
    into->confidence = (*into->confidence * a + *next.confidence * b) / (a + b);
  } else {
    into->confidence.reset();
  }
  const auto letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  if (letter(into->text.back()) && letter(next.text.front())) into->text += ' ';
  into->text += next.text;
  into->end_ms = std::max(into->end_ms, next.end_ms);
}

std::vector<Segment> Tidy(std::vector<Segment> segments, int* dropped) {
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
  std::vector<Segment> spoken;
  for (auto& s : segments) {
    if (IsNobodysLine(s.text) || IsEcho(spoken, s)) {
      ++*dropped;
    } else {
      spoken.push_back(std::move(s));
    }
  }
  std::vector<Segment> turns;
  for (auto& s : spoken) {
    const bool timed = s.end_ms > 0;
    const bool same = !turns.empty() && timed && !SpeakerKey(s).empty() && SpeakerKey(turns.back()) == SpeakerKey(s);
    if (same && s.start_ms - turns.back().end_ms < kJoinGapMs) {
      Join(&turns.back(), s);
    } else {
      turns.push_back(std::move(s));
    }
  }
  return turns;
}

// The speaker whose first turns greet like the hotline; empty when nobody, or more than one, does.
std::string GreetingSpeaker(const std::vector<Segment>& turns) {
  std::map<std::string, std::pair<int, int>> speakers;  // key -> turns seen, best score
  for (const auto& turn : turns) {
    const std::string key = SpeakerKey(turn);
    if (key.empty()) continue;
    auto& [seen, best] = speakers[key];
    if (seen++ < 2) best = std::max(best, GreetingScore(turn.text));
  }
  std::string found;
  int best = 0;
  for (const auto& [key, value] : speakers) {
    if (value.second > best) {
      best = value.second;
      found = key;
    } else if (value.second == best) {
      found.clear();
    }
  }
  return found;
}

std::map<std::string, Role> FindRoles(const std::vector<Segment>& turns, const ChannelRoles& channels) {
  std::map<std::string, Role> roles;
  bool labelled = false;
  for (const auto& turn : turns) {
    const std::string key = SpeakerKey(turn);
    if (key.empty() || roles.contains(key)) continue;
    Role role = RoleOfLabel(turn.speaker);
    labelled = labelled || role == Role::kAgent || role == Role::kCitizen;
    if (const auto it = channels.find(turn.channel); role == Role::kUnknown && it != channels.end()) role = it->second;
    roles[key] = role;
  }
  if (labelled) return roles;
  const std::string agent = GreetingSpeaker(turns);
  if (agent.empty()) return roles;
  roles[agent] = Role::kAgent;
  std::vector<std::string> others;
  for (const auto& [key, role] : roles) {
    if (key != agent && role != Role::kIvr) others.push_back(key);
  }
  if (others.size() == 1) roles[others.front()] = Role::kCitizen;
  return roles;
}

}  // namespace

Role RoleOfLabel(std::string_view label) {
  const std::string folded = FoldLabel(label);
  if (Has(kAgentLabels, folded)) return Role::kAgent;
  if (Has(kCitizenLabels, folded)) return Role::kCitizen;
  if (Has(kIvrLabels, folded)) return Role::kIvr;
  return Role::kUnknown;
}

int GreetingScore(std::string_view words) {
  std::string s = Squeeze(words);
  for (const std::string_view spoken : {"幺二三四五", "一二三四五"}) {
    if (const auto at = s.find(spoken); at != std::string::npos) s.replace(at, spoken.size(), "12345");
  }
  int score = 0;
  if (Contains(s, "为您服务") || Contains(s, "有什么可以帮") || Contains(s, "有什么需要帮") ||
      Contains(s, "请讲您的诉求"))
    score += 3;
  if (Contains(s, "工号")) score += 1;
  if (Contains(s, "12345") && (Contains(s, "您好") || Contains(s, "你好"))) score += 1;
  for (const std::string_view question :
       {"是12345吗", "是12345热线吗", "是12345吧", "是12345么", "是不是12345", "打12345"}) {
    if (Contains(s, question)) score -= 4;
  }
  return score;
}

bool IsNobodysLine(std::string_view words) {
  const std::string s = Squeeze(words);
  if (s.empty()) return true;
  return std::any_of(kNobodysLines.begin(), kNobodysLines.end(), [&](std::string_view entry) {
    const auto star = entry.find('*');
    if (star == std::string_view::npos) return s == entry;
    return s.size() >= entry.size() - 1 && s.starts_with(entry.substr(0, star)) && s.ends_with(entry.substr(star + 1));
  });
}

CallText MakeTurns(const Transcript& transcript, const ChannelRoles& channels) {
  CallText call;
  const auto turns = Tidy(transcript.segments, &call.dropped);
  const auto roles = FindRoles(turns, channels);
  for (const auto& s : turns) {
    if (!call.text.empty()) call.text += '\n';
    Turn turn{.start_ms = s.start_ms, .end_ms = s.end_ms, .confidence = s.confidence};
    if (const auto it = roles.find(SpeakerKey(s)); it != roles.end()) turn.role = it->second;
    turn.begin = static_cast<std::uint32_t>(call.text.size());
    call.text += s.text;
    turn.end = static_cast<std::uint32_t>(call.text.size());
    call.turns.push_back(turn);
  }
  return call;
}

}  // namespace minsheng::phone
