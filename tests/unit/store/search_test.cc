// SPDX-License-Identifier: Apache-2.0
#include "src/store/search.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "src/store/search_posting.h"
#include "src/text/relevance.h"
#include "src/text/utf8.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::store {
namespace {

class SearchTest : public StoreTest {
 protected:
  // Commits a request with these words; its id.
  std::string Ask(const std::string& words, Bucket plan = Bucket::kTriage) {
    const std::string number = std::to_string(++made_);
    Decision d = Decide(plan, "s" + number, "citizen-" + number);
    d.message.text = words;
    d.message.id = NewUlid(clock_.Now());
    clock_.Advance(std::chrono::seconds(60));
    return CommitOne(std::move(d)).request_id;
  }
  void Index() {
    for (int i = 0; i < 10'000; ++i) {
      const auto done = store_->Search().Sweep();
      ASSERT_TRUE(done) << done.error().what;
      if (*done == 0) return;
    }
    FAIL() << "the sweep never ends";
  }
  std::vector<std::string> Find(const std::string& words) {
    SearchQuery query;
    query.words = words;
    return Find(query);
  }
  std::vector<std::string> Find(const SearchQuery& query) {
    const auto page = store_->Search().Search(query);
    EXPECT_TRUE(page) << page.error().what;
    std::vector<std::string> ids;
    if (page) {
      for (const auto& hit : page->hits) ids.push_back(hit.id);
    }
    return ids;
  }
  using Ids = std::vector<std::string>;
  int made_ = 0;
};

TEST_F(SearchTest, WordsAndPhrasesFindRequestsNewestFirstInEveryWriting) {
  const auto lamp = Ask("幸福小区门口的路灯不亮");
  const auto both = Ask("路燈壞了，門口沒有電");
  const auto power = Ask("家里没有电");
  EXPECT_TRUE(Find("路灯").empty()) << "nothing is found before the sweep";
  Index();
  EXPECT_EQ(Find("路灯"), (Ids{both, lamp}));
  EXPECT_EQ(Find("路灯 门口"), (Ids{both, lamp}));
  EXPECT_EQ(Find("路灯 没有电"), Ids{both});
  EXPECT_EQ(Find("电"), (Ids{power, both}));
  EXPECT_EQ(Find("\"路灯不亮\""), Ids{lamp});
  EXPECT_TRUE(Find("\"不亮路灯\"").empty());
  EXPECT_TRUE(Find("燃气").empty());
  const auto nothing = store_->Search().Search({});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().kind, ErrorKind::kInvalid);
}

TEST_F(SearchTest, OnlyMaskedWordsAreIndexedAndNothingOfAConfidentialRequest) {
  Ask("我的电话是13812345678，路灯不亮");
  Decision secret = Decide(Bucket::kOrder, "secret");
  secret.message.text = "举报邻居违法建设";
  secret.message.confidential = true;
  const auto outcome = CommitOne(secret);
  Index();
  EXPECT_TRUE(Find("13812345678").empty());
  EXPECT_EQ(Number("SELECT COUNT(*) FROM search_document WHERE words LIKE '%13812345678%'"), 0);
  EXPECT_TRUE(Find("违法建设").empty());
  EXPECT_EQ(Find(outcome.order_number), Ids{outcome.request_id}) << "its number is no secret";
}

TEST_F(SearchTest, AnOrderIsFoundByItsNumberAndItsFilters) {
  const auto triage = Ask("路灯不亮一", Bucket::kTriage);
  Decision d = Decide(Bucket::kOrder, "o1");
  d.message.text = "路灯不亮二";
  const auto order = CommitOne(d);
  Index();
  EXPECT_EQ(Find(order.order_number), Ids{order.request_id});
  EXPECT_EQ(Find(order.order_number + " 路灯"), Ids{order.request_id});
  EXPECT_EQ(Find("\"" + order.order_number + "\""), Ids{order.request_id});
  SearchQuery query;
  query.words = "路灯";
  query.kind = "order";
  EXPECT_EQ(Find(query), Ids{order.request_id});
  query.kind = "request";
  EXPECT_EQ(Find(query).size(), 2U);
  query.kind = "";
  query.state = "triage";
  EXPECT_EQ(Find(query), Ids{triage});
  query.state = "dispatched";
  EXPECT_EQ(Find(query), Ids{order.request_id});
  query.state = "";
  for (const char* unit : {"lighting", "town"}) {
    query.unit = unit;
    EXPECT_EQ(Find(query), Ids{order.request_id}) << unit;
  }
  query.unit = "light";
  EXPECT_TRUE(Find(query).empty());
  query.unit = "";
  query.topic = "urban";
  EXPECT_EQ(Find(query).size(), 2U);
  query.topic = "urb";
  EXPECT_TRUE(Find(query).empty());
  query.topic = "";
  query.from = store_->GetRequest(order.request_id)->created_at;
  EXPECT_EQ(Find(query), Ids{order.request_id});
  query.to = query.from;
  query.from = Time{};
  EXPECT_EQ(Find(query), Ids{triage});
}

TEST_F(SearchTest, ALaterMessageOfARequestIsFoundToo) {
  Decision d = Decide(Bucket::kOrder, "first");
  d.message.text = "路灯不亮";
  const auto opened = CommitOne(d);
  Index();
  Decision more = Decide(Bucket::kAttached, "second");
  more.message.text = "补充：在健身广场旁边";
  more.attach_request = opened.request_id;
  CommitOne(more);
  EXPECT_TRUE(Find("健身广场").empty());
  Index();
  EXPECT_EQ(Find("健身广场"), Ids{opened.request_id});
  EXPECT_EQ(Find("路灯"), Ids{opened.request_id});
  EXPECT_TRUE(Find("\"不亮补充\"").empty()) << "two messages are not one text";
}

TEST_F(SearchTest, WhatIsForgottenLeavesNoTraceAndStaysForgotten) {
  const auto kept = Ask("路灯不亮甲");
  const auto gone = Ask("路灯不亮乙");
  Index();
  ASSERT_TRUE(store_->Search().Forget(gone));
  EXPECT_EQ(Find("路灯"), Ids{kept});
  EXPECT_EQ(Number("SELECT COUNT(*) FROM search_document"), 1);
  ASSERT_TRUE(store_->Search().Rebuild());
  EXPECT_TRUE(Find("路灯").empty());
  Index();
  EXPECT_EQ(Find("路灯"), Ids{kept});
  ASSERT_TRUE(store_->Search().Forget("nobody"));
}

TEST_F(SearchTest, ARequestThatIsForgottenBeforeItWasIndexedIsNeverIndexed) {
  const auto gone = Ask("路灯不亮");
  ASSERT_TRUE(store_->Search().Forget(gone));
  Index();
  EXPECT_TRUE(Find("路灯").empty());
  EXPECT_EQ(store_->Search().ReadState()->waiting, 0);
}

TEST_F(SearchTest, TwoStoresThatSweepTheSameDatabaseIndexEveryRequestOnce) {
  auto other = OpenStore();
  std::vector<std::string> all;
  for (int i = 0; i < 30; ++i) {
    all.insert(all.begin(), Ask("停水第" + std::to_string(i) + "次"));
    ASSERT_TRUE((i % 2 == 0 ? store_ : other)->Search().Sweep());
  }
  Index();
  SearchQuery query;
  query.words = "停水";
  query.limit = 200;
  EXPECT_EQ(Find(query), all);
  EXPECT_EQ(store_->Search().ReadState()->documents, 30);
}

TEST_F(SearchTest, PagesFollowEachOtherWithoutGapsInBothOrders) {
  for (int i = 0; i < 25; ++i)
    Ask(std::string(i % 3 == 0 ? "停水停水停水" : "停水") + (i % 2 == 0 ? "了很久很久很久" : ""));
  Index();
  for (const bool by_score : {false, true}) {
    SearchQuery query;
    query.words = "停水";
    query.by_score = by_score;
    query.limit = 200;
    const auto all = Find(query);
    ASSERT_EQ(all.size(), 25U);
    query.limit = 4;
    Ids paged;
    do {
      const auto page = store_->Search().Search(query);
      ASSERT_TRUE(page) << page.error().what;
      ASSERT_LE(page->hits.size(), 4U);
      for (const auto& hit : page->hits) paged.push_back(hit.id);
      query.cursor = page->cursor;
    } while (!query.cursor.empty());
    EXPECT_EQ(paged, all) << by_score;
  }
  SearchQuery bad;
  bad.words = "停水";
  bad.cursor = "x";
  EXPECT_EQ(store_->Search().Search(bad).error().kind, ErrorKind::kInvalid);
}

TEST_F(SearchTest, TheSnippetShowsThePlaceAndMarksTheWords) {
  std::string words;
  for (int i = 0; i < 40; ++i) words += "前面说了许多别的事情。";
  Ask(words + "昨晚幸福小区的路燈又不亮了，" + words);
  Index();
  SearchQuery query;
  query.words = "路灯 不亮";
  const auto page = store_->Search().Search(query);
  ASSERT_EQ(page->hits.size(), 1U);
  const auto& hit = page->hits.front();
  EXPECT_TRUE(hit.snippet.starts_with("…") && hit.snippet.ends_with("…")) << hit.snippet;
  EXPECT_LT(hit.snippet.size(), 400U);
  Ids marked;
  for (const Span& mark : hit.marks) marked.push_back(hit.snippet.substr(mark.begin, mark.end - mark.begin));
  EXPECT_EQ(marked, (Ids{"路燈", "不亮"}));
}

TEST_F(SearchTest, AWholeLetterIsNotTakenForAFewWords) {
  Ask("路灯不亮");
  Index();
  SearchQuery query;
  for (int i = 0; i < 70; ++i) text::AppendUtf8(0x4E00 + static_cast<char32_t>(i), &query.words);
  const auto page = store_->Search().Search(query);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::kInvalid);
}

TEST_F(SearchTest, AStepThatFailsHalfwayLeavesNothingAndIsRepeated) {
  const auto first = Ask("路灯不亮甲");
  const auto second = Ask("路灯不亮乙");
  Forbid("search_document", "NEW.doc = 2");
  EXPECT_FALSE(store_->Search().Sweep());
  EXPECT_TRUE(Find("路灯").empty());
  EXPECT_EQ(store_->Search().ReadState()->waiting, 2);
  AllowAgain("search_document");
  Index();
  EXPECT_EQ(Find("路灯"), (Ids{second, first}));
}

// What a step read is no longer true when it writes: somebody erased a request in between.
TEST_F(SearchTest, SweepsCommitsAndErasuresAtTheSameTimeEndInOneIndex) {
  Sql("UPDATE incident_serial SET last = 4050 WHERE id = 1");
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(Ask("停水第" + std::to_string(i) + "次"));
  auto second = OpenStore();
  auto third = OpenStore();
  std::atomic<bool> stop{false};
  const auto sweep = [&stop](Store& store) {
    while (!stop) {
      const auto done = store.Search().Sweep();
      EXPECT_TRUE(done || done.error().kind == ErrorKind::kUnavailable) << done.error().what;
    }
  };
  std::thread one([&] { sweep(*second); });
  std::thread two([&] { sweep(*third); });
  std::set<std::string> gone;
  for (int i = 0; i < 40; ++i) {
    ids.push_back(Ask("停水又停电"));
    const auto& erased = ids[static_cast<std::size_t>(i)];
    if (i % 4 != 0) continue;
    ASSERT_TRUE(store_->Search().Forget(erased));
    gone.insert(erased);
  }
  Index();
  stop = true;
  one.join();
  two.join();
  Index();
  Ids expected;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    if (!gone.contains(*id)) expected.push_back(*id);
  }
  SearchQuery query;
  query.words = "停水";
  query.limit = 200;
  EXPECT_EQ(Find(query), expected);
  EXPECT_EQ(store_->Search().ReadState()->documents, static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(store_->Search().ReadState()->batches, 1);
  // Nothing of what was erased is left in the postings either: rebuilding gives the same rows.
  const auto rows = Number("SELECT SUM(length(docs)) FROM search_posting");
  ASSERT_TRUE(store_->Search().Rebuild());
  Index();
  EXPECT_EQ(Number("SELECT SUM(length(docs)) FROM search_posting"), rows);
}

TEST_F(SearchTest, PublishedArticlesAreFoundAsSoonAsTheyArePublished) {
  const auto request = Ask("社保卡丢了");
  Index();
  ArticleText text;
  text.id = "card";
  text.title = "社保卡遗失补办";
  text.answer = "请先挂失";
  ASSERT_TRUE(store_->Articles().Save(text, "li", ""));
  EXPECT_EQ(Find("社保卡"), Ids{request});
  ASSERT_TRUE(store_->Articles().Publish("card", 1, "wang", ""));
  EXPECT_EQ(Find("社保卡"), (Ids{"card", request})) << "articles first";
  SearchQuery query;
  query.words = "社保卡";
  query.kind = "article";
  EXPECT_EQ(Find(query), Ids{"card"});
  ASSERT_TRUE(store_->Articles().Retire("card", "wang", ""));
  EXPECT_TRUE(Find(query).empty());
}

// --- the specification: a plain scan ---------------------------------------------------------------

struct Scanned {
  std::string id;
  std::int64_t number = 0;
  text::PlainText plain;
  std::vector<text::Token> tokens;
};

class ScanTest : public SearchTest {
 protected:
  void Add(const std::string& words) {
    const auto id = Ask(words);
    const auto plain = text::MakePlain(words);
    docs_.push_back({id, static_cast<std::int64_t>(docs_.size()) + 1, plain, text::TokensOf(plain)});
  }
  // In the order that Search promises, with scores.
  std::vector<std::pair<std::string, double>> Scan(const std::string& typed, bool by_score) const {
    const auto words = text::ReadSearchWords(typed);
    std::vector<std::int64_t> holders;
    const auto part = [](const Scanned& d, const text::TokenRange& range) {
      std::map<text::TokenKey, int> times;
      for (const auto& t : d.tokens) times[t.key] += range.Has(t.key) ? 1 : 0;
      int best = 0;
      for (const auto& [key, n] : times) {
        if (n > 0) best = std::max(best, text::RelevancePart(n, d.tokens.size()));
      }
      return best;
    };
    for (const auto& range : words.ranges) {
      holders.push_back(
          std::count_if(docs_.begin(), docs_.end(), [&](const Scanned& d) { return part(d, range) > 0; }));
    }
    std::vector<std::tuple<double, std::int64_t, std::string>> hits;
    for (const auto& d : docs_) {
      double score = 0;
      bool all = true;
      for (std::size_t i = 0; i < words.ranges.size(); ++i) {
        const int p = part(d, words.ranges[i]);
        all = all && p > 0;
        score += text::RelevanceOf(text::Rarity(holders[i], static_cast<std::int64_t>(docs_.size())), p);
      }
      for (const auto& phrase : words.phrases) all = all && text::FindPhrase(d.plain, phrase) != std::u16string::npos;
      if (all) hits.emplace_back(by_score ? score : 0, d.number, d.id);
    }
    std::sort(hits.rbegin(), hits.rend());
    std::vector<std::pair<std::string, double>> out;
    for (const auto& [score, number, id] : hits) out.emplace_back(id, score);
    return out;
  }
  void ExpectTheSame(const std::string& typed) {
    for (const bool by_score : {false, true}) {
      SearchQuery query;
      query.words = typed;
      query.by_score = by_score;
      query.limit = 200;
      const auto page = store_->Search().Search(query);
      ASSERT_TRUE(page) << page.error().what;
      std::vector<std::pair<std::string, double>> got;
      for (const auto& hit : page->hits) got.emplace_back(hit.id, hit.score);
      auto expected = Scan(typed, by_score);
      if (expected.size() > 200) expected.resize(200);
      EXPECT_EQ(got, expected) << typed << " by score " << by_score;
    }
  }
  std::string RandomWords(int pieces) {
    static const std::vector<std::string> kPieces = {"水", "电", "路灯", "停水", "不亮", "小区", "，",
                                                     " ",  "5g", "a",    "漏",   "反映", "水管", "电表"};
    std::string words;
    for (int i = 0; i < pieces; ++i) words += kPieces[random_() % kPieces.size()];
    return words;
  }
  std::vector<Scanned> docs_;
  std::mt19937 random_{12345};
};

TEST_F(ScanTest, RandomSearchesAnswerLikeAPlainScan) {
  for (int i = 0; i < 120; ++i) Add(RandomWords(1 + static_cast<int>(random_() % 12)));
  Index();
  for (int i = 0; i < 150; ++i) {
    std::string typed = RandomWords(1 + static_cast<int>(random_() % 3));
    if (i % 3 == 0) typed = "\"" + typed + "\"";
    if (text::ReadSearchWords(typed).empty()) continue;
    ExpectTheSame(typed);
  }
}

// Numbers are put close to the end of a batch, so that it becomes complete without thousands of requests.
TEST_F(ScanTest, ACompleteBatchAnswersLikeTheScanWhileItIsInvertedAndAfterChanges) {
  Sql("UPDATE incident_serial SET last = 4060 WHERE id = 1");
  for (int i = 0; i < 60; ++i) {
    Add(RandomWords(2 + static_cast<int>(random_() % 10)));
    docs_.back().number = 4061 + i;
  }
  const std::vector<std::string> searches = {"水", "停水", "路灯 不亮", "\"路灯不亮\"", "5g", "小区 电"};
  int steps = 0;
  for (int done = 1; done > 0; ++steps) {
    const auto swept = store_->Search().Sweep();
    ASSERT_TRUE(swept) << swept.error().what;
    done = *swept;
    if (steps == 0) continue;  // nothing is indexed before the first step
    for (const auto& typed : searches) ExpectTheSame(typed);
    if (steps == 7) {  // in the middle: one is erased, one grows
      ASSERT_TRUE(store_->Search().Forget(docs_[3].id));
      docs_.erase(docs_.begin() + 3);
      for (const auto& typed : searches) ExpectTheSame(typed);
      Decision more = Decide(Bucket::kNoted, "grows");
      more.message.text = "停水 5g 停水";
      more.attach_request = docs_[5].id;
      CommitOne(more);
      docs_[5].plain = text::MakePlain(store_->GetRequest(docs_[5].id)->messages[0].text + " ⏎ " + more.message.text);
      docs_[5].tokens = text::TokensOf(docs_[5].plain);
      ASSERT_TRUE(store_->Search().Sweep());
      for (const auto& typed : searches) ExpectTheSame(typed);
    }
  }
  EXPECT_GT(steps, 16);
  EXPECT_EQ(store_->Search().ReadState()->batches, 1);
  EXPECT_GT(Number("SELECT COUNT(*) FROM search_posting"), 10);
  // Also when the batch is done.
  ASSERT_TRUE(store_->Search().Forget(docs_[10].id));
  docs_.erase(docs_.begin() + 10);
  for (const auto& typed : searches) ExpectTheSame(typed);
  for (const auto& d : std::vector<Scanned>(docs_)) ASSERT_TRUE(store_->Search().Forget(d.id));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM search_document"), 0);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM search_posting"), 0) << "not even numbers are left";
}

TEST(SearchPostings, AreReadAsTheyWereWritten) {
  std::string docs;
  const std::vector<Posting> postings = {{0, 1}, {63, 63}, {64, 2}, {4095, 62}};
  for (const auto& p : postings) AppendPosting(p, &docs);
  EXPECT_EQ(docs.size(), 12U);
  EXPECT_EQ(ReadPostings(docs), postings);
  EXPECT_EQ(ReadPostings(docs + "A").size(), 4U);
  EXPECT_TRUE(ReadPostings("#@!").empty());
}

}  // namespace
}  // namespace minsheng::store
