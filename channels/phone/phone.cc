// SPDX-License-Identifier: Apache-2.0
// The telephone: transcripts come as files (drop_folder.h) or as signed pushes; nothing is sent back over the wire,
// a Reply becomes a call-back task for a person.
//
// Push: POST /hook/phone/{account}. Headers x-minsheng-timestamp (seconds since 1970) and x-minsheng-signature,
// "v1=" and the hex HMAC-SHA256 of "<timestamp>.<body>"; several signatures with a space or comma between them, for
// rotation. Body: the envelope of call.h. Tencent's callback form is read too and gets Tencent's own acknowledgement;
// somebody in front has to sign it.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include "channels/channel.h"
#include "channels/phone/call.h"
#include "channels/phone/drop_folder.h"
#include "src/base/crypto.h"
#include "src/text/utf8.h"

namespace minsheng::phone {
namespace {

constexpr Millis kSignatureWindow{600'000};
constexpr Millis kPollPeriod{2'000};
constexpr std::size_t kMinSecretBytes = 16;
constexpr std::size_t kMaxSignatures = 8;

struct PhoneConfig {
  std::string drop_folder;
  Millis settle{10'000};
  Secret push_secret;
  Secret previous_push_secret;
  std::string agent_channel = "unknown";
  std::size_t max_transcript_bytes = 8u << 20;
};

PhoneConfig ReadPhoneConfig(ConfigSection& section) {
  PhoneConfig config;
  section
      .Text("drop_folder", &config.drop_folder,
            "Folder that transcripts are dropped into; a relative path is below the data folder. 转写文件投递目录")
      .Duration("settle", &config.settle, Millis{0}, Millis{3'600'000},
                "How long a file without a sidecar must rest before it is taken. 无附属文件时的等待时间")
      .Secret_("push_secret", &config.push_secret, "Key of signed pushes to /hook/phone/{account}. 推送签名密钥")
      .Secret_("previous_push_secret", &config.previous_push_secret,
               "The key before the last change, accepted as well. 更换前的签名密钥")
      .Choice("agent_channel", &config.agent_channel, {"unknown", "0", "1"},
              "Track of two-track recordings that the operator speaks on (0 = left). 坐席所在声道")
      .Bytes("max_transcript_bytes", &config.max_transcript_bytes, 1024, 256u << 20,
             "Longer transcripts are parked unread. 单个转写文件大小上限");
  for (const auto& [key, secret] :
       {std::pair{"push_secret", &config.push_secret}, {"previous_push_secret", &config.previous_push_secret}}) {
    if (!secret->empty() && secret->Reveal().size() < kMinSecretBytes) {
      section.Problem(key, "密钥至少需要 16 个字节", "the key needs at least 16 bytes");
    }
  }
  if (config.drop_folder.empty() && config.push_secret.empty()) {
    section.Problem("drop_folder", "电话渠道需要 drop_folder 或 push_secret 之一",
                    "the phone channel takes nothing: set drop_folder, push_secret, or both");
  }
  return config;
}

ChannelRoles RolesOfAgentChannel(const std::string& agent_channel) {
  if (agent_channel == "unknown") return {};
  const int agent = agent_channel == "1" ? 1 : 0;
  return {{agent, Role::kAgent}, {1 - agent, Role::kCitizen}};
}

class PhoneChannel final : public Channel {
 public:
  PhoneChannel(PhoneConfig config, ChannelHost& host)
      : config_(std::move(config)), host_(host), roles_(RolesOfAgentChannel(config_.agent_channel)) {
    if (config_.drop_folder.empty()) return;
    folder_.emplace(FolderPath(), config_.settle, config_.max_transcript_bytes, host.clock());
  }

  Result<Inbound> Receive(const http::Request& request) override {
    if (request.method != "POST") return MakeError(ErrorKind::kInvalid, "transcripts are pushed with POST");
    if (const auto signature = CheckSignature(request); !signature) return Fail(signature.error());
    if (request.body.size() > config_.max_transcript_bytes) {
      return MakeError(ErrorKind::kTooLarge, "the transcript is longer than max_transcript_bytes");
    }
    const bool form = request.Header("content-type").starts_with("application/x-www-form-urlencoded");
    auto inbound = form ? ParseForm(request.body) : ParsePush(request.body);
    if (!inbound) inbound = Unreadable(MetaFromEnvelope(request.body), request.body, inbound.error().what);
    inbound->ack = http::Response{.status = 200,
                                  .body = form ? R"({"code":0,"message":"success"})" : R"({"ok":true})",
                                  .content_type = "application/json",
                                  .headers = {}};
    return inbound;
  }

  Result<Inbound> Parse(std::string_view bytes, std::string_view name) override {
    if (bytes.size() > config_.max_transcript_bytes) {
      return MakeError(ErrorKind::kTooLarge, "the transcript is longer than max_transcript_bytes");
    }
    if (LooksLikePush(bytes)) return ParsePush(bytes);
    return ParseTranscript(MetaFromName(name), bytes, {});
  }

  Result<void> Poll(Acceptor& acceptor) override {
    if (!folder_) return {};
    // A folder of our own is made; an absolute path that is not there is somebody's mistake, and stays an error.
    std::error_code ignored;
    if (config_.drop_folder.front() != '/') std::filesystem::create_directories(FolderPath(), ignored);
    return folder_->Look([&](const DroppedFile& file) { return TakeFile(file, acceptor); });
  }

  Millis PollPeriod() const override { return folder_ ? kPollPeriod : Millis{0}; }

  Result<Receipt> Send(const Reply&) override { return Receipt{.platform_id = {}, .call_back_task = true}; }

 private:
  std::string FolderPath() const {
    const bool absolute = config_.drop_folder.front() == '/';
    return absolute ? config_.drop_folder : host_.data_folder() + "/" + config_.drop_folder;
  }

  Result<void> CheckSignature(const http::Request& request) const {
    const Fail denied = MakeError(ErrorKind::kDenied, "the push is not signed with an active key, or out of time");
    const std::string timestamp = request.Header("x-minsheng-timestamp");
    if (timestamp.empty() || timestamp.size() > 15 || timestamp.find_first_not_of("0123456789") != std::string::npos) {
      return denied;
    }
    std::int64_t sent_ms = 0;
    std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), sent_ms);
    if (sent_ms < 100'000'000'000) sent_ms *= 1000;
    const Millis age = host_.clock().Now() - FromMs(sent_ms);
    if (age > kSignatureWindow || age < -kSignatureWindow) return denied;
    const std::string signed_text = timestamp + "." + request.body;
    bool good = false;
    for (const Secret* secret : {&config_.push_secret, &config_.previous_push_secret}) {
      if (secret->empty()) continue;
      const std::string expected = crypto::Hex(crypto::HmacSha256(secret->Reveal(), signed_text));
      good = AnySignatureIs(request.Header("x-minsheng-signature"), expected) || good;
    }
    if (!good) return denied;
    return {};
  }

  static bool AnySignatureIs(std::string_view header, const std::string& expected) {
    bool good = false;
    for (std::size_t n = 0; n < kMaxSignatures && !header.empty(); ++n) {
      const auto end = std::min(header.find_first_of(" ,"), header.size());
      const auto one = header.substr(0, end);
      header.remove_prefix(std::min(end + 1, header.size()));
      if (one.starts_with("v1=")) good = crypto::ConstantTimeEqual(one.substr(3), expected) || good;
    }
    return good;
  }

  Result<Inbound> ParsePush(std::string_view bytes) const {
    auto push = ReadPush(bytes);
    if (!push) return Fail(push.error());
    auto inbound = ParseTranscript(push->meta, push->transcript, push->format);
    if (inbound) inbound->raw = std::string(bytes);
    return inbound;
  }

  // Tencent's callback: the task's id is the call's, unless the URL of the recording says more.
  Result<Inbound> ParseForm(std::string_view body) const {
    CallMeta meta;
    for (const auto& [key, value] : http::ParseQuery(body)) {
      if (key == "audioUrl" && !value.empty()) meta = MetaFromName(value.substr(0, value.find('?')));
    }
    for (const auto& [key, value] : http::ParseQuery(body)) {
      if (key == "requestId" && meta.call_id.empty()) meta.call_id = text::Truncate(text::Repair(value), 64);
    }
    return ParseTranscript(meta, body, "tencent");
  }

  Result<Inbound> ParseTranscript(CallMeta meta, std::string_view bytes, std::string_view format) const {
    if (meta.call_id.empty()) meta.call_id = "content-" + crypto::Sha256Hex(bytes).substr(0, 16);
    const auto transcript = ReadTranscript(bytes, format);
    if (!transcript) return Fail(transcript.error());
    Inbound inbound;
    inbound.items.push_back({MakeCallMessage(meta, *transcript, roles_, host_.clock().Now()), {}});
    inbound.raw = std::string(bytes);
    return inbound;
  }

  Inbound Unreadable(const CallMeta& meta, std::string_view raw, const std::string& error) const {
    Inbound inbound;
    inbound.items.push_back({MakeUnreadableCall(meta, raw, error, host_.clock().Now()), {}});
    inbound.raw = std::string(raw);
    return inbound;
  }

  // What can be saved of a push whose transcript cannot be read.
  static CallMeta MetaFromEnvelope(std::string_view body) {
    auto meta = ReadCallMeta(body);
    return meta ? *meta : CallMeta{};
  }

  Result<Fate> TakeFile(const DroppedFile& file, Acceptor& acceptor) const {
    CallMeta meta = MetaFromName(file.name);
    std::string problem;
    if (file.sidecar) {
      auto stated = ReadCallMeta(*file.sidecar);
      if (stated) {
        if (stated->call_id.empty()) stated->call_id = meta.call_id;
        if (!stated->started_at) stated->started_at = meta.started_at;
        meta = std::move(*stated);
      } else {
        problem = "附属文件无法读取 sidecar: " + stated.error().what;
      }
    }
    if (file.too_large) problem = "文件超过 max_transcript_bytes the file is longer than max_transcript_bytes";
    Result<Inbound> inbound = problem.empty() ? ReadFile(meta, file.bytes) : MakeError(ErrorKind::kInvalid, problem);
    if (!inbound) {
      problem = inbound.error().what;
      if (file.again) return Fate(problem);  // the call itself was taken long ago
      inbound = Unreadable(meta, file.too_large ? file.name : file.bytes, problem);
      if (file.too_large) inbound->items.front().message.facts["too_large"] = "1";
    }
    for (auto& item : inbound->items) item.message.facts["file"] = text::Repair(file.name);
    const auto accepted = acceptor.Accept(std::move(*inbound));
    if (!accepted) {
      // Refused for what it is: it would be refused again, so it must not stand in the way of the files behind it.
      const auto kind = accepted.error().kind;
      if (kind != ErrorKind::kInvalid && kind != ErrorKind::kTooLarge) return Fail(accepted.error());
      problem = accepted.error().what;
    }
    return problem.empty() ? Fate() : Fate(problem);
  }

  Result<Inbound> ReadFile(const CallMeta& meta, const std::string& bytes) const {
    return LooksLikePush(bytes) ? ParsePush(bytes) : ParseTranscript(meta, bytes, {});
  }

  PhoneConfig config_;
  ChannelHost& host_;
  ChannelRoles roles_;
  std::optional<DropFolder> folder_;
};

std::unique_ptr<Channel> MakePhone(ConfigSection& section, ChannelHost& host) {
  return std::make_unique<PhoneChannel>(ReadPhoneConfig(section), host);
}

const RegisterChannel kRegisterPhone({.name = "phone",
                                      .chinese = "电话",
                                      .summary = "Transcripts of telephone calls, dropped as files or pushed",
                                      .make = &MakePhone});

}  // namespace
}  // namespace minsheng::phone
