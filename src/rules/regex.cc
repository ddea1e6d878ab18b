// SPDX-License-Identifier: Apache-2.0
#include "src/rules/regex.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>

#include "src/text/fold.h"
#include "src/text/utf8.h"

namespace minsheng::rules {
namespace {

constexpr std::int64_t kRegexMemory = 8 << 20;
constexpr std::size_t kMinLiteralChars = 2;
constexpr int kMinAtomBytes = 2;

re2::RE2::Options RegexOptions() {
  re2::RE2::Options options;
  options.set_max_mem(kRegexMemory);
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  return options;
}

// What to do about a fault, if it is one that has a way around it.
RegexFault Remedy(const re2::RE2& re) {
  const std::string& what = re.error_arg();
  const auto begins = [&](std::string_view mark) { return what.compare(0, mark.size(), mark) == 0; };
  const bool look_around = begins("(?=") || begins("(?!") || begins("(?<");
  const bool back_reference =
      what.size() == 2 && what[0] == '\\' && (what[1] == 'k' || (what[1] > '0' && what[1] <= '9'));
  if (look_around || back_reference) {
    return {"；这里的正则没有前后查看和反向引用（那样会慢到没有上限），请改用 & 和 !，例如 /路灯坏/ & !修好",
            "; there are neither look-arounds nor back references here (they have no bound on time); use & and !, e.g. "
            "/路灯坏/ & !修好"};
  }
  const auto code = re.error_code();
  if (code == re2::RE2::ErrorRepeatSize || code == re2::RE2::ErrorPatternTooLarge) {
    return {"；重复次数太多，请改用 ~N 或写少一些", "; too many repetitions: use ~N, or fewer"};
  }
  return {};
}

// Whether every match needs one of the atoms outside `without`, as RE2's prefilter sees it.
bool NeedsOneOutside(const re2::FilteredRE2& filter, const std::vector<int>& without) {
  std::vector<int> potentials;
  filter.AllPotentials(without, &potentials);
  return potentials.empty();
}

// A small set of atoms (2 characters or more) of which one stands in every match; empty if there
// is none. RE2 tells which atoms make a match possible; an atom that can be left out is left out,
// short ones first.
std::vector<std::string> RequiredLiterals(const std::string& pattern) {
  re2::FilteredRE2 filter(kMinAtomBytes);
  int id = 0;
  if (filter.Add(pattern, RegexOptions(), &id) != re2::RE2::NoError) return {};
  std::vector<std::string> atoms;
  filter.Compile(&atoms);
  std::vector<int> order;
  std::vector<int> without;  // taken as always there
  for (int i = 0; i < static_cast<int>(atoms.size()); ++i) {
    const bool searchable = text::CountChars(atoms[static_cast<std::size_t>(i)]) >= kMinLiteralChars &&
                            text::FoldToUtf8(atoms[static_cast<std::size_t>(i)]) == atoms[static_cast<std::size_t>(i)];
    (searchable ? order : without).push_back(i);
  }
  if (order.empty() || !NeedsOneOutside(filter, without)) return {};
  const auto chars = [&](int i) { return text::CountChars(atoms[static_cast<std::size_t>(i)]); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return chars(a) < chars(b); });
  std::vector<std::string> literals;
  for (const int atom : order) {
    std::vector<int> tried = without;
    tried.push_back(atom);
    std::sort(tried.begin(), tried.end());
    if (NeedsOneOutside(filter, tried)) {
      without = std::move(tried);
    } else {
      literals.push_back(atoms[static_cast<std::size_t>(atom)]);
    }
  }
  return literals;
}

}  // namespace

struct Regex::Compiled {
  explicit Compiled(const std::string& pattern) : re(pattern, RegexOptions()) {}
  re2::RE2 re;
};

Regex::Regex() = default;
Regex::~Regex() = default;

std::string FoldRegex(std::string_view source) {
  std::string out;
  for (std::size_t pos = 0; pos < source.size();) {
    const std::size_t at = pos;
    const char32_t c = text::NextCodePoint(source, &pos);
    const std::string_view piece = source.substr(at, pos - at);
    if (c < 0x80) {
      out += piece;
      continue;
    }
    for (const char f : text::FoldToUtf8(piece)) {  // ： becomes an escaped colon, not syntax
      const bool plain = (f & 0x80) != 0 || (f >= '0' && f <= '9') || (f >= 'a' && f <= 'z');
      if (!plain) out.push_back('\\');
      out.push_back(f);
    }
  }
  return out;
}

std::shared_ptr<const Regex> Regex::Make(std::string_view source, RegexFault* fault, int most_program) {
  const std::string pattern = FoldRegex(source);
  const std::shared_ptr<Regex> regex(new Regex);
  regex->compiled_ = std::make_unique<Compiled>(pattern);
  const re2::RE2& re = regex->compiled_->re;
  if (!re.ok()) {
    const RegexFault remedy = Remedy(re);
    fault->zh = "正则表达式有错：" + re.error() + "（" + re.error_arg() + "）" + remedy.zh;
    fault->en = "bad regular expression: " + re.error() + " (" + re.error_arg() + ")" + remedy.en;
    return nullptr;
  }
  if (re.ProgramSize() > most_program) {
    fault->zh = "正则表达式展开后太大；重复次数太多，请改用 ~N 或写少一些";
    fault->en = "the regular expression is too large when its repetitions are written out: use ~N, or fewer";
    return nullptr;
  }
  regex->literals_ = RequiredLiterals(pattern);
  if (regex->literals_.empty()) {
    fault->zh =
        "正则表达式里没有必定出现的词（至少连续两个字），它会在每条消息上运行；请加上这样的词，或者改用普通词和 ~N";
    fault->en =
        "the regular expression has no literal of 2 or more characters that every match contains, so it would run on "
        "every message; add one, or use terms and ~N";
    return nullptr;
  }
  return regex;
}

bool Regex::Matches(std::string_view folded_utf8) const {
  return re2::RE2::PartialMatch({folded_utf8.data(), folded_utf8.size()}, compiled_->re);
}

std::vector<std::pair<std::size_t, std::size_t>> Regex::Find(std::string_view folded_utf8, std::size_t most) const {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  Find(folded_utf8, most, &found);
  return found;
}

void Regex::Find(std::string_view folded_utf8, std::size_t most,
                 std::vector<std::pair<std::size_t, std::size_t>>* out) const {
  out->clear();
  const re2::StringPiece text(folded_utf8.data(), folded_utf8.size());
  re2::StringPiece match;
  std::size_t from = 0;
  while (out->size() < most && from <= text.size() &&
         compiled_->re.Match(text, from, text.size(), re2::RE2::UNANCHORED, &match, 1)) {
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    const std::size_t end = begin + match.size();
    if (!match.empty()) out->emplace_back(begin, end);
    from = match.empty() ? end + 1 : end;
  }
}

}  // namespace minsheng::rules
