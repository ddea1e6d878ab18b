// SPDX-License-Identifier: Apache-2.0
#include "src/http/http.h"

#include <gtest/gtest.h>

namespace minsheng::http {
namespace {

struct Sent {
  int count = 0;
  Response last;
};

class RecordingSink final : public Responder::Sink {
 public:
  explicit RecordingSink(Sent* sent) : sent_(sent) {}
  void Send(Response response, std::function<void(bool)> done) override {
    ++sent_->count;
    sent_->last = std::move(response);
    if (done) done(true);
  }

 private:
  Sent* sent_;
};

Responder MakeResponder(Sent* sent) { return Responder(std::make_unique<RecordingSink>(sent)); }

TEST(Responder, AnswersOnceAndTellsThatItWasWritten) {
  Sent sent;
  std::vector<bool> done;
  {
    Responder responder = MakeResponder(&sent);
    EXPECT_FALSE(responder.Answered());
    responder.Send({201, "ok"}, [&](bool written) { done.push_back(written); });
    EXPECT_TRUE(responder.Answered());
  }
  EXPECT_EQ(sent.count, 1);
  EXPECT_EQ(sent.last.status, 201);
  EXPECT_EQ(done, std::vector<bool>{true});
}

TEST(Responder, ASecondAnswerIsNotSentAndSaysSo) {
  Sent sent;
  Responder responder = MakeResponder(&sent);
  responder.Send({200, "first"});
  std::optional<bool> written;
  responder.Send({200, "second"}, [&](bool w) { written = w; });
  EXPECT_EQ(sent.count, 1);
  EXPECT_EQ(sent.last.body, "first");
  EXPECT_EQ(written, std::optional<bool>(false));
}

TEST(Responder, Answers500WhenDropped) {
  Sent sent;
  { Responder responder = MakeResponder(&sent); }
  EXPECT_EQ(sent.count, 1);
  EXPECT_EQ(sent.last.status, 500);
}

TEST(Responder, MovingLeavesOneAnswerAndOverwritingAnswersTheOldOne) {
  Sent first, second;
  {
    Responder a = MakeResponder(&first);
    Responder moved = std::move(a);
    EXPECT_EQ(first.count, 0);
    moved = MakeResponder(&second);
    EXPECT_EQ(first.count, 1);
    EXPECT_EQ(first.last.status, 500);
    moved.Send({200, "new"});
  }
  EXPECT_EQ(first.count, 1);
  EXPECT_EQ(second.count, 1);
  EXPECT_EQ(second.last.status, 200);
}

TEST(PercentCoding, RoundTripsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(PercentDecode(PercentEncode(all), false), all);
  EXPECT_EQ(PercentDecode(PercentEncode(all), true), all);
}

TEST(PercentCoding, EncodesUtf8AndKeepsUnreserved) {
  EXPECT_EQ(PercentEncode("民 a-._~/+"), "%E6%B0%91%20a-._~%2F%2B");
}

TEST(PercentCoding, RefusesBrokenEscapesAndDecodesOnce) {
  for (std::string_view bad : {"%", "%4", "%zz", "a%4", "%%41", "%-1"}) EXPECT_FALSE(PercentDecode(bad, false)) << bad;
  EXPECT_EQ(PercentDecode("%2541", false), "%41");
  EXPECT_EQ(PercentDecode("a+b", false), "a+b");
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
}

TEST(ParseQuery, KeepsOrderAndDuplicatesAndDropsWhatCannotBeDecoded) {
  const Headers expected = {{"a", "1"}, {"b", "x y"}, {"a", "2"}, {"flag", ""}, {"e", "="}, {"s", "1;2"}};
  EXPECT_EQ(ParseQuery("a=1&b=x+y&bad=%zz&a=2&&flag&e==&s=1;2&%q=1"), expected);
  EXPECT_TRUE(ParseQuery("").empty());
}

TEST(Request, QueryWantsExactlyOneValue) {
  Request request;
  request.query = {{"a", "1"}, {"b", "2"}, {"b", "3"}};
  EXPECT_EQ(request.Query("a"), "1");
  EXPECT_FALSE(request.Query("b"));
  EXPECT_FALSE(request.Query("c"));
}

TEST(Request, HeaderIsEmptyWhenMissing) {
  Request request;
  request.headers = {{"content-type", "text/xml"}};
  EXPECT_EQ(request.Header("content-type"), "text/xml");
  EXPECT_EQ(request.Header("x-none"), "");
}

}  // namespace
}  // namespace minsheng::http
