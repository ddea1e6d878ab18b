// SPDX-License-Identifier: Apache-2.0
// ArticleAsker: asks the unit that answers for an article to look at it, once when its days are about to end, once
// when they have ended, and once for every year in which nobody confirmed it. By the clock, one thread.
#pragma once
#include <string>

#include "src/router/decide.h"
#include "src/store/store.h"

namespace minsheng::router {

class ArticleAsker {
 public:
  static constexpr int kSoonDays = 30;  // before the last day
  static constexpr int kMostAtOnce = 20;

  explicit ArticleAsker(store::Store& store) : store_(store) {}

  // Asks for what is due, at most kMostAtOnce units' articles; how many. Cheap when neither the articles nor the day
  // changed since everything was asked for. Several processes may do it at once: each question goes out once.
  Result<int> Step(const Knowledge& knowledge, Time now);

 private:
  store::Store& store_;
  std::int64_t stamp_ = -1;  // of the articles, and
  std::string day_;          // the day, for which everything was asked
};

}  // namespace minsheng::router
