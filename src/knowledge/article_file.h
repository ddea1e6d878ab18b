// SPDX-License-Identifier: Apache-2.0
// Articles as editors write them: one JSON array per file, and what an article must look like. Pure.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/store/articles.h"

namespace minsheng::knowledge {

// Unknown keys and wrong types are refused; every problem of all articles stands in the error's text, one a
// line, with the number and id of the article.
Result<std::vector<store::ArticleText>> ReadArticleFile(std::string_view json, std::string_view file_name);
// The same form; readable, one key a line.
std::string WriteArticleFile(const std::vector<store::ArticleText>& articles);

// What there is besides articles. Either may be empty: then it is not checked.
struct Surroundings {
  std::function<bool(std::string_view topic)> has_topic;  // topic or category
  std::function<bool(std::string_view unit)> has_unit;
};

struct ArticleProblem {
  std::string article;
  bool blocks_draft = true;  // false: only publishing
  std::string zh;
  std::string en;
};
// A citizen reads the answer in a chat: kMaxAnswer characters fit into one message of every channel.
constexpr std::size_t kMaxAnswer = 600;
constexpr std::size_t kMaxTitle = 60;
constexpr std::size_t kMaxDetails = 10'000;
constexpr std::size_t kMaxQuestions = 40;
constexpr std::size_t kMaxQuestion = 100;
std::vector<ArticleProblem> CheckArticle(const store::ArticleText& text, const Surroundings& around);

// Texts hold "【请填写：…】" where only the district knows: such an article is never published.
bool HasBlanks(const store::ArticleText& text);

}  // namespace minsheng::knowledge
