// SPDX-License-Identifier: Apache-2.0
// Keys of the configuration about chasing orders.
#include "src/cli/chase_config.h"

#include "src/orders/civil.h"

namespace minsheng::cli {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;

std::vector<std::string> Words(const std::vector<orders::Period>& periods) {
  std::vector<std::string> out;
  for (const auto& period : periods) out.push_back(ToText(period));
  return out;
}

void ReadPeriods(ConfigSection& section, std::string_view key, std::vector<orders::Period>* out,
                 std::string_view help) {
  auto words = Words(*out);
  section.Texts(key, &words, help);
  out->clear();
  for (const auto& word : words) {
    const auto period = orders::ParsePeriod(word);
    if (!period || period->amount == 0) {
      section.Problem(key, "“" + word + "”应为 5d、3wd、24h 之类", word + " must be like 5d, 3wd or 24h");
    } else {
      out->push_back(*period);
    }
  }
}

void ReadPeriod(ConfigSection& section, std::string_view key, std::optional<orders::Period>* out,
                std::string_view help) {
  std::string word = *out ? ToText(**out) : "";
  section.Text(key, &word, help);
  *out = word.empty() ? std::nullopt : orders::ParsePeriod(word);
  if (!word.empty() && !*out)
    section.Problem(key, "应为 8d、1wd、2h 之类，空 = 从不", "must be like 8d, 1wd or 2h; empty = never");
}

void ReadQuietHours(ConfigSection& section, chase::Options* o) {
  std::string text = "21:00-08:00";
  section.Text("quiet_hours", &text,
               "from-to in Asia/Shanghai: nobody is reminded then, except about emergencies; empty = at any hour");
  if (text.empty()) {
    o->quiet_from = o->quiet_to = std::chrono::minutes{0};
    return;
  }
  const auto dash = text.find('-');
  const auto from = orders::ParseTimeOfDay(std::string_view(text).substr(0, dash));
  const auto to =
      dash == std::string::npos ? std::nullopt : orders::ParseTimeOfDay(std::string_view(text).substr(dash + 1));
  if (!from || !to) {
    section.Problem("quiet_hours", "应为 21:00-08:00 之类", "must be like 21:00-08:00");
    return;
  }
  o->quiet_from = *from;
  o->quiet_to = *to;
}

}  // namespace

void ReadChase(ConfigSection& orders, ConfigSection& root, chase::Options* o) {
  ReadPeriods(orders, "remind_after", &o->remind_after[0],
              "an order that its unit has not looked at is reminded of so long after it came there, by notice and by "
              "telephone; like 5d, 3wd, 24h");
  ReadPeriods(orders, "remind_urgent_after", &o->remind_after[1], "the same for urgent orders");
  ReadPeriods(orders, "remind_emergency_after", &o->remind_after[2], "the same for emergencies");
  ReadPeriod(orders, "supervise_not_viewed", &o->supervise_not_viewed,
             "supervision of an order that is still not looked at, so long after it came to its unit; empty = never");
  ReadPeriod(orders, "supervise_overdue", &o->supervise_overdue,
             "supervision of an order without an answer, so long after the red warning; empty = never");
  ReadQuietHours(orders, o);
  auto section = root.Table("perfunctory", "Answers and refusals that deserve a second look (docs/orders.md)");
  auto& c = o->checks;
  section.Bool("no_contact", &c.no_contact, "nobody spoke with the citizen before the answer")
      .Int("least_shared_words", &c.least_shared_words, 0, 100,
           "pairs of characters that request and answer must share; 0 = not checked")
      .Bool("retyped", &c.retyped, "a complaint was made a consultation before the answer")
      .Duration("hasty_answer", &c.hasty_answer, 0min, 24h, "answered sooner than this after signing; 0 = not checked")
      .Duration("hasty_close", &c.hasty_close, 0min, 24h,
                "closed sooner than this after the answer, without a call-back; 0 = not checked")
      .Int("template_uses", &c.template_uses, 0, 10'000,
           "other orders that the unit answered in the same words; 0 = not checked")
      .Bool("same_answer", &c.same_answer, "after a redo, the answer of before")
      .Bool("refused_before", &c.refused_before,
            "returned as not ours, though the unit had to keep such matters before")
      .Duration("history", &c.history, 24h, 24h * 365, "how far template_uses and refused_before look back")
      .Int("supervise_from", &c.supervise_from, 0, 10,
           "flags of one answer that put the order under supervision; 0 = never");
}

}  // namespace minsheng::cli
