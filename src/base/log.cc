// SPDX-License-Identifier: Apache-2.0
#include "src/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "src/base/clock.h"

namespace minsheng::log {
namespace {

spdlog::logger& Logger() {
  static const auto logger = [] {
    auto l = spdlog::stderr_logger_mt("minsheng");
    l->set_pattern("%v");
    l->flush_on(spdlog::level::info);
    return l;
  }();
  return *logger;
}

// Runs of eleven digits and more are most likely a telephone or identity number.
std::string Masked(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const bool in_word = (i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0) ||
                         (end < text.size() && std::isalpha(static_cast<unsigned char>(text[end])) != 0);
    if (end - i >= 11 && !in_word)
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(i) + 3, text.begin() + static_cast<std::ptrdiff_t>(end) - 2,
                '*');
    i = std::max(end, i) + 1;
  }
  return text;
}

void Write(spdlog::level::level_enum level, std::string_view event, Fields fields) {
  if (!Logger().should_log(level)) return;
  nlohmann::ordered_json line;
  line["at"] = IsoUtc(SystemClock().Now());
  line["level"] = spdlog::level::to_string_view(level).data();
  line["event"] = event;
  for (const auto& f : fields) {
    std::visit(
        [&](const auto& v) {
          // Nobody's field may pose as one of the line's own.
          if (f.key == "at" || f.key == "level" || f.key == "event") return;
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
            line[std::string(f.key)] = Masked(v);
          } else {
            line[std::string(f.key)] = v;
          }
        },
        f.value);
  }
  Logger().log(level, line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void SetLevel(Level level) {
  static constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                          spdlog::level::warn, spdlog::level::err, spdlog::level::off};
  Logger().set_level(kLevels[static_cast<int>(level)]);
}

void Debug(std::string_view event, Fields fields) { Write(spdlog::level::debug, event, fields); }
void Info(std::string_view event, Fields fields) { Write(spdlog::level::info, event, fields); }
void Warn(std::string_view event, Fields fields) { Write(spdlog::level::warn, event, fields); }
void Error(std::string_view event, Fields fields) { Write(spdlog::level::err, event, fields); }

}  // namespace minsheng::log
