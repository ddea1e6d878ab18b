// SPDX-License-Identifier: Apache-2.0
#include "src/rules/rule_set.h"

#include <algorithm>

#include "src/base/crypto.h"
#include "src/rules/checks.h"
#include "src/rules/decision.h"
#include "src/rules/explain.h"
#include "src/rules/matcher.h"
#include "src/rules/program.h"
#include "src/rules/reporter.h"
#include "src/rules/sources.h"

namespace minsheng::rules {

struct RuleSet::Impl {
  std::int64_t version = 0;
  std::string hash;
  Compilation compilation;
  std::vector<Topic> topics;
  std::vector<Mention> mentions;
  std::size_t examples = 0;
};

struct RuleSet::Scratch::Impl {
  Matcher matcher;
  DecisionScratch decision;
};

RuleSet::Scratch::Scratch() : impl_(std::make_unique<Impl>()) {}
RuleSet::Scratch::~Scratch() = default;
RuleSet::Scratch::Scratch(Scratch&&) noexcept = default;
std::uint64_t RuleSet::Scratch::steps() const { return impl_->matcher.steps(); }
RuleSet::Scratch& RuleSet::Scratch::operator=(Scratch&&) noexcept = default;

RuleSet::RuleSet() = default;
RuleSet::~RuleSet() = default;

Input InputOf(const Message& m) {
  const bool spoken = IsSpokenChannel(m.channel) || m.kind == Kind::kCall || m.kind == Kind::kVoice;
  return {m.text, m.channel, m.line, m.place_hint, m.stated_type, ShanghaiHour(m.received_at), spoken};
}

std::string HashOf(const std::vector<SourceFile>& files) {
  std::vector<const SourceFile*> sorted;
  sorted.reserve(files.size());
  for (const SourceFile& f : files) sorted.push_back(&f);
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->path < b->path; });
  std::string all;
  for (const SourceFile* f : sorted) {
    all += std::to_string(f->path.size()) + ":" + f->path + std::to_string(f->content.size()) + ":" + f->content;
  }
  return crypto::Sha256Hex(all);
}

namespace {

// Numbers topics, then categories, by id.
std::map<std::string_view, std::uint32_t> IndexTopics(Compilation* c) {
  std::map<std::string_view, std::uint32_t> numbers;
  for (const auto& [id, topic] : c->sources.topics) {
    numbers.emplace(id, static_cast<std::uint32_t>(c->topics.size()));
    c->topics.push_back(&topic);
  }
  std::map<std::string_view, std::uint32_t> categories;
  for (const auto& [id, category] : c->sources.categories) {
    const auto general = numbers.find(category.general);
    categories.emplace(id, static_cast<std::uint32_t>(categories.size()));
    c->general_of_category.push_back(general == numbers.end() ? kNoTopic : general->second);
  }
  for (const TopicSource* topic : c->topics) {
    const std::uint32_t category = categories[topic->topic.category];
    c->category_of_topic.push_back(topic->topic.out_of_scope ? kNoTopic : category);
    c->kin_of_topic.push_back(2 * category + (topic->topic.out_of_scope ? 1 : 0));
  }
  for (const auto& [id, number] : categories) {
    numbers.try_emplace(id, static_cast<std::uint32_t>(c->topics.size()) + number);
  }
  return numbers;
}

RuleBook MakeBook(const Sources& sources, const std::map<std::string_view, std::uint32_t>& numbers) {
  std::vector<std::uint32_t> topics;
  for (const RuleSource& rule : sources.rules) {
    const auto it = numbers.find(rule.topic);
    topics.push_back(it == numbers.end() ? kNoTopic : it->second);
  }
  return RuleBook(sources, topics);
}

std::size_t CountExamples(const Sources& s) {
  std::size_t count = s.golden.size();
  for (const RuleSource& rule : s.rules) count += rule.yes.size() + rule.no.size();
  return count;
}

}  // namespace

Compiled RuleSet::Compile(const std::vector<SourceFile>& files, std::int64_t version, Advice advice) {
  Reporter reporter(files);
  auto impl = std::make_unique<Impl>();
  impl->version = version;
  impl->hash = HashOf(files);
  Compilation& c = impl->compilation;
  c.sources = ReadSources(files, &reporter);
  CheckAnyRule(c.sources, &reporter);
  Logic logic(c.sources);
  const std::vector<RuleLogic> found = CheckConditions(&c.sources, &logic, advice == Advice::kGive, &reporter);
  c.program = BuildProgram(c.sources, &reporter);
  c.book = MakeBook(c.sources, IndexTopics(&c));
  CheckSameForm(c.sources, &reporter);
  if (advice == Advice::kGive) {
    CheckUse(c.sources, &reporter);
    CheckPairs(c, found, &logic, &reporter);
  }
  RunExamples(c, &reporter);
  // Golden cases look at the whole; with rules missing they would only repeat the errors above.
  if (!reporter.failed()) RunGolden(c, &reporter);
  for (const TopicSource* topic : c.topics) impl->topics.push_back(topic->topic);
  impl->examples = CountExamples(c.sources);
  impl->mentions = FindMentions(c.sources, reporter);
  DropSources(&c);
  Compiled result;
  if (!reporter.failed()) {
    const std::shared_ptr<RuleSet> set(new RuleSet);
    set->impl_ = std::move(impl);
    result.set = set;
  }
  result.problems = reporter.Take();
  return result;
}

void RuleSet::Decide(const Input& input, Scratch& scratch, BareVerdict* out, const text::Folded* folded) const {
  const Compilation& c = impl_->compilation;
  Matcher& matcher = scratch.impl_->matcher;
  DecisionScratch& d = scratch.impl_->decision;
  matcher.Run(c.program, input, folded);
  rules::Decide(c, input, matcher, d);
  const auto topic = [&](std::uint32_t number) { return number == kNoTopic ? nullptr : &c.topics[number]->topic; };
  out->topic = topic(d.winner);
  out->runner_up = topic(d.runner_up);
  out->confidence = d.certainty.category;
  out->topic_confidence = d.certainty.topic;
  out->triage = d.triage;
  out->type = d.type;
  out->urgency = d.urgency;
  out->reply = d.reply;
  out->rules = d.matched.size();
  const bool placed = matcher.place() != text::Gazetteer::kNone;
  out->place = placed ? std::string_view(c.program.places.id(matcher.place())) : std::string_view();
  out->tags.clear();
  for (const std::uint32_t tag : d.tags) out->tags.push_back(c.book.TagName(tag));
}

void RuleSet::Classify(const Input& input, Scratch& scratch, Verdict* out, const text::Folded* folded) const {
  const Compilation& c = impl_->compilation;
  Matcher& matcher = scratch.impl_->matcher;
  matcher.Run(c.program, input, folded);
  rules::Decide(c, input, matcher, scratch.impl_->decision);
  WriteVerdict(c, matcher, scratch.impl_->decision, out);
  out->rule_set = impl_->version;
  out->unread = matcher.unread();
}

Verdict RuleSet::Classify(const Input& input, Scratch& scratch) const {
  Verdict v;
  Classify(input, scratch, &v);
  return v;
}

std::string RuleSet::Explain(const Input& input, Scratch& scratch) const {
  const Verdict v = Classify(input, scratch);
  return ExplainJson(impl_->compilation, input, v, scratch.impl_->matcher);
}

std::string RuleSet::ExplainText(const Input& input, Scratch& scratch, std::string_view language, bool all) const {
  const Verdict v = Classify(input, scratch);
  return rules::ExplainText(impl_->compilation, input, v, scratch.impl_->matcher, language, all);
}

std::int64_t RuleSet::version() const { return impl_->version; }
const std::string& RuleSet::hash() const { return impl_->hash; }
const std::vector<Topic>& RuleSet::topics() const { return impl_->topics; }

const Topic* RuleSet::FindTopic(std::string_view id) const {
  const auto it = std::lower_bound(impl_->topics.begin(), impl_->topics.end(), id,
                                   [](const Topic& t, std::string_view wanted) { return t.id < wanted; });
  return it != impl_->topics.end() && it->id == id ? &*it : nullptr;
}

bool RuleSet::KnowsPlace(std::string_view place_id) const {
  return impl_->compilation.program.places.Find(place_id) != text::Gazetteer::kNone;
}

std::vector<std::string> RuleSet::PlaceChain(std::string_view place_id) const {
  const text::Gazetteer& g = impl_->compilation.program.places;
  std::vector<std::string> chain;
  for (std::uint32_t p = g.Find(place_id); p != text::Gazetteer::kNone; p = g.Parent(p)) chain.push_back(g.id(p));
  return chain;
}

std::size_t RuleSet::rule_count() const { return impl_->compilation.book.size(); }
std::size_t RuleSet::example_count() const { return impl_->examples; }

std::string_view RuleSet::ReplyOfRule(std::string_view id) const {
  const std::optional<std::uint32_t> rule = impl_->compilation.book.Find(id);
  return rule ? impl_->compilation.book.Reply(*rule) : std::string_view();
}

std::string_view RuleSet::ReplyOfTopic(std::string_view id) const {
  const auto it = impl_->compilation.sources.topics.find(std::string(id));
  return it == impl_->compilation.sources.topics.end() ? std::string_view() : std::string_view(it->second.reply);
}

const std::vector<Mention>& RuleSet::mentions() const { return impl_->mentions; }

double RuleSet::threshold() const { return impl_->compilation.sources.settings.threshold; }

}  // namespace minsheng::rules
