// SPDX-License-Identifier: Apache-2.0
// minsheng letters: letters to the head of the district.
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/cli/forms_args.h"
#include "src/desk/letters.h"
#include "src/forms/extract.h"
#include "src/text/redact.h"

namespace minsheng::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string LetterState(const Context& context, const store::LetterRow& letter) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"received", "已收到"}, {"instructed", "已批示"}, {"drafted", "待审核"}, {"answered", "已答复"}};
  std::string name = letter.state;
  for (const auto& [word, zh] : kNames) {
    if (word == letter.state) name = context.Say(zh, word);
  }
  if (letter.published) name += context.Say("、已公开", ", published");
  return name;
}

// Words, or the content of @file.
Result<std::string> WordsOf(const std::string& text) {
  if (!text.starts_with('@')) return text;
  std::ifstream in(text.substr(1), std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, text.substr(1) + ": 读不到文件 / cannot read the file");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Json LetterJson(const store::LetterRow& letter) {
  Json j{{"number", letter.number},
         {"request", letter.request_id},
         {"order", letter.order_number},
         {"topic", letter.topic},
         {"state", letter.state},
         {"consent", letter.consent},
         {"published", letter.published},
         {"reply_number", letter.reply_number},
         {"received_at", IsoUtc(letter.received_at)}};
  for (const auto& e : letter.events) {
    j["events"].push_back({{"at", IsoUtc(e.at)}, {"act", e.act}, {"by", e.actor}, {"note", e.note}});
  }
  return j;
}

// The texts of the hotline's own side; those of the citizen stay masked on a terminal.
std::string ShownText(const store::LetterText& text) {
  return text.kind.starts_with("published-") ? text.text : forms::MaskPeople(text.text);
}

int PrintLetter(const Context& context, const Result<store::LetterRow>& letter) {
  if (!letter) return Report(context, letter.error());
  if (context.json) {
    PrintJson(LetterJson(*letter));
  } else {
    Print(fmt::format("{} {}  {}", context.Say("来信", "letter"), letter->number, LetterState(context, *letter)));
  }
  return kOk;
}

}  // namespace

int LettersList(const Context& context, const LetterArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  const auto letters = opened->store->Letters().List({args.state, args.published, args.limit});
  if (!letters) return Report(context, letters.error());
  for (const auto& letter : *letters) {
    if (context.json) {
      auto j = LetterJson(letter);
      for (const auto& text : letter.texts) j[text.kind.substr(text.kind.find('-') + 1)] = text.text;
      PrintJson(j);
    } else {
      Print(fmt::format("{}  {}  {}  {}  {}", letter.number, ShanghaiText(letter.received_at).substr(0, 16),
                        LetterState(context, letter), TopicName(*knowledge->rules, letter.topic), letter.order_number));
      for (const auto& text : letter.texts) Print("  " + OnOneLine(text.text));
    }
  }
  if (letters->empty() && !context.json) Print(context.Say("没有来信", "no letters"));
  return kOk;
}

int LettersShow(const Context& context, const LetterArgs& args) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto desk = MakeDesk(*opened, *knowledge);
  desk::LetterDesk letters(desk, opened->config.letters);
  const auto letter = letters.Read(args.key, context.user);
  if (!letter) return Report(context, letter.error());
  const auto request = opened->store->GetRequest(letter->request_id);
  if (!request) return Report(context, request.error());
  const auto words = forms::MaskPeople(request->whole.text);
  if (context.json) {
    auto j = LetterJson(*letter);
    j["text"] = words;
    for (const auto& text : letter->texts)
      j["texts"].push_back({{"kind", text.kind}, {"by", text.actor}, {"text", ShownText(text)}});
    PrintJson(j);
    return kOk;
  }
  Print(fmt::format("{} {}  {}  {}  {}", context.Say("来信", "letter"), letter->number, LetterState(context, *letter),
                    TopicName(*knowledge->rules, letter->topic), letter->order_number));
  Print("  " + OnOneLine(words));
  for (const auto& text : letter->texts)
    Print(fmt::format("  [{}] {}: {}", text.kind, OnOneLine(text.actor), OnOneLine(ShownText(text))));
  for (const auto& e : letter->events) {
    Print(fmt::format("  {}  {}  {}  {}", ShanghaiText(e.at), e.act, OnOneLine(e.actor), OnOneLine(e.note)));
  }
  return kOk;
}

int LettersAct(const Context& context, const std::string& act, const LetterArgs& args) {
  if (context.user.empty() && !args.preview) {
    PrintErr(
        context.Say("请用 --as 说明是谁（区领导写作 leader:姓名）", "say by --as who acts (a leader: leader:name)"));
    return kUsage;
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto knowledge = LoadKnowledge(context, *opened);
  if (!knowledge) return ReportStart(context, knowledge.error());
  auto desk = MakeDesk(*opened, *knowledge);
  desk::LetterDesk letters(desk, opened->config.letters);
  const auto text = WordsOf(args.text);
  if (!text) return Report(context, text.error());
  if (act == "instruct") return PrintLetter(context, letters.Instruct(args.key, *text, context.user));
  if (act == "draft") return PrintLetter(context, letters.Draft(args.key, *text, context.user));
  if (act == "refuse") return PrintLetter(context, letters.Refuse(args.key, context.user, args.reason));
  if (act == "approve") return PrintLetter(context, letters.Approve(args.key, context.user));
  if (act == "consent") return PrintLetter(context, letters.SetConsent(args.key, args.consent == "yes", context.user));
  if (act == "withdraw") return PrintLetter(context, letters.Withdraw(args.key, context.user, args.reason));
  if (args.preview) {
    const auto proposal = letters.Proposal(args.key);
    if (!proposal) return Report(context, proposal.error());
    if (context.json) {
      PrintJson({{"title", proposal->title}, {"question", proposal->question}, {"answer", proposal->answer}});
    } else {
      Print(proposal->title + "\n\n" + proposal->question + "\n\n" + proposal->answer);
    }
    return kOk;
  }
  const auto question = WordsOf(args.question);
  if (!question) return Report(context, question.error());
  const auto answer = WordsOf(args.answer);
  if (!answer) return Report(context, answer.error());
  return PrintLetter(context, letters.Publish(args.key, {args.title, *question, *answer}, context.user));
}

}  // namespace minsheng::cli
