// SPDX-License-Identifier: Apache-2.0
#include "src/base/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace minsheng {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using testing::HasSubstr;

struct Values {
  std::string name = "x";
  int port = 12345;
  Millis wait{5s};
  std::size_t limit = 1 << 20;
  bool on = false;
  std::vector<std::string> hosts;
  Secret token;
};

Result<Values> ReadAll(std::string_view text, bool literal = false) {
  auto reader = ConfigReader::FromText(text, "c.toml", literal);
  if (!reader) return Fail(reader.error());
  Values v;
  auto root = reader->Root();
  root.Text("name", &v.name, "name");
  auto http = root.Table("http", "the front");
  http.Int("port", &v.port, 0, 65535, "port")
      .Duration("wait", &v.wait, 1s, 10min, "wait")
      .Bytes("limit", &v.limit, 1, 1 << 30, "limit")
      .Bool("on", &v.on, "on")
      .Texts("hosts", &v.hosts, "hosts")
      .Secret_("token", &v.token, "token");
  if (auto ok = reader->Finish("en"); !ok) return Fail(ok.error());
  return v;
}

TEST(ConfigReader, ReadsEachKindAndKeepsDefaultsOfWhatIsAbsent) {
  setenv("MINSHENG_TEST_TOKEN", "s3", 1);
  const auto v = ReadAll(R"(
name = "民声"
[http]
wait = "2m"
limit = "2MiB"
on = true
hosts = ["a", "b"]
token = "env:MINSHENG_TEST_TOKEN"
)");
  ASSERT_TRUE(v) << v.error().what;
  EXPECT_EQ(v->name, "民声");
  EXPECT_EQ(v->port, 12345);
  EXPECT_EQ(v->wait, 2min);
  EXPECT_EQ(v->limit, 2U << 20);
  EXPECT_TRUE(v->on);
  EXPECT_EQ(v->hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(v->token.Reveal(), "s3");
}

TEST(ConfigReader, ListsAllProblemsAtOnceWithFileAndLine) {
  const auto v = ReadAll("name = 3\n[http]\nport = 70000\nwait = \"9q\"\nprot = 1\n");
  ASSERT_FALSE(v);
  EXPECT_THAT(v.error().what, HasSubstr("c.toml:1: name: must be a quoted text"));
  EXPECT_THAT(v.error().what, HasSubstr("c.toml:3: http.port: must be a whole number from 0 to 65535"));
  EXPECT_THAT(v.error().what, HasSubstr("c.toml:4: http.wait: must be a duration from 1s to 10m"));
  EXPECT_THAT(v.error().what, HasSubstr("c.toml:5: http.prot: unknown key; did you mean port?"));
}

TEST(ConfigReader, ALiteralSecretIsRefusedExceptInTheDemo) {
  EXPECT_THAT(ReadAll("[http]\ntoken = \"abc\"\n").error().what,
              HasSubstr("c.toml:2: http.token: a secret may not stand here"));
  EXPECT_EQ(ReadAll("[http]\ntoken = \"abc\"\n", true)->token.Reveal(), "abc");
  EXPECT_THAT(ReadAll("[http]\ntoken = \"env:MINSHENG_NOT_SET\"\n").error().what,
              HasSubstr("MINSHENG_NOT_SET is not set"));
}

TEST(ConfigReader, BrokenTomlNamesLineAndColumn) {
  EXPECT_THAT(ReadAll("[http\nport = 1\n").error().what, HasSubstr("c.toml:1:"));
}

TEST(ConfigReader, DescribesEveryKeyWithRangeAndDefaultInAFormThatItCanRead) {
  auto reader = ConfigReader::FromText("", "c.toml");
  ASSERT_TRUE(reader);
  int port = 12345;
  Millis wait{90'000};
  auto http = reader->Root().Table("http", "the front");
  http.Int("port", &port, 0, 65535, "where to listen").Duration("wait", &wait, 1s, 10min, "how long");
  const auto text = reader->Describe();
  EXPECT_THAT(text, HasSubstr("[http]"));
  EXPECT_THAT(text, HasSubstr("# where to listen (0..65535)\nport = 12345"));
  EXPECT_THAT(text, HasSubstr("wait = \"90s\""));
  EXPECT_TRUE(ConfigReader::FromText(text, "d.toml"));
}

}  // namespace
}  // namespace minsheng
