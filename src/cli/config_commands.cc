// SPDX-License-Identifier: Apache-2.0
// minsheng config check|describe
#include <fmt/format.h>

#include "src/chase/sweep.h"
#include "src/cli/cli.h"
#include "src/router/unit_webhook.h"

namespace minsheng::cli {

// Reads everything that a start would read: configuration, RuleSet, units, Catalogue, Calendar, limits and forms.
int ConfigCheck(const Context& context) {
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language);
  if (!config) {
    PrintErr(config.error().what);
    return kConfig;
  }
  const auto files = RuleFiles(*config);
  if (!files) {
    PrintErr(files.error().what);
    return kConfig;
  }
  const auto compiled = rules::RuleSet::Compile(*files);
  for (const auto& p : compiled.problems) {
    if (p.severity != rules::Severity::kNote) PrintErr(rules::Format(p, context.language));
  }
  if (!compiled.set) return kConfig;
  const auto catalogue = LoadCatalogue(*config, *compiled.set);
  if (!catalogue) {
    PrintErr(catalogue.error().what);
    return kConfig;
  }
  const auto calendar = LoadCalendar(*config);
  if (!calendar) PrintErr(calendar.error().what);
  const auto limits = LoadLimits(*config, *compiled.set);
  if (!limits) PrintErr(limits.error().what);
  const auto forms = LoadForms(*config, *compiled.set, **catalogue);
  if (!forms) PrintErr(forms.error().what);
  if (!calendar || !limits || !forms) return kConfig;
  const auto hooks = router::UnitWebhooks::Make(**catalogue, *config->client, SystemClock());
  if (!hooks) {
    PrintErr(hooks.error().what);
    return kConfig;
  }
  // A warning: all that is there is good.
  if (const auto missing = chase::MissingYear(**calendar, SystemClock().Now()); !missing.empty()) PrintErr(missing);
  Print(fmt::format("{} {}  {} {}  {} {}  {} {}—{}  {} {}  {} {}",
                    context.Say("配置无误。渠道账号", "configuration ok. channel accounts"), config->accounts.size(),
                    context.Say("规则", "rules"), compiled.set->rule_count(), context.Say("承办单位", "units"),
                    (*catalogue)->units().size(), context.Say("工作日历", "Calendar"), (*calendar)->first_year(),
                    (*calendar)->last_year(), context.Say("时限", "limits"), (*limits)->rows().size(),
                    context.Say("表单", "forms"), (*forms)->forms().size()));
  return kOk;
}

int ConfigDescribe(const Context& context) {
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language);
  if (!config) {
    PrintErr(config.error().what);
    return kConfig;
  }
  Print(config->described);
  return kOk;
}

}  // namespace minsheng::cli
