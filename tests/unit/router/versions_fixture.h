// SPDX-License-Identifier: Apache-2.0
// A store with small RuleSets: "树" is greening, and each set may say something of its own.
#pragma once
#include "src/router/rule_versions.h"
#include "tests/unit/store/store_fixture.h"

namespace minsheng::router {

class VersionsTest : public store::StoreTest {
 protected:
  static constexpr std::string_view kTopics =
      R"({"categories":[{"id":"urban","name":"城市","topics":[{"id":"urban.greening","name":"绿化"},
                                                             {"id":"urban.lighting","name":"路灯"}]}]})";
  // A set whose rule for "树" leads to `topic`.
  static std::vector<rules::SourceFile> Files(const std::string& topic, const std::string& name = "绿化") {
    return {{"categories.json", std::string(kTopics)},
            {"rules.json", R"([{"id":"tree","name":")" + name + R"(","when":"树","topic":")" + topic +
                               R"(","weight":9,"examples":{"yes":["树倒了"],"no":["路"]}}])"}};
  }
  static std::vector<rules::SourceFile> Broken() {
    auto files = Files("urban.greening");
    files[1].content = R"([{"id":"tree","name":"x","when":"(树 &","topic":"urban.greening","weight":9}])";
    return files;
  }
  // Refuses a set for which `catalogue_says_no_` names its topic.
  MakeCatalogue Catalogue() {
    return [this](const rules::RuleSet& set) -> Result<std::shared_ptr<const orders::Catalogue>> {
      if (!catalogue_says_no_.empty()) return MakeError(ErrorKind::kInvalid, catalogue_says_no_);
      std::vector<std::string> topics;
      for (const auto& t : set.topics()) topics.push_back(t.id);
      return orders::Catalogue::Load(R"([{"id":"office","name":"园林处"}])", R"([{"topic":"*","lead":"office"}])",
                                     topics);
    };
  }
  Knowledge First() {
    auto set = LoadActive(*store_, Files("urban.greening"), "en");
    EXPECT_TRUE(set) << set.error().what;
    return Knowledge{*set, *Catalogue()(**set)};
  }
  std::int64_t Import(const std::vector<rules::SourceFile>& files, const std::string& author = "li") {
    const auto imported = ImportRuleSet(*store_, files, {author, "why"}, 0);
    EXPECT_TRUE(imported) << imported.error().what;
    return imported ? imported->version : 0;
  }
  void Activate(std::int64_t version) {
    const auto in_force = store_->RuleSetsInForce().value();
    const auto done = ActivateRuleSet(*store_, version, {"wang", "looked at it"}, in_force.active, Catalogue());
    ASSERT_TRUE(done) << done.error().what;
    ASSERT_TRUE(done->passed());
  }
  // As somebody with a database tool would.
  void MakeActiveBehindTheStore(std::int64_t version) {
    Sql("UPDATE rule_set SET state = 'retired' WHERE state = 'active'");
    Sql("UPDATE rule_set SET state = 'active' WHERE version = " + std::to_string(version));
  }

  std::string catalogue_says_no_;
};

}  // namespace minsheng::router
