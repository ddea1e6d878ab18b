// SPDX-License-Identifier: Apache-2.0
// What grouping costs at most, and that times cannot upset it.
#include "tests/unit/incidents/incidents_fixture.h"

namespace minsheng::incidents {
namespace {

using surge::Call;
using surge::kDay;
using surge::Maker;
using surge::Truth;

Options Small(int max_entries) {
  auto options = Shipped();
  options.max_entries = max_entries;
  return options;
}

TEST(BoundsTest, AHundredThousandIdenticalMessagesAreOneIncidentAndBoundedWork) {
  Grouper grouper(Small(1000));
  const auto first = RequestOfCall({kDay, "翠湖花园停水了，一滴水都没有", "", "", Truth::kWaterMain}, 1);
  Kept kept;
  constexpr int kMessages = 100'000;
  for (int i = 1; i <= kMessages; ++i) {
    auto r = first;
    r.seq = i;
    r.request_id = std::to_string(i);
    r.caller = static_cast<std::uint64_t>(i);
    r.at += Millis{i};
    grouper.Add(std::move(r));
    if (i % 1000 == 0) kept.Take(grouper.Take());
  }
  EXPECT_LE(grouper.stats().most_looked, Window::kMaxLooked);
  EXPECT_LE(grouper.window().size(), 1000U);
  // One bucket holds at most four of one matter.
  EXPECT_LE(grouper.window().references(), 27 * Window::kMaxOfMatter);
  EXPECT_EQ(grouper.incidents_in_memory(), 1U);
  std::set<std::string> incidents;
  for (const auto& [seq, link] : kept.links) incidents.insert(link.incident_id);
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(kept.incidents.at(*incidents.begin()).requests, kMessages);
  EXPECT_EQ(kept.incidents.at(*incidents.begin()).callers, kMessages);
}

TEST(BoundsTest, MemoryHoldsAsManyRequestsAsAreAllowedWhateverComes) {
  Maker maker(11);
  Grouper grouper(Small(500));
  std::int64_t seq = 0;
  for (int d = 0; d < 20; ++d) {
    for (const auto& call : maker.OrdinaryDay(kDay + d * hours(24), 300)) grouper.Add(RequestOfCall(call, ++seq));
    (void)grouper.Take();
  }
  EXPECT_EQ(grouper.window().size(), 500U);
  EXPECT_LE(grouper.window().references(), 500U * 27);
  EXPECT_LE(grouper.incidents_in_memory(), 500U);
  // Sixteen days of hours of each topic and family.
  EXPECT_LE(grouper.rates_in_memory(), 150U * 16 * 24);
  EXPECT_LE(grouper.stats().most_looked, Window::kMaxLooked);
}

TEST(BoundsTest, ATextOfTenMegabytesIsLookedAtInItsBeginningOnly) {
  std::string text;
  for (int i = 0; text.size() < 10U << 20; ++i) text += "第" + std::to_string(i) + "处积水，" + "路面塌陷没有人管；";
  const auto whole = FeaturesOf(text, "");
  EXPECT_LE(whole.sketch.size(), kMaxSketch);
  EXPECT_LE(whole.anchors.size(), kMaxAnchors);
  const auto begin = FeaturesOf(std::string_view(text).substr(0, 3 * kMaxUnits + 300), "");
  EXPECT_EQ(whole.sketch, begin.sketch);
}

TEST(BoundsTest, NothingAndNoiseAreGroupedWithNothing) {
  std::vector<Call> calls;
  for (const char* text : {"", "", "？？？", "？？？", "13812345678", "13812345678", "\xff\xfe"})
    calls.push_back({kDay, text, text, "", Truth::kOrdinary});
  EXPECT_TRUE(Group(calls).incidents.empty());
}

// Transcripts arrive up to half an hour late and out of order.
TEST(TimesTest, RequestsOutOfOrderAreOneTyphoonAllTheSame) {
  Maker maker(7);
  auto calls = Maker::Together(maker.OrdinaryDay(kDay, 200), maker.TyphoonNight(kDay + hours(22), 400));
  for (std::size_t i = 0; i + 20 < calls.size(); i += 20) {
    for (std::size_t k = 0; k < 20; ++k) std::swap(calls[i + k], calls[i + static_cast<std::size_t>(maker.Number(20))]);
  }
  const auto fit = Group(calls).FitOf(calls, Truth::kTyphoon);
  EXPECT_GE(fit.recall, 0.9);
  EXPECT_GE(fit.precision, 0.93);
}

TEST(TimesTest, AClockThatJumpsForAMomentUpsetsNothing) {
  Maker maker(7);
  auto calls = Maker::Together(maker.OrdinaryDay(kDay, 200), maker.TyphoonNight(kDay + hours(22), 400));
  const auto plain = Group(calls).FitOf(calls, Truth::kTyphoon);
  auto jumped = calls;
  for (std::size_t i = 300; i < 310; ++i) jumped[i].at += hours(24 * 365 * 80);
  for (std::size_t i = 400; i < 405; ++i) jumped[i].at -= hours(24 * 365 * 30);
  const auto fit = Group(jumped).FitOf(jumped, Truth::kTyphoon);
  EXPECT_EQ(fit.id, plain.id);
  EXPECT_GE(fit.recall, plain.recall - 0.05);
  EXPECT_GE(fit.precision, plain.precision - 0.02);
}

}  // namespace
}  // namespace minsheng::incidents
