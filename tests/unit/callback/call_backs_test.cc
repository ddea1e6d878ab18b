// SPDX-License-Identifier: Apache-2.0
#include "src/callback/call_backs.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "src/callback/citizen_page.h"
#include "tests/unit/callback/desk_fixture.h"

namespace minsheng::callback {
namespace {

using orders::Act;
using orders::State;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Millis kDay{24 * 3'600'000};

Time Shanghai(int hour, int minute = 0) {  // of 2015-08-11
  return FromMs(1'439'222'400'000 + (hour * 60 + minute) * 60'000LL);
}

TEST(QuietHoursTest, TimesInsideMoveToTheirEndAlsoOverMidnight) {
  const auto night = ParseQuietHours("21:00-08:00").value();
  EXPECT_EQ(AfterQuiet(night, Shanghai(12)), Shanghai(12));
  EXPECT_EQ(AfterQuiet(night, Shanghai(21)), Shanghai(32));
  EXPECT_EQ(AfterQuiet(night, Shanghai(3, 30)), Shanghai(8));
  EXPECT_EQ(AfterQuiet(night, Shanghai(8)), Shanghai(8));
  const auto noon = ParseQuietHours("12:00-14:30").value();
  EXPECT_EQ(AfterQuiet(noon, Shanghai(13)), Shanghai(14, 30));
  EXPECT_EQ(AfterQuiet(noon, Shanghai(14, 30)), Shanghai(14, 30));
  EXPECT_EQ(AfterQuiet(ParseQuietHours("").value(), Shanghai(3)), Shanghai(3));
  for (const auto* bad : {"21-8", "24:00-08:00", "21:00", "21:00-08:60", "21:00 - 08:00", "夜里"})
    EXPECT_FALSE(ParseQuietHours(bad)) << bad;
}

class CallBacksTest : public DeskTest {
 protected:
  Options WithLinks() {
    Options options;
    options.public_url = "https://hotline.example";
    options.reply_window = [](const std::string&, const std::string&) { return Millis{48 * 3'600'000}; };
    return options;
  }
  void Later(Millis by) { clock_.Advance(by); }
  store::CallBack Row(const std::string& number) { return store_->CallBacks().Of(number).value(); }
  std::string TokenOf(const std::string& text) {
    const auto at = text.find("/t/");
    return at == std::string::npos ? "" : text.substr(at + 3, 32);
  }
  // A word of the citizen in the chat of the order.
  void Say(const std::string& source_id, const std::string& sender, int solved, int satisfied) {
    store::Decision d = Decide(store::Bucket::kTriage, source_id, sender);
    d.call_back =
        store::CallBackWord{solved, satisfied, [](const std::string&) { return std::vector<store::OutboxDraft>{}; }};
    EXPECT_EQ(CommitOne(d).bucket, store::Bucket::kAttached);
  }
  std::string AskedByMail() {
    const auto number = Checked(By("email", "mail-1", "wang@mail.example"));
    calls_.Sweep();
    Later(kDay);
    calls_.Sweep();
    return number;
  }
  std::string MailToken() {
    for (const auto& text : ReplyTexts()) {
      if (auto token = TokenOf(text); !token.empty()) return token;
    }
    return {};
  }

  CallBacks calls_{*desk_, WithLinks()};
};

TEST_F(CallBacksTest, AChatIsAskedOnceAfterTheTimeAndASatisfiedCitizenEndsTheOrder) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  calls_.Sweep();
  EXPECT_EQ(Row(number).way, "chat");
  EXPECT_EQ(Row(number).state, "due");
  Later(kDay - Millis{2});
  EXPECT_EQ(calls_.Sweep(), 0);
  Later(Millis{2});
  calls_.Sweep();
  calls_.Sweep();
  EXPECT_EQ(Row(number).state, "asked");
  EXPECT_THAT(ReplyTexts(), Contains(HasSubstr("1 满意")).Times(1));
  Say("m2", "citizen-1", 1, 1);
  calls_.Sweep();
  const auto order = Order(number);
  EXPECT_EQ(order.state, State::kClosed);
  EXPECT_EQ(order.close_reason, "solved");
  EXPECT_EQ(order.satisfied, 1);
  EXPECT_EQ(Row(number).state, "over");
  ExpectStateIsFold(order);
}

TEST_F(CallBacksTest, WhoIsNotSatisfiedGetsTheOrderRedoneUnderSupervisionOnce) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  for (int round = 0; round < 2; ++round) {
    calls_.Sweep();
    Later(kDay);
    calls_.Sweep();
    Say("word-" + std::to_string(round), "citizen-1", 0, -1);
    calls_.Sweep();
    calls_.Sweep();
    const auto order = Order(number);
    EXPECT_EQ(order.redos, 1);
    EXPECT_TRUE(order.supervised);
    if (round == 0) {
      EXPECT_EQ(order.state, State::kDispatched);
      EXPECT_EQ(order.lead_unit, "lighting");
      Answer(number, "又去了一趟，这次修好了。");
    } else {
      // The second time a person decides.
      EXPECT_EQ(order.state, State::kCalledBack);
      EXPECT_EQ(Row(number).state, "over");
    }
  }
}

TEST_F(CallBacksTest, NoAnswerWithinTheLimitClosesAsUnreachableAndCountsAsNothing) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  calls_.Sweep();
  Later(kDay);
  calls_.Sweep();
  Later(3 * kDay - Millis{1});
  calls_.Sweep();
  EXPECT_EQ(Order(number).state, State::kChecked);
  Later(Millis{1});
  calls_.Sweep();
  const auto order = Order(number);
  EXPECT_EQ(order.state, State::kClosed);
  EXPECT_EQ(order.close_reason, "unreachable");
  EXPECT_EQ(order.satisfied, -1);
  EXPECT_EQ(order.solved, -1);
}

TEST_F(CallBacksTest, AChatThatClosesBeforeIsAskedWhileItIsOpen) {
  auto message = By("wechat", "m1", "citizen-1");
  message.received_at = clock_.Now() - Millis{30 * 3'600'000};
  const auto number = Checked(message);
  calls_.Sweep();
  EXPECT_LT(Row(number).next_at, message.received_at + Millis{48 * 3'600'000});
  EXPECT_EQ(AfterQuiet(QuietHours{}, Row(number).next_at), Row(number).next_at);
}

TEST_F(CallBacksTest, AChatWhoseWindowIsOverIsTelephonedIfThereIsANumberElseClosedAsUnreachable) {
  auto with = By("wechat", "m1", "citizen-1");
  with.contact = "0512-12345678";
  auto without = By("weibo", "m2", "citizen-2");
  with.received_at = without.received_at = clock_.Now() - Millis{100 * 3'600'000};
  const auto called = Checked(with);
  const auto lost = Checked(without);
  calls_.Sweep();
  EXPECT_EQ(Row(called).way, "phone");
  Later(kDay);
  calls_.Sweep();
  EXPECT_EQ(Order(lost).close_reason, "unreachable");
  EXPECT_EQ(Order(called).state, State::kChecked);
}

TEST_F(CallBacksTest, ACallIsTakenByOneAndThreeRingsCloseTheOrder) {
  const auto number = Checked(By("phone", "call-1", "13851234567"));
  calls_.Sweep();
  EXPECT_EQ(calls_.Take("", "li").error().kind, ErrorKind::kNotFound);
  Later(kDay);
  const auto task = calls_.Take("", "li");
  ASSERT_TRUE(task) << task.error().what;
  EXPECT_EQ(task->number, "13851234567");
  EXPECT_THAT(task->answer, HasSubstr("修好"));
  EXPECT_EQ(calls_.Take(number, "wang").error().kind, ErrorKind::kConflict);
  for (int ring = 1; ring <= 3; ++ring) {
    EXPECT_EQ(Order(number).state, State::kChecked);
    ASSERT_TRUE(calls_.Done(number, {"li", false, -1, -1, ""}));
    EXPECT_EQ(Order(number).rings, ring);
    if (ring == 3) break;
    EXPECT_EQ(calls_.Take("", "wang").error().kind, ErrorKind::kNotFound);
    EXPECT_EQ(AfterQuiet(QuietHours{}, Row(number).next_at), Row(number).next_at);
    EXPECT_GE(Row(number).next_at, clock_.Now() + Millis{4 * 3'600'000});
    Later(kDay);
    ASSERT_TRUE(calls_.Take("", "wang"));
  }
  EXPECT_EQ(Order(number).state, State::kClosed);
  EXPECT_EQ(Order(number).close_reason, "unreachable");
  for (const auto& event : Order(number).events) EXPECT_THAT(event.reason + event.data, Not(HasSubstr("1385123")));
}

TEST_F(CallBacksTest, WhatIsSaidOnTheTelephoneFollowsAtOnceAndTheWordsStayOutOfTheEvents) {
  const auto number = Checked(By("phone", "call-1", "13851234567"));
  calls_.Sweep();
  const auto order = calls_.Done(number, {"li", true, 1, 0, "来了三趟才修好"});
  ASSERT_TRUE(order) << order.error().what;
  EXPECT_EQ(order->state, State::kDispatched);
  EXPECT_EQ(order->redos, 1);
  const auto texts = store_->OrderTexts(number).value();
  EXPECT_TRUE(std::any_of(texts.begin(), texts.end(), [](const auto& t) { return t.kind == "said"; }));
  for (const auto& event : order->events) EXPECT_THAT(event.reason + event.data, Not(HasSubstr("三趟")));
}

TEST_F(CallBacksTest, WhatAPersonDidByHandIsFollowedByTheClock) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  calls_.Sweep();
  desk::ActRequest said;
  said.act = Act::kCallBack;
  said.by = "li";
  said.solved = 1;
  said.satisfied = 1;
  Do(number, said);
  calls_.Sweep();
  EXPECT_EQ(Order(number).state, State::kClosed);
  EXPECT_EQ(Row(number).state, "over");
}

TEST_F(CallBacksTest, AnOrderThatHasGoneOnIsNotAskedAbout) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  calls_.Sweep();
  desk::ActRequest redo;
  redo.act = Act::kRedo;
  redo.by = "li";
  Do(number, redo);
  Later(2 * kDay);
  calls_.Sweep();
  EXPECT_EQ(Row(number).state, "over");
  EXPECT_THAT(ReplyTexts(), Not(Contains(HasSubstr("1 满意"))));
}

TEST_F(CallBacksTest, SeveralProcessesAskOnceAndFollowOnce) {
  const auto number = Checked(By("wechat", "m1", "citizen-1"));
  auto other_store = OpenStore();
  desk::Desk other_desk(
      *other_store, [this] { return knowledge_; }, desk::Options{}, clock_);
  CallBacks other(other_desk, WithLinks());
  const auto both = [&] {
    std::thread beside([&] { other.Sweep(); });
    calls_.Sweep();
    beside.join();
  };
  both();
  Later(kDay);
  both();
  EXPECT_THAT(ReplyTexts(), Contains(HasSubstr("1 满意")).Times(1));
  Say("m2", "citizen-1", 0, 0);
  both();
  Later(minutes(1));
  both();
  const auto order = Order(number);
  EXPECT_EQ(CountActs(order, Act::kCallBack), 1);
  EXPECT_EQ(CountActs(order, Act::kSupervise), 1);
  EXPECT_EQ(CountActs(order, Act::kRedo), 1);
}

TEST_F(CallBacksTest, AStepThatFailsIsTriedAgainAMinuteLaterAndHoldsUpNobodyElse) {
  const auto broken = Checked(By("wechat", "m1", "citizen-1"));
  const auto fine = Checked(By("wechat", "m2", "citizen-2"));
  Forbid("call_back", "NEW.order_number = '" + broken + "'");
  EXPECT_EQ(calls_.Sweep(), 2);
  EXPECT_EQ(Row(fine).state, "due");
  EXPECT_EQ(calls_.Sweep(), 0);
  AllowAgain("call_back");
  EXPECT_EQ(calls_.Sweep(), 0);
  Later(minutes(1));
  EXPECT_EQ(calls_.Sweep(), 1);
  EXPECT_EQ(Row(broken).state, "due");
}

// --- the citizen's page ---------------------------------------------------------------------------

class CitizenPageTest : public CallBacksTest {
 protected:
  http::Request Get(const std::string& token) {
    http::Request request;
    request.method = "GET";
    request.path = "/t/" + token;
    request.params["token"] = token;
    request.remote = "198.51.100.7";
    return request;
  }
  http::Request Post(const std::string& token, const std::string& body) {
    auto request = Get(token);
    request.method = "POST";
    request.body = body;
    return request;
  }
  static std::string FormIn(const http::Response& page) {
    const std::string mark = "name=\"form\" value=\"";
    const auto at = page.body.find(mark);
    return at == std::string::npos ? "" : page.body.substr(at + mark.size(), 64);
  }
  static std::string HeaderOf(const http::Response& page, const std::string& name) {
    for (const auto& [key, value] : page.headers) {
      if (key == name) return value;
    }
    return {};
  }

  CitizenPage page_{calls_, clock_};
};

TEST_F(CitizenPageTest, AMailGetsALinkOfWhichOnlyTheDigestIsKept) {
  const auto number = AskedByMail();
  const auto token = MailToken();
  ASSERT_EQ(token.size(), 32U);
  EXPECT_EQ(Row(number).way, "link");
  EXPECT_NE(Row(number).token_hash, token);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM call_back WHERE token_hash = '" + token + "'"), 0);
}

TEST_F(CitizenPageTest, LookingChangesNothingAndShowsNoPersonalDataAndNoScript) {
  const auto number = AskedByMail();
  const auto before = Order(number).version;
  for (int i = 0; i < 3; ++i) {
    const auto page = page_.Show(Get(MailToken()));
    ASSERT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr(number));
    EXPECT_THAT(page.body, HasSubstr("路灯已修好"));
    EXPECT_THAT(page.body, Not(HasSubstr("13851234567")));
    EXPECT_THAT(page.body, Not(HasSubstr("wang@mail.example")));
    EXPECT_THAT(page.body, Not(HasSubstr("<script")));
    EXPECT_THAT(HeaderOf(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(HeaderOf(page, "Referrer-Policy"), "no-referrer");
  }
  EXPECT_EQ(Order(number).version, before);
}

TEST_F(CitizenPageTest, TheFormIsTakenOnceAndOnlyFromThePage) {
  const auto number = AskedByMail();
  const auto token = MailToken();
  const auto form = FormIn(page_.Show(Get(token)));
  EXPECT_EQ(page_.Take(Post(token, "choice=1")).status, 403);
  EXPECT_EQ(page_.Take(Post(token, "choice=1&form=" + std::string(64, '0'))).status, 403);
  EXPECT_EQ(page_.Take(Post(token, "form=" + form)).status, 400);
  EXPECT_EQ(page_.Take(Post(token, "choice=9&form=" + form)).status, 400);
  EXPECT_EQ(Order(number).state, State::kChecked);
  EXPECT_EQ(page_.Take(Post(token, "choice=1&words=%E8%B0%A2%E8%B0%A2&form=" + form)).status, 200);
  EXPECT_EQ(Order(number).state, State::kClosed);
  EXPECT_EQ(Order(number).satisfied, 1);
  EXPECT_EQ(page_.Take(Post(token, "choice=3&form=" + form)).status, 410);
  EXPECT_EQ(page_.Show(Get(token)).status, 410);
  EXPECT_EQ(Order(number).satisfied, 1);
}

TEST_F(CitizenPageTest, AnAnswerWithMarkupIsShownAsWords) {
  const auto number = Opened(By("email", "mail-9", "zhao@mail.example"));
  Answer(number, "<script>alert(1)</script> & \"ok\"");
  calls_.Sweep();
  Later(kDay);
  calls_.Sweep();
  const auto page = page_.Show(Get(MailToken()));
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
}

TEST_F(CitizenPageTest, ALinkEndsWithItsTimeAndAnUnknownOneIsNotFound) {
  AskedByMail();
  const auto token = MailToken();
  for (const auto& wrong : {std::string(32, '0'), token.substr(1), std::string("../x"), token + "0"})
    EXPECT_EQ(page_.Show(Get(wrong)).status, 404) << wrong;
  const auto form = FormIn(page_.Show(Get(token)));
  Later(3 * kDay);
  EXPECT_EQ(page_.Show(Get(token)).status, 410);
  EXPECT_EQ(page_.Take(Post(token, "choice=1&form=" + form)).status, 410);
}

TEST_F(CitizenPageTest, WhoAsksTooOftenIsRefusedAndOthersAreNot) {
  AskedByMail();
  const auto token = MailToken();
  for (int i = 0; i < CitizenPage::kPerMinute; ++i) ASSERT_EQ(page_.Show(Get(token)).status, 200);
  EXPECT_EQ(page_.Show(Get(token)).status, 429);
  auto other = Get(token);
  other.remote = "198.51.100.8";
  EXPECT_EQ(page_.Show(other).status, 200);
  Later(Millis{60'000});
  EXPECT_EQ(page_.Show(Get(token)).status, 200);
}

TEST_F(CitizenPageTest, ThePageSpeaksTheLanguageOfTheBrowser) {
  AskedByMail();
  auto request = Get(MailToken());
  request.headers["accept-language"] = "en-GB,en;q=0.9";
  EXPECT_THAT(page_.Show(request).body, HasSubstr("Are you satisfied"));
  EXPECT_THAT(page_.Show(Get(MailToken())).body, HasSubstr("是否满意"));
}

}  // namespace
}  // namespace minsheng::callback
