// SPDX-License-Identifier: Apache-2.0
// The JSON forms of recognisers. Field names and units are those of the vendors' public API pages: iFLYTEK
// xfyun.cn/doc/asr/ifasr_new, Tencent cloud.tencent.com/document/api/1093/37824, Aliyun
// help.aliyun.com/document_detail/90727, Huawei support.huaweicloud.com/api-sis/sis_03_0093, Whisper
// github.com/openai/whisper (writers), Volcengine utterances.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "channels/phone/json_fields.h"
#include "channels/phone/transcript.h"
#include "src/http/http.h"
#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

using nlohmann::json;

std::int64_t Scaled(const json& object, std::string_view key, double to_ms) {
  const double ms = NumberOf(Field(object, key)).value_or(0) * to_ms;
  return ms > 0 && ms < 1e12 ? std::llround(ms) : 0;
}

int ChannelOf(const json* value) {
  const auto number = NumberOf(value);
  if (number && *number >= 0 && *number < 16) return static_cast<int>(*number);
  const std::string text = TextOf(value);
  if (text == "L" || text == "left") return 0;
  if (text == "R" || text == "right") return 1;
  return -1;
}

// A recogniser's word in exponential form (Whisper): e^x is a mean probability. Nothing else becomes a confidence.
std::optional<double> FromLogProbability(const json* value) {
  const auto log = NumberOf(value);
  return log && *log <= 0 ? std::optional(std::exp(*log)) : std::nullopt;
}

std::optional<double> Probability(const json* value) {
  const auto number = NumberOf(value);
  return number && *number >= 0 && *number <= 1 ? number : std::nullopt;
}

// --- Whisper ------------------------------------------------------------------------------------------------------

// Whisper writes words over silence; it says itself when (transcribe.py, no_speech_threshold and logprob_threshold).
bool IsSilence(const json& segment) {
  const auto no_speech = NumberOf(Field(segment, "nospeechprob"));
  const auto log = NumberOf(Field(segment, "avglogprob"));
  return no_speech && log && *no_speech > 0.6 && *log < -1.0;
}

std::vector<Segment> ReadWhisper(const json& list) {
  std::vector<Segment> segments;
  for (const auto& item : list) {
    if (IsSilence(item)) continue;
    AddSegment({.speaker = TextOf(Field(item, "speaker")),
                .start_ms = Scaled(item, "start", 1000),
                .end_ms = Scaled(item, "end", 1000),
                .text = TextOf(Field(item, "text")),
                .confidence = FromLogProbability(Field(item, "avglogprob"))},
               &segments);
  }
  return segments;
}

// --- iFLYTEK ------------------------------------------------------------------------------------------------------

// Values that are JSON, or a string that holds JSON.
std::optional<json> Unwrap(const json* value) {
  if (value == nullptr) return std::nullopt;
  return value->is_string() ? ParseJson(value->get_ref<const std::string&>()) : std::optional(*value);
}

std::string IflytekWords(const json& sentence) {
  std::string out;
  const json* const rt = Field(sentence, "rt");
  if (rt == nullptr || !rt->is_array()) return out;
  const auto alnum = [](char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); };
  for (const auto& part : *rt) {
    const json* const ws = Field(part, "ws");
    if (ws == nullptr || !ws->is_array()) continue;
    for (const auto& word : *ws) {
      const json* const cw = Field(word, "cw");
      if (cw == nullptr || !cw->is_array() || cw->empty()) continue;
      const std::string w = TextOf(Field(cw->front(), "w"));  // the first is the best
      const bool latin = !w.empty() && !out.empty() && alnum(w.front()) && alnum(out.back());
      const bool letters = latin && (w.front() > '9' || out.back() > '9');
      out += (letters ? " " : "") + w;
    }
  }
  return out;
}

Result<std::vector<Segment>> ReadIflytek(const json& order) {
  std::map<std::string, int> tracks;
  if (const json* label = Field(order, "label"); label != nullptr) {
    if (const json* list = Field(*label, "rltrack"); list != nullptr && list->is_array()) {
      for (const auto& item : *list) tracks[TextOf(Field(item, "rl"))] = ChannelOf(Field(item, "track"));
    }
  }
  const json* lattice = Field(order, "lattice2");  // as spoken, with its fillers
  if (lattice == nullptr || !lattice->is_array() || lattice->empty()) lattice = Field(order, "lattice");
  if (lattice == nullptr || !lattice->is_array()) return MakeError(ErrorKind::kInvalid, "iflytek: no lattice");
  std::vector<Segment> segments;
  for (std::size_t i = 0; i < lattice->size(); ++i) {
    const auto best = Unwrap(Field((*lattice)[i], "json1best"));
    const json* const st = best ? Field(*best, "st") : nullptr;
    if (st == nullptr) {
      return MakeError(ErrorKind::kInvalid, "iflytek: lattice[" + std::to_string(i) + "].json_1best is not readable");
    }
    if (TextOf(Field(*st, "type")) == "1") continue;  // interim
    std::string role = TextOf(Field(*st, "rl"));
    const auto track = tracks.find(role);
    if (role == "0") role.clear();  // no separation of speakers
    AddSegment({.speaker = role,
                .channel = track == tracks.end() ? -1 : track->second,
                .start_ms = Scaled(*st, "bg", 1),
                .end_ms = Scaled(*st, "ed", 1),
                .text = IflytekWords(*st)},
               &segments);
  }
  return segments;
}

Result<Transcript> ReadIflytekAnswer(const json& root) {
  const std::string code = TextOf(Field(root, "code"));
  if (!code.empty() && code != "000000" && code != "0") {
    return MakeError(ErrorKind::kInvalid, "iflytek: the recogniser reports code " + text::Truncate(code, 20));
  }
  const json* content = Field(root, "content");
  if (content == nullptr) content = &root;
  if (const json* info = Field(*content, "orderinfo"); info != nullptr) {
    const std::string status = TextOf(Field(*info, "status"));
    if (status == "-1") return MakeError(ErrorKind::kInvalid, "iflytek: the order failed (orderInfo.status -1)");
  }
  const auto order = Field(*content, "orderresult") != nullptr ? Unwrap(Field(*content, "orderresult")) : *content;
  if (!order) return MakeError(ErrorKind::kInvalid, "iflytek: content.orderResult holds no JSON");
  auto segments = ReadIflytek(*order);
  if (!segments) return Fail(segments.error());
  return Transcript{.engine = "iflytek", .segments = std::move(*segments)};
}

// --- Tencent ------------------------------------------------------------------------------------------------------

std::vector<Segment> ReadTencentDetail(const json& detail) {
  std::vector<Segment> segments;
  for (const auto& item : detail) {
    AddSegment({.speaker = TextOf(Field(item, "speakerid")),
                .start_ms = Scaled(item, "startms", 1),
                .end_ms = Scaled(item, "endms", 1),
                .text = TextOf(Field(item, "finalsentence"))},
               &segments);
  }
  return segments;
}

Result<Transcript> ReadTencentData(const json& data) {
  const std::string status = TextOf(Field(data, "status"));
  const std::string code = TextOf(Field(data, "code"));
  if (status == "3" || (!code.empty() && code != "0")) {
    return MakeError(ErrorKind::kInvalid, "tencent: the recogniser reports a failed task");
  }
  const auto detail = Unwrap(Field(data, "resultdetail"));
  Transcript transcript{.engine = "tencent", .segments = {}};
  if (detail && detail->is_array() && !detail->empty()) {
    transcript.segments = ReadTencentDetail(*detail);
  } else {
    const json* lines = Field(data, "result");
    transcript.segments = ReadTencentLines(TextOf(lines != nullptr ? lines : Field(data, "text")));
  }
  return transcript;
}

// --- Aliyun, Huawei, Volcengine -----------------------------------------------------------------------------------

std::vector<Segment> ReadAliyun(const json& list) {
  std::vector<Segment> segments;
  for (const auto& item : list) {
    AddSegment({.speaker = TextOf(Field(item, "speakerid")),
                .channel = ChannelOf(Field(item, "channelid")),
                .start_ms = Scaled(item, "begintime", 1),
                .end_ms = Scaled(item, "endtime", 1),
                .text = TextOf(Field(item, "text"))},
               &segments);
  }
  return segments;
}

std::vector<Segment> ReadHuawei(const json& list) {
  std::vector<Segment> segments;
  for (const auto& item : list) {
    const json* const result = Field(item, "result");
    if (result == nullptr) continue;
    const json* const analysis = Field(*result, "analysisinfo");
    AddSegment({.speaker = analysis == nullptr ? std::string() : TextOf(Field(*analysis, "role")),
                .start_ms = Scaled(item, "starttime", 1),
                .end_ms = Scaled(item, "endtime", 1),
                .text = TextOf(Field(*result, "text")),
                .confidence = Probability(Field(*result, "score"))},
               &segments);
  }
  return segments;
}

std::vector<Segment> ReadVolcengine(const json& list) {
  std::vector<Segment> segments;
  for (const auto& item : list) {
    const json* const additions = Field(item, "additions");
    AddSegment({.speaker = additions == nullptr ? std::string() : TextOf(Field(*additions, "speaker")),
                .start_ms = Scaled(item, "starttime", 1),
                .end_ms = Scaled(item, "endtime", 1),
                .text = TextOf(Field(item, "text")),
                .confidence = Probability(Field(item, "confidence"))},
               &segments);
  }
  return segments;
}

const json* List(const json& object, std::string_view key) {
  const json* const list = Field(object, key);
  return list != nullptr && list->is_array() ? list : nullptr;
}

Result<Transcript> ReadByShape(const json& root) {
  if (Field(root, "orderresult") != nullptr || List(root, "lattice") != nullptr || List(root, "lattice2") != nullptr ||
      Field(root, "content") != nullptr) {
    return ReadIflytekAnswer(root);
  }
  if (Field(root, "resultdetail") != nullptr || Field(root, "requestid") != nullptr) {
    if (Field(root, "resultdetail") != nullptr || Field(root, "result") != nullptr || Field(root, "text") != nullptr) {
      return ReadTencentData(root);
    }
  }
  if (const json* list = List(root, "sentences")) return Transcript{.engine = "aliyun", .segments = ReadAliyun(*list)};
  if (const json* list = List(root, "utterances")) {
    return Transcript{.engine = "volcengine", .segments = ReadVolcengine(*list)};
  }
  if (const json* list = List(root, "segments")) {
    const bool huawei =
        std::any_of(list->begin(), list->end(), [](const json& s) { return Field(s, "result") != nullptr; });
    return huawei ? Transcript{.engine = "huawei", .segments = ReadHuawei(*list)}
                  : Transcript{.engine = "whisper", .segments = ReadWhisper(*list)};
  }
  return MakeError(ErrorKind::kInvalid,
                   "no known transcript format: the JSON has none of lattice, ResultDetail, "
                   "Sentences, segments, utterances");
}

}  // namespace

Result<Transcript> ReadRecogniserJson(std::string_view text, std::string_view format) {
  if (text.starts_with("{") || text.starts_with("[")) {
    const auto root = ParseJson(text);
    if (!root) return MakeError(ErrorKind::kInvalid, "the transcript is not JSON, or nested deeper than 64");
    if (root->is_array()) {
      if (format == "tencent") return Transcript{.engine = "tencent", .segments = ReadTencentDetail(*root)};
      return MakeError(ErrorKind::kInvalid, "no known transcript format: a bare JSON list");
    }
    if (format == "tencent" && Field(*root, "data") == nullptr && Field(*root, "response") == nullptr) {
      return ReadTencentData(*root);
    }
    // The answers of the platforms' APIs wrap the result: {"Response":{"Data":…}}, {"Result":…}, {"resp":…}.
    const json* inner = &*root;
    for (const std::string_view wrapper : {"response", "resp", "data", "result"}) {
      const json* const next = Field(*inner, wrapper);
      if (next != nullptr && next->is_object()) inner = next;
    }
    return ReadByShape(*inner);
  }
  json data = json::object();
  for (const auto& [key, value] : http::ParseQuery(text)) data[key] = value;
  return ReadTencentData(data);
}

}  // namespace minsheng::phone
