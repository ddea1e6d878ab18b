// SPDX-License-Identifier: Apache-2.0
#include "src/rules/sources_lists.h"

#include <fmt/format.h>

#include <set>

#include "src/rules/hint.h"
#include "src/text/fold.h"

namespace minsheng::rules {
namespace {

constexpr std::size_t kMaxListDepth = 16;             // a list in a list in a list ...
constexpr std::size_t kMaxIncludedTerms = 1'000'000;  // of all lists together, with what they include

class ListExpander {
 public:
  ListExpander(Reporter* reporter, Sources* out) : reporter_(*reporter), lists_(out->lists) {}

  void Run() {
    std::map<std::string, std::vector<std::string>> expanded;
    for (const auto& [name, list] : lists_) {
      std::set<std::string> path;
      std::set<std::string> taken;
      std::set<std::u16string> seen;
      Collect(name, &path, &taken, &seen, &expanded[name]);
      if (too_many_) break;
    }
    for (auto& [name, terms] : expanded) lists_[name].terms = std::move(terms);
  }

 private:
  // `path`: lists that are being read; `taken`: lists that have been read for this one.
  void Collect(const std::string& name, std::set<std::string>* path, std::set<std::string>* taken,
               std::set<std::u16string>* seen, std::vector<std::string>* out) {
    if (!taken->insert(name).second) return;
    path->insert(name);
    const ListSource& list = lists_.at(name);
    total_ += list.terms.size();
    if (total_ > kMaxIncludedTerms && path->size() > 1) return TooMany(list.spot);
    for (const std::string& term : list.terms) {
      if (seen->insert(text::FoldToUnits(term)).second) out->push_back(term);
    }
    for (const ListSource::Include& include : list.includes) {
      if (lists_.count(include.list) == 0) {
        if (path->size() == 1) Unknown(include);  // once, where it is written
      } else if (path->count(include.list) > 0) {
        Circle(name, include);
      } else if (path->size() == kMaxListDepth) {
        reporter_.Error(include.spot, "out-of-range", fmt::format("词表最多包含 {} 层", kMaxListDepth),
                        fmt::format("lists include each other at most {} deep", kMaxListDepth));
      } else {
        Collect(include.list, path, taken, seen, out);
      }
    }
    path->erase(name);
  }

  void TooMany(const Spot& spot) {
    if (too_many_) return;
    too_many_ = true;
    reporter_.Error(spot, "out-of-range", fmt::format("词表连同所包含的超过 {} 个词", kMaxIncludedTerms),
                    fmt::format("the lists with what they include have more than {} terms", kMaxIncludedTerms));
  }

  void Unknown(const ListSource::Include& include) {
    std::vector<std::string_view> known;
    for (const auto& [name, list] : lists_) known.push_back(name);
    const std::string hint = NearestWord(include.list, known);
    reporter_.Error(
        include.spot, "unknown-list",
        fmt::format("没有词表“{}”{}", include.list, hint.empty() ? "" : "，是不是“" + hint + "”？"),
        fmt::format("there is no list '{}'{}", include.list, hint.empty() ? "" : ", did you mean '" + hint + "'?"));
  }

  void Circle(const std::string& name, const ListSource::Include& include) {
    if (!circles_.emplace(name, include.list).second) return;
    reporter_.Error(include.spot, "list-circle", fmt::format("词表“{}”绕了一圈又包含自己，请删去这一项", name),
                    fmt::format("list '{}' includes itself in a circle; remove this entry", name));
  }

  Reporter& reporter_;
  std::map<std::string, ListSource>& lists_;
  std::set<std::pair<std::string, std::string>> circles_;
  std::size_t total_ = 0;
  bool too_many_ = false;
};

}  // namespace

void ExpandLists(Reporter* reporter, Sources* out) { ListExpander(reporter, out).Run(); }

}  // namespace minsheng::rules
