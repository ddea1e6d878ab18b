// SPDX-License-Identifier: Apache-2.0
#include "src/router/settler.h"

#include <gmock/gmock.h>

#include "src/store/forms.h"
#include "tests/unit/forms/forms_fixture.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::router {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::Bucket;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<rules::SourceFile> kFiles{{"categories.json", R"({"categories":[{"id":"urban","name":"城市","topics":[
       {"id":"urban.greening","name":"园林绿化"},{"id":"urban.lamps","name":"路灯"},{"id":"urban.water","name":"供水"}]},
       {"id":"traffic","name":"交通","topics":[{"id":"traffic.bus","name":"公交"}]}]})"},
                                            {"settings.json", R"({"threshold":0.6})"},
                                            {"lists.json", "{}"},
                                            {"places.json", R"([{"id":"dazhong","name":"大中街道","kind":"street"}])"},
                                            {"urban.json", R"json([
       {"id":"greening","name":"绿化遮挡","when":"树 & 挡","topic":"urban.greening","weight":6,
        "examples":{"yes":["树挡住了"],"no":["树立新风"]}},
       {"id":"lamps","name":"路灯不亮","when":"路灯 & (坏 | 不亮)","topic":"urban.lamps","weight":6,
        "examples":{"yes":["路灯坏了"],"no":["路灯厂"]}},
       {"id":"bill","name":"水费查询","when":"水费 & 查询","topic":"urban.water","weight":6,"reply":"水费可凭户号查询。",
        "examples":{"yes":["水费怎么查询"],"no":["下水道"]}},
       {"id":"dry","name":"停水","when":"停水","topic":"urban.water","weight":6,
        "examples":{"yes":["停水了"],"no":["停车"]}},
       {"id":"bus","name":"公交","when":"公交","topic":"traffic.bus","weight":6,
        "examples":{"yes":["公交不来"],"no":["停车"]}},
       {"id":"flood","name":"进水","when":"进水 & !水表","urgency":"emergency","topic":"urban.water","weight":6,
        "examples":{"yes":["家里进水"],"no":["喝水"]}},
       {"id":"hello","name":"问候","when":"/^(您好|你好)[^\\pL\\pN]*$/","tags":["talk.greeting"],"reply":"您好，请说。",
        "examples":{"yes":["你好"],"no":["你好路灯"]}},
       {"id":"thanks","name":"道谢","when":"/^(谢谢)[^\\pL\\pN]*$/","tags":["talk.thanks"],
        "examples":{"yes":["谢谢"],"no":["谢谢路灯"]}},
       {"id":"urge","name":"催问","when":"怎么还没","tags":["talk.follow-up"],
        "examples":{"yes":["怎么还没人来"],"no":["路灯"]}}])json"}};

class SettlerTest : public store::StoreTest {
 protected:
  static constexpr Millis kQuiet{60'000};

  SettlerTest() {
    auto compiled = rules::RuleSet::Compile(kFiles, 3);
    for (const auto& p : compiled.problems) ADD_FAILURE() << rules::Format(p, "en");
    auto catalogue = orders::Catalogue::Load(
        R"([{"id":"office","name":"园林处"},{"id":"lamp-office","name":"路灯所","webhook_url":"http://127.0.0.1:1/","webhook_secret_ref":"env:X"},
            {"id":"water","name":"自来水公司"}])",
        R"([{"topic":"urban.greening","lead":"office"},{"topic":"urban.lamps","lead":"lamp-office"},{"topic":"urban.water","lead":"water"},{"topic":"traffic","lead":"office"}])",
        {"urban.greening", "urban.lamps", "urban.water", "traffic.bus"});
    EXPECT_TRUE(catalogue) << catalogue.error().what;
    knowledge_ = Knowledge{compiled.set, *catalogue};
    SetTalks(kQuiet, Millis{300'000});
  }

  void SetTalks(Millis quiet, Millis longest) {
    auto talks = std::make_shared<Talks>();
    talks->chats["wechat/main"] = {quiet, longest};
    talks->follow_ups = hours(168);
    talks->answer_limit = minutes(30);
    policy_.talks = talks;
  }
  Settler Make() {
    return Settler(
        store_->Talks(), [this] { return knowledge_; }, policy_,
        [this](const std::vector<store::Outcome>& outcomes) {
          ended_.insert(ended_.end(), outcomes.begin(), outcomes.end());
        },
        clock_);
  }
  // As the worker commits it.
  store::Outcome Say(const std::string& text, Kind kind = Kind::kText, const std::string& channel = "wechat") {
    clock_.Advance(seconds(1));
    auto m = NewMessage("s" + std::to_string(++serial_));
    m.text = text;
    m.kind = kind;
    m.channel = channel;
    return Commit(m);
  }
  store::Outcome Commit(const Message& m) {
    stream::Entry entry;
    entry.id = m.id;
    entry.message = Encode(m);
    entry.raw = "raw";
    const auto outcome = CommitOne(router::Decide(entry, knowledge_, scratch_, policy_));
    clock_.Advance(seconds(1));
    return outcome;
  }
  int SweepAfter(Millis wait) {
    clock_.Advance(wait);
    auto settler = Make();
    const auto done = settler.Sweep();
    EXPECT_TRUE(done) << done.error().what;
    return done.value_or(-1);
  }
  // A request that is judged at once, as its order's number.
  std::string OpenNow(const std::string& text) {
    const auto said = Say(text);
    SweepAfter(kQuiet);
    return store_->OutcomeOf(said.message_id)->value().order_number;
  }
  std::vector<std::string> Buckets() {
    std::vector<std::string> out;
    auto database = OpenDatabase();
    (void)database->Read([&](store::Connection& c) -> Result<int> {
      auto& q = c.Prepared("SELECT bucket FROM message ORDER BY id", "t");
      for (bool row = q.First(); row; row = q.Next()) out.push_back(q.Text(0));
      return 0;
    });
    return out;
  }
  std::vector<std::string> Replies() {
    std::vector<std::string> out;
    const auto rows = store_->ListOutbox("", 100).value();
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
      if (row->draft.kind == "reply") out.push_back(DecodeReply(row->draft.payload)->text);
    }
    return out;
  }
  std::vector<std::string> ActsOf(const std::string& number) {
    std::vector<std::string> acts;
    const auto order = store_->GetOrder(number).value();
    for (const auto& e : order.events) acts.push_back(std::string(orders::ToWord(e.act)));
    return acts;
  }
  void Answered(const std::string& number) {
    Act(number, orders::Act::kAnswer, "unit:" + store_->GetOrder(number)->lead_unit);
  }
  void Act(const std::string& number, orders::Act act, const std::string& actor, const std::string& facts = "") {
    store::ActPlan plan;
    plan.event.act = act;
    plan.event.actor = actor;
    plan.event.data = facts;
    const auto done = store_->Act(number, plan);
    ASSERT_TRUE(done) << done.error().what;
  }

  Knowledge knowledge_;
  Policy policy_;
  rules::RuleSet::Scratch scratch_;
  std::vector<store::Outcome> ended_;
  int serial_ = 0;
};

TEST_F(SettlerTest, FragmentsSettleIntoOneRequestThatIsJudgedOnceAsOneText) {
  const auto first = Say("你好");
  EXPECT_EQ(first.bucket, Bucket::kSettling);
  const auto second = Say("我们这儿的路灯");
  EXPECT_EQ(second.request_id, first.request_id);
  Say("又");
  Say("坏了");
  EXPECT_EQ(SweepAfter(Millis{0}), 0) << "not yet";
  EXPECT_EQ(store_->ListOrders({})->size(), 0U);
  EXPECT_EQ(SweepAfter(kQuiet), 1);
  EXPECT_EQ(SweepAfter(kQuiet), 0);
  const auto orders = store_->ListOrders({}).value();
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders[0].topic, "urban.lamps");
  EXPECT_THAT(Buckets(), ElementsAre("order", "attached", "attached", "attached"));
  ASSERT_EQ(ended_.size(), 1U);
  EXPECT_EQ(ended_[0].order_number, orders[0].number);

  const auto request = store_->GetRequest(first.request_id).value();
  EXPECT_EQ(request.whole.text, "你好\n我们这儿的路灯\n又\n坏了");
  ASSERT_TRUE(request.verdict);
  ASSERT_FALSE(request.verdict->reasons.empty());
  std::vector<std::string> words;
  for (const auto& span : request.verdict->reasons[0].spans)
    words.push_back(request.whole.text.substr(span.begin, span.end - span.begin));
  EXPECT_THAT(words, ElementsAre("路灯", "坏")) << "offsets are true of what is shown";
}

TEST_F(SettlerTest, TheReceiptIsSentOnceForTheRequestAndNotForItsPieces) {
  Say("路灯");
  Say("坏了");
  EXPECT_THAT(Replies(), ElementsAre());
  SweepAfter(kQuiet);
  EXPECT_THAT(Replies(), ElementsAre(HasSubstr("已受理")));
  const auto rows = store_->ListOutbox("", 10).value();
  EXPECT_EQ(rows.size(), 2U) << "one receipt, one dispatch";
}

TEST_F(SettlerTest, EachPieceWaitsAnewButNotLongerThanTheLongest) {
  for (int i = 0; i < 5; ++i) {
    Say(i == 0 ? "路灯" : "真的坏了");
    EXPECT_EQ(SweepAfter(seconds(48)), 0) << i;
  }
  Say("快来");
  EXPECT_EQ(SweepAfter(seconds(48)), 0);
  EXPECT_EQ(SweepAfter(seconds(1)), 1) << "five minutes after the first";
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
}

TEST_F(SettlerTest, AnEmergencyDoesNotWaitAndTakesWhatWaitsWithIt) {
  const auto alone = Say("家里进水了，救命");
  EXPECT_EQ(alone.bucket, Bucket::kOrder);
  SetTalks(kQuiet, Millis{300'000});
  auto other = NewMessage("other-1", "citizen-2");
  other.text = "大中街道";
  Commit(other);
  auto alarm = NewMessage("other-2", "citizen-2");
  alarm.text = "家里进水了";
  EXPECT_EQ(Commit(alarm).bucket, Bucket::kSettling);
  EXPECT_EQ(SweepAfter(Millis{0}), 1) << "at once";
  const auto orders = store_->ListOrders({}).value();
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].urgency, Urgency::kEmergency);
}

TEST_F(SettlerTest, AnAlarmOfOnePieceIsNotSilencedByTheWordsOfAnother) {
  Say("水表");
  Say("家里进水了");
  SweepAfter(Millis{0});
  const auto orders = store_->ListOrders({}).value();
  const auto requests = store_->ListRequests("", "", 10).value();
  ASSERT_EQ(requests.size(), 1U);
  ASSERT_TRUE(requests[0].verdict);
  EXPECT_EQ(requests[0].verdict->urgency, Urgency::kEmergency);
}

TEST_F(SettlerTest, AnAnswerKnownAtOnceGoesAtOnceIfTheMessageStandsAlone) {
  const auto alone = Say("请问水费怎么查询");
  EXPECT_EQ(alone.bucket, Bucket::kAnswered);
  EXPECT_THAT(Replies(), ElementsAre("水费可凭户号查询。"));
  Say("路灯坏了");
  EXPECT_EQ(Say("水费怎么查询").bucket, Bucket::kSettling) << "it may be part of what waits";
}

TEST_F(SettlerTest, AGreetingAloneOpensNothingAndIsAnsweredOnceADay) {
  Say("你好");
  EXPECT_THAT(Replies(), ElementsAre("您好，请说。")) << "at once: one who greets waits for it";
  SweepAfter(kQuiet);
  Say("您好！");
  SweepAfter(kQuiet);
  EXPECT_EQ(Replies().size(), 1U);
  EXPECT_THAT(Buckets(), ElementsAre("noted", "noted"));
  EXPECT_EQ(store_->ListOrders({})->size(), 0U);
  EXPECT_EQ(store_->ListRequests("triage", "", 10)->size(), 0U);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_request"), 0) << "nor is it grouped with others";
  clock_.Advance(hours(25));
  Say("你好");
  EXPECT_EQ(Replies().size(), 2U);
}

TEST_F(SettlerTest, AGreetingBesideAPictureIsNotSmallTalk) {
  Say("你好");
  Say("", Kind::kImage);
  SweepAfter(kQuiet);
  EXPECT_THAT(Buckets(), ElementsAre("triage", "attached"));
}

TEST_F(SettlerTest, ThanksAfterAnAnsweredOrderAttachToItAndReopenNothing) {
  const auto number = OpenNow("路灯坏了");
  Say("谢谢");
  SweepAfter(kQuiet);
  EXPECT_THAT(Buckets(), ElementsAre("order", "noted")) << "nothing was answered yet";
  Answered(number);
  const auto thanks = Say("谢谢！");
  SweepAfter(kQuiet);
  EXPECT_EQ(store_->OutcomeOf(thanks.message_id)->value().order_number, number);
  const auto order = store_->GetOrder(number).value();
  EXPECT_EQ(order.state, orders::State::kAnswered);
  EXPECT_EQ(order.events.back().act, orders::Act::kAttach);
  EXPECT_THAT(order.events.back().data, HasSubstr("thanks"));
  EXPECT_EQ(Replies().size(), 1U) << "the receipt alone";
}

TEST_F(SettlerTest, AFollowUpAttachesToTheOrderItBelongsToAndTheCitizenIsTold) {
  const auto number = OpenNow("路灯坏了");
  Say("就在3号楼");
  const auto picture = Say("", Kind::kImage);
  SweepAfter(kQuiet);
  EXPECT_THAT(ActsOf(number), ElementsAre("open", "dispatch", "attach", "attach"));
  EXPECT_EQ(store_->OutcomeOf(picture.message_id)->value().order_number, number);
  EXPECT_THAT(Buckets(), ElementsAre("order", "attached", "attached"));
  EXPECT_THAT(Replies(), ElementsAre(HasSubstr("已受理"), HasSubstr("已并入工单 " + number)));
  EXPECT_EQ(store_->ListRequests("", "", 10)->size(), 1U) << "nothing is left of what only waited";
  clock_.Advance(hours(30));
  Say("怎么还没人来");
  SweepAfter(kQuiet);
  EXPECT_EQ(ActsOf(number).size(), 5U);
}

TEST_F(SettlerTest, TheUnitThatHasTheOrderHearsWhatWasAddedAndNotWhatWasOnlySaid) {
  const auto number = OpenNow("路灯坏了");
  Say("怎么还没来人？怎么还没修，我的电话13800001234");
  SweepAfter(kQuiet);
  const auto told = [&] {
    std::vector<std::string> payloads;
    const auto rows = store_->ListOutbox("", 100).value();
    for (const auto& row : rows) {
      if (row.draft.payload.find("order.added") != std::string::npos) payloads.push_back(row.draft.payload);
    }
    return payloads;
  };
  ASSERT_EQ(told().size(), 1U);
  EXPECT_THAT(told()[0], HasSubstr(number));
  EXPECT_THAT(told()[0], HasSubstr("怎么还没修"));
  EXPECT_THAT(told()[0], ::testing::Not(HasSubstr("13800001234")));
  const auto request = store_->GetRequest(store_->GetOrder(number)->request_id).value();
  ASSERT_EQ(request.added.size(), 1U);
  EXPECT_EQ(request.whole.text, "路灯坏了");
  Answered(number);
  Say("谢谢");
  SweepAfter(kQuiet);
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(SettlerTest, AClearlyNewMatterOpensANewOrder) {
  OpenNow("路灯坏了");
  const auto second = OpenNow("树把红绿灯挡住了");
  EXPECT_EQ(store_->ListOrders({})->size(), 2U);
  EXPECT_EQ(store_->GetOrder(second)->topic, "urban.greening");
}

TEST_F(SettlerTest, WhereTwoArePossibleTheCitizenIsAskedByNumberAndTheAnswerIsUnderstood) {
  const auto lamps = OpenNow("路灯坏了");
  const auto tree = OpenNow("树把红绿灯挡住了");
  const auto urge = Say("怎么还没人来");
  SweepAfter(kQuiet);
  EXPECT_THAT(Replies().back(), HasSubstr("1 园林绿化 2 路灯 3 新问题"));
  EXPECT_EQ(store_->GetRequest(urge.request_id)->state, "asked");
  EXPECT_EQ(store_->OutcomeOf(urge.message_id)->value().bucket, Bucket::kSettling);
  EXPECT_EQ(SweepAfter(minutes(5)), 0) << "once, and it waits";
  const auto answer = Say("２");
  EXPECT_EQ(SweepAfter(Millis{0}), 1);
  EXPECT_EQ(store_->OutcomeOf(urge.message_id)->value().order_number, lamps);
  EXPECT_EQ(store_->OutcomeOf(answer.message_id)->value().order_number, lamps);
  EXPECT_THAT(ActsOf(tree), ElementsAre("open", "dispatch"));
  EXPECT_EQ(store_->ListOrders({})->size(), 2U);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM settling"), 0);
}

TEST_F(SettlerTest, TheAnswerNewMatterOpensOneOfTheHeldWordsAlone) {
  OpenNow("路灯坏了");
  OpenNow("树把红绿灯挡住了");
  const auto held = Say("怎么还没人来修");
  SweepAfter(kQuiet);
  Say("新问题");
  SweepAfter(Millis{0});
  const auto request = store_->GetRequest(held.request_id).value();
  EXPECT_EQ(request.state, "triage");
  EXPECT_EQ(request.whole.text, "怎么还没人来修") << "the answer is no part of the text";
  EXPECT_EQ(request.messages.size(), 2U);
}

TEST_F(SettlerTest, FurtherWordsInsteadOfAnAnswerCanMakeItClear) {
  const auto lamps = OpenNow("路灯坏了");
  OpenNow("树把红绿灯挡住了");
  const auto held = Say("怎么还没人来");
  SweepAfter(kQuiet);
  Say("路灯还是不亮啊");
  SweepAfter(Millis{0});
  EXPECT_EQ(store_->OutcomeOf(held.message_id)->value().order_number, lamps);
}

TEST_F(SettlerTest, WithoutAnAnswerInTimeAPersonDecidesWithTheCandidatesShown) {
  const auto lamps = OpenNow("路灯坏了");
  const auto tree = OpenNow("树把红绿灯挡住了");
  const auto held = Say("怎么还没人来");
  SweepAfter(kQuiet);
  Say("快点");
  EXPECT_EQ(SweepAfter(Millis{0}), 1) << "looked at, and waits on";
  EXPECT_EQ(Replies().size(), 3U) << "two receipts and one question: not asked again";
  EXPECT_EQ(SweepAfter(minutes(31)), 1);
  const auto request = store_->GetRequest(held.request_id).value();
  EXPECT_EQ(request.state, "triage");
  EXPECT_EQ(request.messages.size(), 2U);
  const auto choices = store::DecodeChoices(request.candidates);
  ASSERT_EQ(choices.size(), 2U);
  EXPECT_EQ(choices[0].order_number, tree);
  EXPECT_EQ(choices[1].order_number, lamps);
}

TEST_F(SettlerTest, AnOrderThatWasClosedMeanwhileTakesNoAnswer) {
  const auto lamps = OpenNow("路灯坏了");
  OpenNow("树把红绿灯挡住了");
  const auto held = Say("怎么还没人来");
  SweepAfter(kQuiet);
  Answered(lamps);
  Act(lamps, orders::Act::kClose, "wang");
  Say("2");
  SweepAfter(Millis{0});
  EXPECT_EQ(store_->GetRequest(held.request_id)->state, "triage");
}

TEST_F(SettlerTest, ChannelsThatCannotAskLeaveItToAPersonOrTakeTheLikeliest) {
  const auto call = [&](const std::string& text) {
    const auto said = Say(text, Kind::kCall, "phone");
    SweepAfter(Millis{0});
    return store_->OutcomeOf(said.message_id)->value();
  };
  EXPECT_EQ(call("路灯坏了").bucket, Bucket::kOrder);
  clock_.Advance(hours(3));
  const auto tree = call("树把红绿灯挡住了");
  EXPECT_EQ(tree.bucket, Bucket::kOrder);
  clock_.Advance(hours(4));
  EXPECT_EQ(call("怎么还没人来").order_number, tree.order_number) << "the newer one";
  const auto order = store_->GetOrder(tree.order_number).value();
  EXPECT_THAT(order.events.back().data, HasSubstr("likeliest"));
  clock_.Advance(hours(50));
  const auto unclear = call("怎么还没修好");
  EXPECT_EQ(unclear.bucket, Bucket::kTriage) << "after two days nothing tells them apart";
  EXPECT_EQ(store::DecodeChoices(store_->GetRequest(unclear.request_id)->candidates).size(), 2U);
  EXPECT_THAT(Replies(), ElementsAre()) << "nobody is asked by telephone";
}

TEST_F(SettlerTest, WhoComesBackAfterAnAnswerGetsANewOrderThatNamesTheOld) {
  const auto number = OpenNow("路灯坏了");
  Answered(number);
  const auto again = OpenNow("怎么还没修，路灯还是不亮");
  EXPECT_NE(again, number);
  ASSERT_FALSE(again.empty());
  const auto order = store_->GetOrder(again).value();
  bool named = false;
  for (const auto& e : order.events) named = named || e.reason.find(number) != std::string::npos;
  EXPECT_TRUE(named);
}

TEST_F(SettlerTest, AKillAnywhereLeavesItWaitingAndASecondProcessEndsItOnce) {
  Say("路灯");
  Say("坏了");
  clock_.Advance(kQuiet);
  // Two processes looked at the same moment; a third was killed before it wrote.
  const auto other_store = OpenStore();
  const auto seen = store_->Talks().Due(clock_.Now(), 10).value();
  ASSERT_EQ(seen.size(), 1U);
  auto here = Make();
  Settler there(
      other_store->Talks(), [this] { return knowledge_; }, policy_, nullptr, clock_);
  EXPECT_EQ(here.Sweep().value(), 1);
  EXPECT_EQ(there.Sweep().value(), 0);
  store::Settlement late;
  late.request_id = seen[0].request_id;
  late.version = seen[0].version;
  late.decision.plan = Bucket::kTriage;
  EXPECT_FALSE(store_->Talks().Settle({late})->front());
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
  EXPECT_EQ(store_->ListRequests("order", "", 10)->size(), 1U);
}

TEST_F(SettlerTest, AMessageThatComesBetweenTheLookAndTheEndIsNotLeftOut) {
  Say("路灯");
  clock_.Advance(kQuiet);
  const auto seen = store_->Talks().Due(clock_.Now(), 10).value();
  ASSERT_EQ(seen.size(), 1U);
  Say("坏了");
  store::Settlement early;
  early.request_id = seen[0].request_id;
  early.version = seen[0].version;
  early.decision.plan = Bucket::kTriage;
  EXPECT_FALSE(store_->Talks().Settle({early})->front()) << "it was not looked at";
  SweepAfter(kQuiet);
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
}

TEST_F(SettlerTest, AMergedOrderTakesWhatItsCitizenAddsAndItsParentIsTold) {
  const auto child = OpenNow("路灯坏了");
  auto neighbour = NewMessage("neighbour", "citizen-2");
  neighbour.text = "路灯不亮";
  const auto other = Commit(neighbour);
  SweepAfter(kQuiet);
  const auto parent = store_->OutcomeOf(other.message_id)->value().order_number;
  Act(child, orders::Act::kMerge, "wang", R"({"parent":")" + parent + R"("})");
  Say("就在3号楼");
  SweepAfter(kQuiet);
  EXPECT_EQ(store_->ListOrders({})->size(), 2U);
  EXPECT_EQ(ActsOf(child).back(), "attach");
  EXPECT_EQ(ActsOf(parent).back(), "note");
  EXPECT_THAT(store_->GetOrder(parent)->events.back().data, HasSubstr(child));
  Answered(parent);
  Say("谢谢");
  SweepAfter(kQuiet);
  EXPECT_THAT(store_->GetOrder(child)->events.back().data, HasSubstr("thanks")) << "its answer is its parent's";
}

TEST_F(SettlerTest, OrdersThatWereCheckedOrCalledBackTakeThanksAndNothingElse) {
  const auto number = OpenNow("路灯坏了");
  Answered(number);
  Act(number, orders::Act::kCheck, "wang");
  Say("谢谢");
  SweepAfter(kQuiet);
  EXPECT_THAT(store_->GetOrder(number)->events.back().data, HasSubstr("thanks"));
  Act(number, orders::Act::kCallBack, "wang", R"({"solved":1,"satisfied":1})");
  EXPECT_NE(OpenNow("怎么还没修，路灯还是不亮"), number);
}

TEST_F(SettlerTest, ANumberAnswersTheQuestionThatWasAskedLast) {
  const auto solved = OpenNow("家里停水了");
  Answered(solved);
  Act(solved, orders::Act::kCheck, "wang");
  const auto request = store_->GetRequest(store_->GetOrder(solved)->request_id).value();
  store::CallBack question;
  question.order_number = solved;
  question.request_id = request.id;
  question.way = "chat";
  question.conversation = request.conversation_id;
  ASSERT_TRUE(store_->CallBacks().Begin(question).value());
  const auto lamps = OpenNow("路灯坏了");
  OpenNow("树把红绿灯挡住了");
  const auto urge = Say("怎么还没人来");
  EXPECT_TRUE(store_->CallBacks().Due(clock_.Now(), 10)->empty()) << "not while the citizen is saying something";
  auto asked = store_->CallBacks().Of(solved).value();
  const auto seen = asked;
  asked.state = "asked";
  asked.asked_at = clock_.Now();
  ASSERT_TRUE(store_->CallBacks().Advance(seen, asked).value());
  SweepAfter(kQuiet);
  Say("2");
  SweepAfter(Millis{0});
  EXPECT_EQ(store_->OutcomeOf(urge.message_id)->value().order_number, lamps);
  EXPECT_EQ(store_->CallBacks().Of(solved)->state, "asked");
  const auto opinion = Say("2");
  EXPECT_EQ(opinion.request_id, request.id);
  EXPECT_EQ(store_->CallBacks().Of(solved)->state, "said");
}

TEST_F(SettlerTest, ALetterToTheHeadOfTheDistrictStandsForItself) {
  auto letter = [&](const std::string& id, const std::string& text) {
    auto m = NewMessage(id);
    m.line = kLetterLine;
    m.text = text;
    const auto outcome = Commit(m);
    SweepAfter(kQuiet);
    return store_->OutcomeOf(outcome.message_id)->value();
  };
  const auto first = letter("1", "路灯坏了");
  EXPECT_NE(letter("2", "路灯又坏了").request_id, first.request_id);
  EXPECT_NE(letter("3", "谢谢").bucket, Bucket::kNoted) << "somebody reads it";
  EXPECT_EQ(Number("SELECT COUNT(*) FROM letter"), 3);
}

// What a matter needs is asked for in the same conversation.
class AskingTest : public SettlerTest {
 protected:
  AskingTest() { knowledge_.book = {forms::ShippedForms(), forms::ShippedCalendar()}; }
  std::map<std::string, store::FieldFact> Facts(const std::string& request_id) {
    std::map<std::string, store::FieldFact> facts;
    const auto known = store_->Forms().Facts(request_id, false).value();
    for (const auto& fact : known) facts[fact.key] = fact;
    return facts;
  }
};

TEST_F(AskingTest, PiecesAreAskedAboutAsOneAndTheAnswerGoesToTheSameRequest) {
  const auto first = Say("我家");
  Say("停水了");
  SweepAfter(kQuiet);
  EXPECT_THAT(Replies(), ElementsAre(HasSubstr("请补充")));
  const auto question = store_->Forms().QuestionOf(first.request_id).value();
  ASSERT_TRUE(question);
  EXPECT_TRUE(question->hold);
  EXPECT_EQ(question->due, clock_.Now() + policy_.ask.ask_for) << "counted from when it was asked";
  const auto answer = Say("人民路28号，昨晚开始");
  EXPECT_EQ(answer.bucket, Bucket::kAttached) << "at once: it is what we wait for";
  EXPECT_EQ(answer.request_id, first.request_id);
  EXPECT_EQ(Say("整栋楼都没有").request_id, first.request_id);
  EXPECT_EQ(SweepAfter(kQuiet), 0);
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
  EXPECT_EQ(Facts(first.request_id).at("address").source, "answer");
  EXPECT_TRUE(store_->Forms().QuestionOf(first.request_id)->value().asked.empty());
}

TEST_F(AskingTest, AnAnswerInPiecesIsReadAsAWhole) {
  const auto first = Say("家里停水了");
  SweepAfter(kQuiet);
  // The order has left without the answer.
  ASSERT_TRUE(store_->Forms().Pass(store_->Forms().QuestionOf(first.request_id)->value()).value());
  const auto begun = Say("对了");
  EXPECT_EQ(begun.bucket, Bucket::kSettling);
  EXPECT_EQ(Say("在人民路28号").bucket, Bucket::kSettling) << "it may be part of what was begun";
  SweepAfter(kQuiet);
  EXPECT_EQ(store_->OutcomeOf(begun.message_id)->value().request_id, first.request_id);
  EXPECT_EQ(Facts(first.request_id).at("address").source, "answer");
  EXPECT_TRUE(store_->Forms().QuestionOf(first.request_id)->value().news) << "its unit will hear";
  EXPECT_EQ(store_->ListRequests("", "", 10)->size(), 1U);
  EXPECT_EQ(Replies().size(), 1U) << "the question alone";
}

TEST_F(AskingTest, AnotherMatterIsNoAnswerAlthoughAQuestionIsOpen) {
  const auto first = Say("家里停水了");
  SweepAfter(kQuiet);
  Say("另外公交车老是不停，每天早上七点都这样，司机看见我们等车也不停下来，太不像话了");
  Say("在人民路28号门口");
  SweepAfter(kQuiet);
  EXPECT_EQ(store_->ListOrders({})->size(), 2U);
  EXPECT_EQ(Facts(first.request_id).count("address"), 0U) << "that was the place of the bus";
}

TEST_F(AskingTest, AFactIsKeptWithThePieceThatTellsIt) {
  const auto first = Say("家里停水了");
  const auto second = Say("在人民路28号");
  SweepAfter(kQuiet);
  const auto fact = Facts(first.request_id).at("address");
  EXPECT_EQ(fact.message_id, second.message_id);
  EXPECT_EQ(std::string("在人民路28号").substr(fact.begin, fact.end - fact.begin), "人民路28号");
}

TEST_F(SettlerTest, WithoutUsableRulesEverythingWaits) {
  Say("路灯坏了");
  const auto rules = std::exchange(knowledge_.rules, nullptr);
  EXPECT_EQ(SweepAfter(kQuiet), 0);
  knowledge_.rules = rules;
  EXPECT_EQ(SweepAfter(Millis{0}), 1);
}

TEST_F(SettlerTest, OneThatCannotBeWrittenDoesNotKeepTheOthersWaiting) {
  const auto poisoned = Say("路灯坏了");
  auto other = NewMessage("other", "citizen-2");
  other.text = "树挡住了";
  Commit(other);
  Forbid("work_order", "NEW.request_id = '" + poisoned.request_id + "'");
  EXPECT_EQ(SweepAfter(kQuiet), 1);
  EXPECT_EQ(store_->ListOrders({})->size(), 1U);
  EXPECT_EQ(SweepAfter(seconds(5)), 0) << "and is not tried at once again";
  AllowAgain("work_order");
  EXPECT_EQ(SweepAfter(Settler::kAgain), 1);
  EXPECT_EQ(store_->ListOrders({})->size(), 2U);
}

TEST_F(SettlerTest, WithoutSettleEachMessageIsJudgedInItsOwnTransactionAsBefore) {
  SetTalks(Millis{0}, Millis{1'000});
  EXPECT_EQ(Say("路灯坏了").bucket, Bucket::kOrder);
  const auto follow = Say("就在3号楼");
  EXPECT_EQ(follow.bucket, Bucket::kSettling) << "but what may belong to it is looked at";
  EXPECT_EQ(SweepAfter(Millis{0}), 1);
  EXPECT_EQ(store_->OutcomeOf(follow.message_id)->value().bucket, Bucket::kAttached);
}

}  // namespace
}  // namespace minsheng::router
