// SPDX-License-Identifier: Apache-2.0
#include "src/router/rule_versions.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/router/review.h"
#include "src/text/doubts.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::router {
namespace {

Result<void> NeedNote(const Actor& actor) {
  if (text::Trim(actor.by).empty()) {
    return MakeError(ErrorKind::kInvalid, "请用 --as 写明操作人 / say who acts with --as");
  }
  if (text::Trim(actor.note).empty()) {
    return MakeError(ErrorKind::kInvalid, "请用 --note 写明原因 / say why with --note");
  }
  return {};
}

Result<void> CheckFiles(const std::vector<rules::SourceFile>& files) {
  if (files.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "一个 .json 文件也没有，是不是写错了文件夹？ / there is not a single .json file: is it the right "
                     "folder?");
  }
  for (const auto& f : files) {
    if (text::IsValidUtf8(f.path) && text::IsValidUtf8(f.content) && f.content.find('\0') == std::string::npos)
      continue;
    return MakeError(
        ErrorKind::kInvalid,
        fmt::format("{}: 不是 UTF-8 文本，请转换后再导入 / is no UTF-8 text; convert it first", text::Repair(f.path)));
  }
  return {};
}

rules::Input InputOfPin(const store::PinnedCase& pin) {
  return {pin.text, pin.channel, pin.line, pin.place_hint, pin.stated_type, pin.hour};
}

Result<void> RunPins(store::Store& store, Examination* e) {
  // Stamp first: a case that comes meanwhile makes the stamp old, and the act a conflict.
  const auto stamp = store.PinsStamp();
  if (!stamp) return Fail(stamp.error());
  e->pins_stamp = *stamp;
  const auto pins = store.ListPins(/*retired_too=*/false);
  if (!pins) return Fail(pins.error());
  e->pins = pins->size();
  if (!e->set) return {};
  rules::RuleSet::Scratch scratch;
  for (const auto& pin : *pins) {
    auto verdict = e->set->Classify(InputOfPin(pin), scratch);
    if (!Agrees(pin, verdict)) e->failed_pins.push_back({pin, std::move(verdict)});
  }
  return {};
}

// What the verdict is about; null without words.
const Message* WordsOf(const store::RequestRow& request) {
  return text::Trim(request.whole.text).empty() ? nullptr : &request.whole;
}

Result<std::string> DecidedTopic(const store::RequestRow& request, const std::string& topic) {
  if (!topic.empty()) return topic;
  if (!request.corrected_topic.empty()) return request.corrected_topic;
  if (request.verdict && !request.verdict->triage && !request.verdict->topic.empty()) return request.verdict->topic;
  return MakeError(
      ErrorKind::kInvalid,
      fmt::format("诉求 {} 还没有人决定：先用 requests correct 更正，或用 --topic 写明事项 / nobody has decided "
                  "about request {} yet: correct it first (requests correct), or name the topic with --topic",
                  request.id, request.id));
}

}  // namespace

bool Agrees(const store::PinnedCase& pin, const Verdict& verdict) {
  return verdict.topic == pin.topic && verdict.category == pin.category && verdict.urgency == pin.urgency;
}

Result<Imported> ImportRuleSet(store::Store& store, const std::vector<rules::SourceFile>& files, const Actor& author,
                               std::int64_t base) {
  if (auto ok = NeedNote(author); !ok) return Fail(ok.error());
  if (auto ok = CheckFiles(files); !ok) return Fail(ok.error());
  if (base == 0) {
    const auto in_force = store.RuleSetsInForce();
    if (!in_force) return Fail(in_force.error());
    base = in_force->active;
  }
  store::RuleSetRow row;
  row.base = base;
  row.hash = rules::HashOf(files);
  row.author = author.by;
  row.note = author.note;
  row.files = EncodeFiles(files);
  const auto added = store.AddRuleSet(row);
  if (!added) return Fail(added.error());
  Imported imported;
  imported.version = added->version;
  imported.fresh = added->fresh;
  imported.base = base;
  if (!imported.fresh) return imported;
  if (base != 0) {
    // A damaged base does not keep anybody from bringing a better one.
    if (const auto before = FilesOf(store, base)) imported.change = rules::Compare(*before, files);
  }
  for (const auto& p : rules::RuleSet::Compile(files).problems) {
    if (p.severity == rules::Severity::kError) ++imported.errors;
    if (p.severity == rules::Severity::kWarning) ++imported.warnings;
  }
  return imported;
}

Result<std::vector<rules::SourceFile>> FilesOf(store::Store& store, std::int64_t version) {
  const auto row = store.GetRuleSet(version);
  if (!row) return Fail(row.error());
  return DecodeFiles(row->files);
}

Result<Examination> Examine(store::Store& store, const std::vector<rules::SourceFile>& files, std::int64_t version,
                            const MakeCatalogue& make_catalogue) {
  Examination e;
  e.version = version;
  auto compiled = rules::RuleSet::Compile(files, version);
  e.problems = std::move(compiled.problems);
  e.set = std::move(compiled.set);
  if (e.set) {
    if (const auto catalogue = make_catalogue(*e.set); !catalogue) e.catalogue = catalogue.error().what;
  }
  if (e.set) {
    const auto articles = knowledge::ArticleBook::Load(store.Articles());
    if (!articles) return Fail(articles.error());
    for (auto& p : ReviewArticles(*e.set, **articles, store.Articles().Now())) {
      e.unknown_articles += p.severity == rules::Severity::kError ? 1 : 0;
      e.problems.push_back(std::move(p));
    }
  }
  if (auto ran = RunPins(store, &e); !ran) return Fail(ran.error());
  return e;
}

Result<Examination> Examine(store::Store& store, std::int64_t version, const MakeCatalogue& make_catalogue) {
  const auto row = store.GetRuleSet(version);
  if (!row) return Fail(row.error());
  const auto files = DecodeFiles(row->files);
  if (!files) return Fail(files.error());
  if (rules::HashOf(*files) != row->hash) {
    return MakeError(
        ErrorKind::kInternal,
        fmt::format("第 {} 版的文件与入库时不同，不能使用 / the files of version {} are not those that were "
                    "stored: it cannot be used",
                    version, version));
  }
  return Examine(store, *files, version, make_catalogue);
}

Result<Examination> CheckRuleSet(store::Store& store, std::int64_t version, const Actor& actor,
                                 const MakeCatalogue& make_catalogue) {
  auto e = Examine(store, version, make_catalogue);
  if (!e || !e->passed()) return e;
  if (const auto done = store.MarkChecked(version, actor.by, actor.note); !done) return Fail(done.error());
  return e;
}

Result<Examination> ShadowRuleSet(store::Store& store, std::int64_t version, const Actor& actor,
                                  const MakeCatalogue& make_catalogue) {
  auto e = Examine(store, version, make_catalogue);
  if (!e || !e->set || !e->catalogue.empty()) return e;
  if (e->passed()) {
    if (const auto done = store.MarkChecked(version, actor.by, actor.note); !done) return Fail(done.error());
  }
  if (const auto done = store.SetShadow(version, actor.by, actor.note); !done) return Fail(done.error());
  return e;
}

Result<Examination> ActivateRuleSet(store::Store& store, std::int64_t version, const Actor& approver,
                                    std::int64_t expected_active, const MakeCatalogue& make_catalogue) {
  if (auto ok = NeedNote(approver); !ok) return Fail(ok.error());
  auto e = Examine(store, version, make_catalogue);
  if (!e || !e->passed()) return e;
  const auto done = store.ActivateRuleSet(version, {approver.by, approver.note, expected_active}, e->pins_stamp);
  if (!done) return Fail(done.error());
  return e;
}

Result<RolledBack> RollBackRuleSet(store::Store& store, const Actor& actor, std::int64_t expected_active,
                                   const MakeCatalogue& make_catalogue) {
  const auto target = store.RollbackTarget();
  if (!target) return Fail(target.error());
  if (*target != 0) {
    const auto e = Examine(store, *target, make_catalogue);
    if (!e) return Fail(e.error());
    if (!e->set || !e->catalogue.empty()) {
      std::string why = e->catalogue;
      for (const auto& p : e->problems) {
        if (why.empty() && p.severity == rules::Severity::kError) why = rules::Format(p, "zh") + " / " + p.en;
      }
      return MakeError(
          ErrorKind::kInvalid,
          fmt::format("退回的第 {} 版现在也不能使用 / version {}, to which this would lead, cannot be used now "
                      "either: {}",
                      *target, *target, why));
    }
  }
  const auto done = store.RollBackRuleSet(*target, {actor.by, actor.note, expected_active});
  if (!done) return Fail(done.error());
  return RolledBack{expected_active, *target};
}

Result<PinDraft> DraftPin(store::Store& store, const std::string& request_id, const std::string& topic,
                          const rules::RuleSet& active) {
  const auto request = store.GetRequest(request_id);
  if (!request) return Fail(request.error());
  const Message* const message = WordsOf(*request);
  if (message == nullptr) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("诉求 {} 没有文字 / request {} has no words", request_id, request_id));
  }
  const auto decided = DecidedTopic(*request, topic);
  if (!decided) return Fail(decided.error());
  const auto* const known = active.FindTopic(*decided);
  if (known == nullptr) {
    return MakeError(ErrorKind::kNotFound,
                     fmt::format("现行规则没有事项 {} / the active RuleSet has no topic {}", *decided, *decided));
  }
  PinDraft draft;
  auto& pin = draft.pin;
  pin.request_id = request_id;
  pin.text = text::Redact(message->text);
  pin.channel = message->channel;
  pin.line = message->line;
  pin.place_hint = text::Redact(message->place_hint);
  pin.stated_type = message->stated_type;
  pin.hour = rules::InputOf(*message).hour;
  pin.category = known->category;
  pin.topic = *decided;
  pin.urgency = request->verdict ? request->verdict->urgency : Urgency::kNormal;
  draft.doubts = text::PersonalDoubts(pin.text);
  const auto in_place = text::PersonalDoubts(pin.place_hint);
  draft.doubts.insert(draft.doubts.end(), in_place.begin(), in_place.end());
  rules::RuleSet::Scratch scratch;
  draft.active_says = active.Classify(InputOfPin(pin), scratch);
  draft.active_passes = Agrees(pin, draft.active_says);
  return draft;
}

}  // namespace minsheng::router
