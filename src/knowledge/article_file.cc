// SPDX-License-Identifier: Apache-2.0
#include "src/knowledge/article_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "src/text/utf8.h"

namespace minsheng::knowledge {
namespace {

using Json = nlohmann::ordered_json;
using store::ArticleText;

constexpr std::string_view kBlank = "【请填写";

const std::map<std::string_view, std::string ArticleText::*>& TextKeys() {
  static const std::map<std::string_view, std::string ArticleText::*> keys = {{"id", &ArticleText::id},
                                                                              {"title", &ArticleText::title},
                                                                              {"answer", &ArticleText::answer},
                                                                              {"details", &ArticleText::details},
                                                                              {"topic", &ArticleText::topic},
                                                                              {"unit", &ArticleText::unit},
                                                                              {"owner", &ArticleText::owner},
                                                                              {"valid_from", &ArticleText::valid_from},
                                                                              {"valid_to", &ArticleText::valid_to},
                                                                              {"source", &ArticleText::source}};
  return keys;
}
const std::map<std::string_view, std::vector<std::string> ArticleText::*>& ListKeys() {
  static const std::map<std::string_view, std::vector<std::string> ArticleText::*> keys = {
      {"questions", &ArticleText::questions}, {"tags", &ArticleText::tags}};
  return keys;
}

bool ReadTexts(const Json& value, std::vector<std::string>* out) {
  if (!value.is_array()) return false;
  for (const Json& item : value) {
    if (!item.is_string()) return false;
    out->push_back(item.get<std::string>());
  }
  return true;
}

ArticleText ReadArticleObject(const Json& object, const std::string& where, std::string* problems) {
  ArticleText text;
  const auto note = [&](const std::string& zh, const std::string& en) {
    *problems += (problems->empty() ? "" : "\n") + where + zh + " / " + en;
  };
  if (!object.is_object()) {
    note("不是一个对象 {…}", "is no object {...}");
    return text;
  }
  for (const auto& [key, value] : object.items()) {
    const auto as_text = TextKeys().find(key);
    const auto as_list = ListKeys().find(key);
    if (as_text != TextKeys().end()) {
      if (value.is_string()) {
        text.*(as_text->second) = value.get<std::string>();
      } else {
        note(fmt::format("“{}”应是文字", key), fmt::format("'{}' must be a text", key));
      }
    } else if (as_list != ListKeys().end()) {
      if (!ReadTexts(value, &(text.*(as_list->second))))
        note(fmt::format("“{}”应是文字的数组", key), fmt::format("'{}' must be a list of texts", key));
    } else {
      note(fmt::format("不认识“{}”", key), fmt::format("there is no key '{}'", key));
    }
  }
  return text;
}

bool IsDay(const std::string& day) {
  if (day.size() != 10 || day[4] != '-' || day[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t n) {
    int value = 0;
    for (std::size_t i = at; i < at + n; ++i) {
      if (day[i] < '0' || day[i] > '9') return -1;
      value = value * 10 + (day[i] - '0');
    }
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  return number(0, 4) > 0 && date.ok();
}

bool IsArticleId(const std::string& id) {
  return !id.empty() && id.size() <= 80 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

class Checker {
 public:
  Checker(const ArticleText& text, std::vector<ArticleProblem>* out) : t_(text), out_(*out) {}

  void Form() {
    if (!IsArticleId(t_.id))
      Add("编号（id）只用小写字母、数字、- 和 .", "its id may hold lower-case letters, digits, '-' and '.'");
    Length("title", "标题", t_.title, 1, kMaxTitle);
    Length("answer", "答复", t_.answer, 1, kMaxAnswer);
    Length("details", "详细说明", t_.details, 0, kMaxDetails);
    Length("source", "依据", t_.source, 0, 1'000);
    Length("owner", "责任人", t_.owner, 0, 60);
    if (t_.questions.size() > kMaxQuestions) {
      Add(fmt::format("问法（questions）最多 {} 条", kMaxQuestions),
          fmt::format("at most {} questions", kMaxQuestions));
    }
    for (const auto& question : t_.questions) Length("questions", "问法", question, 1, kMaxQuestion);
    for (const auto& tag : t_.tags) Length("tags", "标签", tag, 1, 30);
    Days();
  }

  void Names(const Surroundings& around) {
    if (t_.topic.empty() || (around.has_topic && !around.has_topic(t_.topic)))
      Add(fmt::format("没有事项或类别“{}”（topic）", t_.topic),
          fmt::format("there is no topic or category '{}'", t_.topic));
    if (t_.unit.empty() || (around.has_unit && !around.has_unit(t_.unit)))
      Add(fmt::format("没有单位“{}”（unit），须写明谁对内容负责", t_.unit),
          fmt::format("there is no unit '{}'; some unit must answer for the content", t_.unit));
  }

  void ForPublishing() {
    if (HasBlanks(t_))
      Add("还有“【请填写…】”没有填，不能发布", "something marked 【请填写…】 is still to be filled in", false);
    if (t_.source.empty()) Add("没有写依据（source），不能发布", "it does not say what it rests on (source)", false);
  }

 private:
  void Add(std::string zh, std::string en, bool blocks_draft = true) {
    out_.push_back({t_.id, blocks_draft, std::move(zh), std::move(en)});
  }
  void Length(std::string_view key, std::string_view zh, const std::string& text, std::size_t least, std::size_t most) {
    const auto chars = text::CountChars(text::Trim(text));
    if (chars < least) Add(fmt::format("没有写{}（{}）", zh, key), fmt::format("'{}' is missing", key));
    if (chars > most)
      Add(fmt::format("{}（{}）有 {} 字，最多 {} 字", zh, key, chars, most),
          fmt::format("'{}' has {} characters, at most {} are allowed", key, chars, most));
  }
  void Days() {
    for (const auto* const day : {&t_.valid_from, &t_.valid_to}) {
      if (!day->empty() && !IsDay(*day))
        Add(fmt::format("日期“{}”应写成 2026-12-31", *day), fmt::format("the day '{}' must be like 2026-12-31", *day));
    }
    if (!t_.valid_from.empty() && !t_.valid_to.empty() && t_.valid_to < t_.valid_from)
      Add("有效期的止日早于起日", "its last valid day is before the first");
  }

  const ArticleText& t_;
  std::vector<ArticleProblem>& out_;
};

}  // namespace

Result<std::vector<ArticleText>> ReadArticleFile(std::string_view json, std::string_view file_name) {
  std::string why;
  Json root;
  try {
    root = Json::parse(json);
  } catch (const nlohmann::json::exception& e) {
    return MakeError(ErrorKind::kInvalid, fmt::format("{}: {}", file_name, e.what()));
  }
  if (!root.is_array()) {
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("{}: 应是条目的数组 […] / must be an array of articles", file_name));
  }
  std::vector<ArticleText> articles;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < root.size(); ++i) {
    const std::string id = root[i].is_object() && root[i].contains("id") && root[i]["id"].is_string()
                               ? root[i]["id"].get<std::string>()
                               : std::string();
    const auto where = fmt::format("{}: {} {}: ", file_name, i + 1, id);
    articles.push_back(ReadArticleObject(root[i], where, &why));
    if (!id.empty() && !seen.insert(id).second)
      why += (why.empty() ? "" : "\n") + where + "编号重复 / the id is used twice";
    for (const auto& p : CheckArticle(articles.back(), {})) {
      if (p.blocks_draft) why += (why.empty() ? "" : "\n") + where + p.zh + " / " + p.en;
    }
  }
  if (!why.empty()) return MakeError(ErrorKind::kInvalid, why);
  return articles;
}

std::string WriteArticleFile(const std::vector<ArticleText>& articles) {
  auto root = Json::array();
  for (const ArticleText& t : articles) {
    Json j{{"id", t.id},
           {"title", t.title},
           {"questions", t.questions},
           {"answer", t.answer},
           {"details", t.details},
           {"topic", t.topic},
           {"unit", t.unit},
           {"owner", t.owner},
           {"valid_from", t.valid_from},
           {"valid_to", t.valid_to},
           {"source", t.source},
           {"tags", t.tags}};
    for (const char* key : {"details", "owner", "valid_from", "valid_to", "source"}) {
      if (j[key] == "") j.erase(key);
    }
    for (const char* key : {"questions", "tags"}) {
      if (j[key].empty()) j.erase(key);
    }
    root.push_back(std::move(j));
  }
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<ArticleProblem> CheckArticle(const ArticleText& text, const Surroundings& around) {
  std::vector<ArticleProblem> problems;
  Checker checker(text, &problems);
  checker.Form();
  checker.Names(around);
  checker.ForPublishing();
  return problems;
}

bool HasBlanks(const ArticleText& text) {
  for (const std::string* part : {&text.title, &text.answer, &text.details, &text.owner, &text.source}) {
    if (part->find(kBlank) != std::string::npos) return true;
  }
  return false;
}

}  // namespace minsheng::knowledge
