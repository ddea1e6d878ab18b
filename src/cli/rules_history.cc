// SPDX-License-Identifier: Apache-2.0
#include "src/cli/rules_history.h"

#include <fmt/format.h>

#include <charconv>

#include "src/router/rules_holder.h"
#include "src/text/redact.h"
#include "src/text/utf8.h"

namespace minsheng::cli {
namespace {

constexpr std::chrono::hours kBeijingOffset{8};
constexpr std::int64_t kTellEvery = 20'000;

std::optional<std::chrono::sys_days> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t n) {
    int value = -1;
    const auto* const end = text.data() + at + n;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && stop == end ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1970 || month < 0 || day < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace

Result<LoadedRules> CompileRules(const Context& context, std::vector<rules::SourceFile> files, std::int64_t version,
                                 std::string name) {
  auto compiled = rules::RuleSet::Compile(files, version);
  if (compiled.set) return LoadedRules{std::move(files), std::move(compiled.set), std::move(name)};
  std::string all = fmt::format("{} {}", name, context.Say("不能用：", "cannot be used:"));
  for (const auto& p : compiled.problems) {
    if (p.severity == rules::Severity::kError) all += "\n" + rules::Format(p, context.language);
  }
  return MakeError(ErrorKind::kInvalid, std::move(all));
}

Result<LoadedRules> LoadVersion(const Context& context, store::Store& store, std::int64_t version) {
  store::RuleSetRow row;
  if (version == 0) {
    auto active = store.ActiveRuleSet();
    if (!active) return Fail(active.error());
    if (!*active) {
      return MakeError(ErrorKind::kNotFound,
                       std::string(context.Say("库里还没有启用的规则集。请先运行 minsheng serve",
                                               "no RuleSet is active yet. Run minsheng serve first")));
    }
    row = std::move(**active);
  } else {
    auto found = store.GetRuleSet(version);
    if (!found) return Fail(found.error());
    row = std::move(*found);
  }
  auto files = router::DecodeFiles(row.files);
  if (!files) return Fail(files.error());
  return CompileRules(context, std::move(*files), row.version,
                      fmt::format(fmt::runtime(context.Say("第 {} 版", "version {}")), row.version));
}

Result<LoadedRules> LoadNamed(const Context& context, store::Store& store, const std::string& version_or_folder) {
  const auto version = VersionFrom(version_or_folder);
  return version > 0 ? LoadVersion(context, store, version) : LoadFolder(context, version_or_folder);
}

Result<LoadedRules> LoadFolder(const Context& context, const std::string& folder) {
  auto files = rules::ReadFolder(folder);
  if (!files) return Fail(files.error());
  return CompileRules(context, std::move(*files), 0, folder);
}

Result<Days> ParseDays(const Context& context, const std::string& from, const std::string& to) {
  Days days;
  for (const auto* text : {&from, &to}) {
    if (text->empty()) continue;
    const auto day = ParseDay(*text);
    if (!day) {
      return MakeError(ErrorKind::kInvalid,
                       fmt::format("{} {}", *text,
                                   context.Say("不是日期，请写成 2015-08-10", "is no date; write it as 2015-08-10")));
    }
    const Time midnight = std::chrono::time_point_cast<Millis>(*day) - kBeijingOffset;
    if (text == &from) {
      days.begin = midnight;
    } else {
      days.end = midnight + std::chrono::days(1);
    }
  }
  return days;
}

router::HistoryOptions OptionsOf(const Context& context, const Days& days, int threads) {
  router::HistoryOptions options;
  options.from = days.begin;
  options.to = days.end;
  options.threads = threads;
  options.progress = [told = std::int64_t{0}, &context](std::int64_t read) mutable {
    if (read / kTellEvery > told / kTellEvery) {
      PrintErr(fmt::format(fmt::runtime(context.Say("已读 {} 件诉求……", "{} requests read …")), read));
    }
    told = read;
    return true;
  };
  return options;
}

std::string Masked(std::string_view words, std::size_t characters) {
  return text::Truncate(OnOneLine(text::Redact(words)), characters);
}

}  // namespace minsheng::cli
