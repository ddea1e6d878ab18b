// SPDX-License-Identifier: Apache-2.0
// What classifying costs in memory and steps, counted.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <nlohmann/json.hpp>
#include <random>

#include "src/rules/rule_set.h"
#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace {
std::atomic<std::uint64_t> allocations = 0;
std::atomic<std::int64_t> living_bytes = 0;

void* Allocate(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  living_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}

void Free(void* memory) noexcept {
  if (memory != nullptr) living_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace

// Counts every allocation of this program.
void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete[](void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { Free(memory); }

namespace minsheng::rules {
namespace {

constexpr int kTexts = 500;

// A RuleSet with everything that a condition may hold, and with a lexicon and places.
std::shared_ptr<const RuleSet> EverythingSet() {
  static const std::vector<std::string> kConditions = {"路灯 | 街灯",
                                                       "(路灯 | 街灯) & (不亮 | 坏了) & !(投诉 | 举报)",
                                                       "(树 | 绿化带) ~8 (遮挡 | 视线) ~20 (路口 | 转弯)",
                                                       "/(路灯|街灯).{0,8}(不亮|坏了)/",
                                                       "/第\\d+路公交车/ | /(打了|发了)[多好]次/",
                                                       "@bad & channel:wechat & hour:8-20",
                                                       "length<30 & 谢谢",
                                                       "place:t.east & (垃圾 | 噪音)",
                                                       "!(路灯 & 街灯) & 垃圾",
                                                       "(路灯 & 不亮) | (垃圾 & 满了) | \"AB 12\"",
                                                       "type:complaint | 投诉"};
  nlohmann::json rules = nlohmann::json::array();
  for (std::size_t i = 0; i < kConditions.size(); ++i) {
    nlohmann::json rule = {{"id", "rule-with-a-long-name." + std::to_string(i)},
                           {"name", "规则的名称也不短"},
                           {"when", kConditions[i]},
                           {"tags", {"a-tag-of-some-length", "t" + std::to_string(i)}}};
    rule["topic"] = i % 3 == 2 ? "urban" : "urban.t" + std::to_string(i % 5);
    rule["weight"] = 1.5 + static_cast<double>(i % 4);
    if (i % 2 == 0) rule["type"] = i % 4 == 0 ? "complaint" : "help";
    if (i == 5) rule["urgency"] = "urgent";
    if (i == 6) rule["reply"] = "您好，您的话我们收到了，谢谢您的来信。";
    rules.push_back(std::move(rule));
  }
  nlohmann::json topics = nlohmann::json::array();
  for (int i = 0; i < 5; ++i) topics.push_back({{"id", "urban.t" + std::to_string(i)}, {"name", "事项"}});
  const nlohmann::json categories = {
      {"categories", {{{"id", "urban"}, {"name", "城市"}, {"general", "urban.t0"}, {"topics", topics}}}}};
  const auto compiled = RuleSet::Compile(
      {{"categories.json", categories.dump()},
       {"rules.json", rules.dump()},
       {"lists.json", R"({"bad": ["坏了", "断了", "满了", "倒了", "堵了", "漏了"]})"},
       {"places.json", R"([{"id": "t", "name": "城区"}, {"id": "t.east", "name": "东门街道", "parent": "t"},
                           {"id": "t.west", "name": "西门街道", "parent": "t"}])"},
       {"settings.json", R"({"threshold": 0.5, "opening": {"chars": 20, "factor": 2}})"},
       {"lexicon.json", R"({"urban.t1": {"晚上": 0.5, "电线杆": 1.25}, "urban": {"小区": 0.75}})"}});
  for (const Problem& p : compiled.problems) EXPECT_NE(p.severity, Severity::kError) << p.en;
  return compiled.set;
}

std::vector<std::string> EverythingTexts() {
  static const std::vector<std::string> kPieces = {
      "路灯",         "街灯",     "不亮", "坏了", "投诉", "树",     "绿化带",   "遮挡",     "视线", "路口",
      "第12路公交车", "打了好次", "满了", "谢谢", "垃圾", "噪音",   "东门街道", "西门街道", "城区", "AB 12",
      "晚上",         "电线杆",   "小区", "，",   "我们", "这里的", "1",        "x",        "㎡",   "😀"};
  std::mt19937 random(99);
  std::vector<std::string> texts;
  for (int i = 0; i < kTexts; ++i) {
    std::string text;
    for (auto n = random() % 30; n > 0; --n) text += kPieces[random() % kPieces.size()];
    texts.push_back(text);
  }
  return texts;
}

Input EverythingInput(const std::string& text, int number) {
  Input input;
  input.text = text;
  input.channel = number % 2 == 0 ? "wechat" : "phone";
  input.place_hint = number % 3 == 0 ? "西门街道三组" : "";
  input.hour = number % 24;
  if (number % 5 == 0) input.stated_type = RequestType::kComplaint;
  return input;
}

TEST(AllocationTest, DecidingAllocatesNothingOnceTheBuffersHaveGrown) {
  const auto set = EverythingSet();
  ASSERT_NE(set, nullptr);
  const auto texts = EverythingTexts();
  RuleSet::Scratch scratch;
  BareVerdict bare;
  std::size_t rules = 0;
  std::uint64_t before = 0;
  for (int pass = 0; pass < 3; ++pass) {
    if (pass == 1) before = allocations;
    for (int i = 0; i < kTexts; ++i) {
      set->Decide(EverythingInput(texts[static_cast<std::size_t>(i)], i), scratch, &bare);
      rules += bare.rules;
    }
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(rules, 3U * kTexts);
}

TEST(AllocationTest, ClassifyingIntoTheSameVerdictAllocatesNothingOnceItHasGrown) {
  const auto set = EverythingSet();
  ASSERT_NE(set, nullptr);
  const auto texts = EverythingTexts();
  RuleSet::Scratch scratch;
  Verdict verdict;
  std::size_t reasons = 0;
  std::uint64_t before = 0;
  for (int pass = 0; pass < 8; ++pass) {
    if (pass == 6) before = allocations;
    for (int i = 0; i < kTexts; ++i) {
      set->Classify(EverythingInput(texts[static_cast<std::size_t>(i)], i), scratch, &verdict);
      reasons += verdict.reasons.size();
    }
  }
  EXPECT_EQ(allocations - before, 0U);
  EXPECT_GT(reasons, 3U * kTexts);
}

// Words of a small alphabet of characters, each used by few rules.
std::string ManyRules(int rules) {
  std::mt19937 random(7);
  const auto word = [&] {
    std::u32string characters;
    for (int i = 0; i < 5; ++i) characters.push_back(0x5000 + random() % 1500);
    std::string utf8;
    for (const char32_t c : characters) text::AppendUtf8(c, &utf8);
    return utf8;
  };
  nlohmann::json all = nlohmann::json::array();
  for (int i = 0; i < rules; ++i) {
    std::string when = word();
    for (int j = 0; j < 5; ++j) when += " | " + word();
    if (i % 20 == 0) when = "/(" + word() + "|" + word() + ").{0,8}(" + word() + "|" + word() + ")/";
    all.push_back({{"id", "many.rule-" + std::to_string(i)}, {"name", "规则"}, {"when", when}, {"tags", {"t"}}});
  }
  return all.dump();
}

TEST(AllocationTest, ACompiledRuleWithSixWordsOfItsOwnKeepsLessThan1500Bytes) {
  constexpr int kRules = 3000;
  const std::vector<SourceFile> files = {{"r.json", ManyRules(kRules)}};
  const std::int64_t before = living_bytes;
  Compiled compiled = RuleSet::Compile(files);
  ASSERT_NE(compiled.set, nullptr);
  compiled.problems = {};
  EXPECT_LT(living_bytes - before, kRules * 1500);
  EXPECT_GT(living_bytes - before, kRules * 100);
}

TEST(AllocationTest, AReusedVerdictAndTheBareOneSayTheSameAsANewVerdict) {
  const auto set = EverythingSet();
  ASSERT_NE(set, nullptr);
  const auto texts = EverythingTexts();
  RuleSet::Scratch scratch, other;
  Verdict reused;
  BareVerdict bare;
  text::Folded folded;
  for (int i = 0; i < kTexts; ++i) {
    const Input input = EverythingInput(texts[static_cast<std::size_t>(i)], i);
    text::Fold(input.text, &folded);
    set->Classify(input, scratch, &reused, &folded);
    const Verdict fresh = set->Classify(input, other);
    ASSERT_EQ(Encode(reused), Encode(fresh)) << input.text;
    set->Decide(input, other, &bare);
    EXPECT_EQ(bare.topic == nullptr ? "" : bare.topic->id, fresh.topic);
    EXPECT_EQ(bare.runner_up == nullptr ? "" : bare.runner_up->id, fresh.runner_up);
    EXPECT_EQ(bare.confidence, fresh.confidence);
    EXPECT_EQ(bare.topic_confidence, fresh.topic_confidence);
    EXPECT_EQ(bare.triage, fresh.triage);
    EXPECT_EQ(bare.type, fresh.type);
    EXPECT_EQ(bare.urgency, fresh.urgency);
    EXPECT_EQ(bare.reply, fresh.reply);
    EXPECT_EQ(bare.place, fresh.place ? fresh.place->id : "");
    EXPECT_EQ((std::vector<std::string>(bare.tags.begin(), bare.tags.end())), fresh.tags);
  }
}

}  // namespace
}  // namespace minsheng::rules
