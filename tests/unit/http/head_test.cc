// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/http/address.h"
#include "src/http/router.h"
#include "src/http/wire.h"

namespace minsheng::http {
namespace {

TEST(Address, EverySpellingOfAnInsideAddressIsPrivate) {
  for (std::string_view inside : {"127.0.0.1",
                                  "127.255.255.254",
                                  "0.0.0.0",
                                  "10.1.2.3",
                                  "172.16.0.1",
                                  "172.31.255.255",
                                  "192.168.0.1",
                                  "169.254.169.254",
                                  "100.64.0.1",
                                  "100.127.255.255",
                                  "198.18.0.1",
                                  "224.0.0.1",
                                  "255.255.255.255",
                                  "192.0.0.1",
                                  "::1",
                                  "::",
                                  "fe80::1",
                                  "fec0::1",
                                  "fc00::1",
                                  "fdff::1",
                                  "ff02::1",
                                  "::ffff:127.0.0.1",
                                  "::ffff:10.0.0.1",
                                  "::127.0.0.1",
                                  "64:ff9b::a00:1",
                                  "64:ff9b:1::1",
                                  "2002:7f00:1::",
                                  "2001::1",
                                  "not an address",
                                  ""}) {
    EXPECT_TRUE(IsPrivateAddress(inside)) << inside;
  }
}

TEST(Address, PublicAddressesArePublic) {
  for (std::string_view outside : {"8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
                                   "192.169.0.1", "11.0.0.1", "126.255.255.255", "198.20.0.1", "223.255.255.255",
                                   "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"}) {
    EXPECT_FALSE(IsPrivateAddress(outside)) << outside;
  }
}

TEST(Address, LoopbackIsLoopbackOnly) {
  for (std::string_view inside : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopbackAddress(inside)) << inside;
  }
  for (std::string_view outside : {"128.0.0.1", "10.0.0.1", "::2", "::ffff:10.0.0.1", "127.0.0.1.evil.example", ""}) {
    EXPECT_FALSE(IsLoopbackAddress(outside)) << outside;
  }
  EXPECT_FALSE(IsAddress("1.2.3.4, 5.6.7.8"));
  EXPECT_FALSE(IsAddress("[::1]"));
}

TEST(DecodePath, DecodesOnceAndRefusesWhatMeansAnotherPath) {
  EXPECT_EQ(DecodePath("/a/%E6%B0%91"), "/a/民");
  EXPECT_EQ(DecodePath("/a/%2541"), "/a/%41");
  EXPECT_EQ(DecodePath("/a/..b/c..d/.well-known"), "/a/..b/c..d/.well-known");
  for (std::string_view bad : {"", "a", "*", "/a%2Fb", "/a%2fb", "/a%5Cb", "/a\\b", "/a%00b", "/a%0Ab", "/..",
                               "/a/../b", "/a/%2e%2E/b", "/.", "/a/./b", "/a/.", "/%zz", "/%", "/a%7F"}) {
    EXPECT_FALSE(DecodePath(bad)) << bad;
  }
}

TEST(ParseContentLength, TakesDigitsOnly) {
  EXPECT_EQ(ParseContentLength("0"), 0u);
  EXPECT_EQ(ParseContentLength("18446744073709551615"), 18446744073709551615u);
  for (std::string_view bad : {"", "3x", "-1", "+3", " 3", "3, 3", "0x3", "18446744073709551616"}) {
    EXPECT_FALSE(ParseContentLength(bad)) << bad;
  }
}

TEST(ProblemOf, RefusesResponseSplittingInEveryPlace) {
  EXPECT_FALSE(ProblemOf({200, "x"}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain\r\nX: y"}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"Location", "/a\r\nSet-Cookie: s=1"}}}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"Location", "/a\nb"}}}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"Loca\r\ntion", "/a"}}}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"X", std::string("a\0b", 3)}}}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"", "a"}}}));
  EXPECT_TRUE(ProblemOf({99, "x"}));
}

TEST(ProblemOf, AllowsOneCookieAndNoFramingOfTheHandlersOwn) {
  EXPECT_FALSE(ProblemOf({200, "x", "text/plain", {{"Set-Cookie", "a=1"}, {"ETag", "\"1\""}}}));
  EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}}}));
  for (const char* ours : {"Content-Length", "transfer-encoding", "Connection", "Content-Type"}) {
    EXPECT_TRUE(ProblemOf({200, "x", "text/plain", {{ours, "1"}}})) << ours;
  }
}

class RouterTest : public testing::Test {
 protected:
  void Add(const char* method, const char* pattern) {
    router_.Add(
        method, pattern, [](Request, Responder) {}, 0);
    names_.emplace_back(std::string(method) + " " + pattern);
  }
  // "METHOD pattern" of the found route, or the methods allowed.
  std::string Find(std::string_view method, std::string_view path) {
    const Router::Match match = router_.Find(method, path);
    if (!match.route) return "allow:" + match.allow;
    std::string text = match.route->method + " ";
    for (const auto& segment : match.route->segments) text += "/" + segment;
    for (const auto& [name, value] : match.params) text += " " + name + "=" + value;
    return text;
  }
  Router router_;
  std::vector<std::string> names_;
};

TEST_F(RouterTest, TheMostLiteralPatternWinsWhateverTheOrder) {
  Add("GET", "/a/{x}/{y}");
  Add("GET", "/{z}/b/{y}");
  Add("GET", "/a/{x}/c");
  Add("GET", "/a/b/{y}");
  EXPECT_EQ(Find("GET", "/a/b/c"), "GET /a/b/{y} y=c");
  EXPECT_EQ(Find("GET", "/a/q/c"), "GET /a/{x}/c x=q");
  EXPECT_EQ(Find("GET", "/a/q/r"), "GET /a/{x}/{y} x=q y=r");
  EXPECT_EQ(Find("GET", "/q/b/r"), "GET /{z}/b/{y} y=r z=q");
}

TEST_F(RouterTest, TellsTheAllowedMethodsOrNothing) {
  Add("GET", "/a");
  Add("POST", "/a");
  EXPECT_EQ(Find("DELETE", "/a"), "allow:GET, HEAD, POST");
  EXPECT_EQ(Find("GET", "/b"), "allow:");
  EXPECT_EQ(Find("GET", "/a/"), "allow:");
  EXPECT_EQ(Find("GET", "/a/b"), "allow:");
}

TEST_F(RouterTest, HeadFallsBackToGetAndOwnHeadRoutesWin) {
  Add("GET", "/a");
  Add("GET", "/b");
  Add("HEAD", "/b");
  EXPECT_EQ(Find("HEAD", "/a"), "GET /a");
  EXPECT_EQ(Find("HEAD", "/b"), "HEAD /b");
}

TEST_F(RouterTest, AParameterTakesOneSegmentThatIsNotEmpty) {
  Add("GET", "/");
  Add("GET", "/t/{token}");
  EXPECT_EQ(Find("GET", "/"), "GET /");
  EXPECT_EQ(Find("GET", "/t/"), "allow:");
  EXPECT_EQ(Find("GET", "/t/a/b"), "allow:");
  EXPECT_EQ(Find("GET", "/t/{token}"), "GET /t/{token} token={token}");
}

}  // namespace
}  // namespace minsheng::http
