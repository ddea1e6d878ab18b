// SPDX-License-Identifier: Apache-2.0
#include "channels/parts.h"

#include <gtest/gtest.h>

#include "src/text/utf8.h"
#include "tests/support/social.h"

namespace minsheng {
namespace {

using testing::MemoryChannelState;
using testing::Repeated;

constexpr PartLimit kSmall{.max_bytes = 200, .max_chars = 200};

// Takes messages like a platform; fails when told.
struct FakePlatform {
  std::vector<std::string> taken;
  std::vector<std::optional<ErrorKind>> next;  // nullopt = takes it
  std::size_t longest = 100'000;

  PartSender Sender(PartLimit limit) {
    PartSender sender;
    sender.limit = limit;
    sender.send = [this](const std::string& part) -> Result<std::string> {
      if (part.size() > longest) return MakeError(ErrorKind::kTooLarge, "too long");
      if (!next.empty()) {
        const auto failure = next.front();
        next.erase(next.begin());
        if (failure) return MakeError(*failure, "scripted");
      }
      taken.push_back(part);
      return "id-" + std::to_string(taken.size());
    };
    return sender;
  }
  // What the citizen reads, without the part numbers.
  std::string Joined() const {
    std::string all;
    for (const auto& part : taken) all += part.starts_with("（") ? part.substr(part.find("）") + 3) : part;
    return all;
  }
};

TEST(Parts, AShortTextGoesOutAsItIsAndKeepsNoState) {
  MemoryChannelState state;
  FakePlatform platform;
  const auto receipt = SendParts(state, "r1", "您的诉求已受理。", platform.Sender(kSmall));
  ASSERT_TRUE(receipt) << receipt.error().what;
  EXPECT_EQ(receipt->platform_id, "id-1");
  EXPECT_EQ(platform.taken, std::vector<std::string>{"您的诉求已受理。"});
  EXPECT_TRUE(state.Values().empty());
}

TEST(Parts, ALongTextIsCutAtSentencesNumberedAndLosesNoCharacter) {
  const std::string text = Repeated("您反映的路灯问题已转交城管部门处理。😀", 40);
  const auto parts = CutText(text, kSmall);
  ASSERT_GT(parts.size(), 3U);
  EXPECT_TRUE(parts.front().starts_with("（1/" + std::to_string(parts.size()) + "）"));
  std::string joined;
  for (const auto& part : parts) {
    EXPECT_LE(part.size(), kSmall.max_bytes);
    EXPECT_TRUE(text::IsValidUtf8(part));
    joined += part.substr(part.find("）") + 3);
  }
  EXPECT_EQ(joined, text);
}

TEST(Parts, TheLimitOfCharactersCountsWhateverTheBytes) {
  for (const char* piece : {"a", "好", "😀"}) {
    const auto parts = CutText(Repeated(piece, 1000), {.max_bytes = 100'000, .max_chars = 299});
    ASSERT_GE(parts.size(), 4U) << piece;
    for (const auto& part : parts) EXPECT_LE(text::CountChars(part), 299U) << piece;
  }
  EXPECT_TRUE(FitsOne(Repeated("好", 299), {.max_bytes = 2000, .max_chars = 299}));
  EXPECT_FALSE(FitsOne(Repeated("好", 300), {.max_bytes = 2000, .max_chars = 299}));
}

TEST(Parts, ARetryGoesOnBehindTheLastPartThatWasSent) {
  MemoryChannelState state;
  FakePlatform platform;
  const std::string text = Repeated("第几句话都不能重复。", 40);
  platform.next = {std::nullopt, std::nullopt, ErrorKind::kUnavailable};
  const auto first = SendParts(state, "r1", text, platform.Sender(kSmall));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(platform.taken.size(), 2U);
  EXPECT_TRUE(SendParts(state, "r1", text, platform.Sender(kSmall)));
  EXPECT_EQ(platform.taken, CutText(text, kSmall));

  const auto before = platform.taken.size();
  EXPECT_TRUE(SendParts(state, "r1", text, platform.Sender(kSmall))) << "a finished reply is done";
  EXPECT_EQ(platform.taken.size(), before) << "and nothing of it is sent again";
}

TEST(Parts, WhenThePlatformWantsShorterTextsTheRestIsCutAnew) {
  MemoryChannelState state;
  FakePlatform platform;
  platform.longest = 120;
  const std::string text = Repeated("第几句话都不能丢失。", 40);
  ASSERT_TRUE(SendParts(state, "r1", text, platform.Sender(kSmall)));
  EXPECT_EQ(platform.Joined(), text);
  for (const auto& part : platform.taken) EXPECT_LE(part.size(), 120U);
}

TEST(Parts, ATextThatIsTooLongAtTheLeastSizeIsRejected) {
  MemoryChannelState state;
  FakePlatform platform;
  platform.longest = 10;
  const auto result = SendParts(state, "r1", Repeated("长文本。", 40), platform.Sender(kSmall));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kRejected);
}

TEST(Parts, AdmissionIsAskedOnceWithTheNumberOfMessagesLeft) {
  MemoryChannelState state;
  FakePlatform platform;
  auto sender = platform.Sender(kSmall);
  std::vector<int> asked;
  sender.admit = [&](int parts) -> Result<void> {
    asked.push_back(parts);
    return asked.size() == 2 ? Result<void>(MakeError(ErrorKind::kRejected, "no")) : Result<void>();
  };
  const std::string text = Repeated("一共要发好几条消息。", 20);
  const int total = static_cast<int>(CutText(text, kSmall).size());
  platform.next = {std::nullopt, ErrorKind::kUnavailable};
  EXPECT_FALSE(SendParts(state, "r1", text, sender));
  const auto second = SendParts(state, "r1", text, sender);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kRejected);
  EXPECT_EQ(asked, (std::vector<int>{total, total - 1}));
  EXPECT_EQ(platform.taken.size(), 1U);
}

TEST(Parts, WithoutStateNothingIsSentAndAfterAPartTheOutcomeIsUnknown) {
  MemoryChannelState state;
  FakePlatform platform;
  state.Break(true);
  const auto none = SendParts(state, "r1", "短文本", platform.Sender(kSmall));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(platform.taken.empty());

  state.Break(false);
  auto sender = platform.Sender(kSmall);
  sender.send = [&](const std::string&) -> Result<std::string> {
    state.Break(true);
    return std::string();
  };
  const auto lost = SendParts(state, "r1", Repeated("长文本要分几条。", 40), sender);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kUnknown);
}

TEST(Parts, DamagedOrForeignProgressSendsNothing) {
  for (const char* value : {"x", "{}", R"({"offset":"1","sent":1,"max_bytes":1,"max_chars":1})",
                            R"({"offset":99999,"sent":1,"max_bytes":200,"max_chars":200})"}) {
    MemoryChannelState state;
    ASSERT_TRUE(state.Put("reply/r1", value));
    FakePlatform platform;
    const auto result = SendParts(state, "r1", "文本", platform.Sender(kSmall));
    ASSERT_FALSE(result) << value;
    EXPECT_EQ(result.error().kind, ErrorKind::kInternal);
    EXPECT_TRUE(platform.taken.empty());
  }
}

}  // namespace
}  // namespace minsheng
