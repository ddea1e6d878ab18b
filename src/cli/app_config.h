// SPDX-License-Identifier: Apache-2.0
// The configuration of one process, read once: config/minsheng.toml shows every key.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "channels/channel.h"
#include "src/base/config_reader.h"
#include "src/callback/options.h"
#include "src/chase/options.h"
#include "src/desk/letters.h"
#include "src/http/http.h"
#include "src/incidents/options.h"
#include "src/orders/calendar.h"
#include "src/orders/limits.h"
#include "src/router/decide.h"
#include "src/router/host.h"
#include "src/router/rules_holder.h"
#include "src/store/store.h"
#include "src/stream/stream.h"

namespace minsheng::cli {

struct MailConfig {  // how orders reach units by mail
  std::string smtp_url;
  std::string smtp_user;
  Secret smtp_password;
  std::string from;
  bool require_tls = true;
};

struct AppConfig {
  std::string data = "./var";
  std::string log_level = "info";
  std::string public_url;
  http::Server::Options http;
  std::string redis_url;  // empty: our own redis-server in the data folder
  std::string redis_user;
  Secret redis_password;
  int max_waiting = 1'000'000;
  std::string blobs_folder;  // empty: blobs in the data folder
  std::string store_url;     // empty: sqlite in the data folder
  Secret store_password;     // of PostgreSQL
  std::string master_key;
  std::string rules_folder;  // empty: the shipped RuleSet
  std::string units_file;    // empty: the shipped one
  std::string catalogue_file;
  std::string calendar_folder;  // files that are added to the shipped Calendar, or replace those of their name
  std::string limits_file;      // empty: the shipped one
  std::string forms_file;       // the same
  desk::LetterOptions letters;
  int workers = 2;
  int senders = 4;
  std::vector<std::string> allow_private_hosts;
  MailConfig mail;
  router::Policy policy;
  bool check_answers = true;  // a unit's answer goes out when the hotline has checked it
  chase::Options chase;
  incidents::Options incidents;
  callback::Options call_back;  // without what CallBackOptions adds
  std::unique_ptr<http::Client> client;
  std::vector<router::Account> accounts;
  std::string described;  // every key with its default
};

// Those who only read the store need no secret of a channel or mail server: kStore leaves both out.
enum class Scope { kEverything, kStore };

// path "" = the built-in configuration: `demo` with one account of every channel, else none.
// data "" = what the file says. Errors list every problem, in `language`.
Result<AppConfig> LoadConfig(const std::string& path, bool demo, const std::string& data, const std::string& language,
                             Scope scope = Scope::kEverything);

// Everything below `rules_folder`, or the shipped files.
Result<std::vector<rules::SourceFile>> RuleFiles(const AppConfig& config);
// Units and Catalogue, checked against the topics of `rules`.
// Text of the configured catalogue.json, or of the built-in one.
Result<std::string> CatalogueText(const AppConfig& config);
Result<std::string> UnitsText(const AppConfig& config);  // the same of units.json
Result<std::shared_ptr<const orders::Catalogue>> LoadCatalogue(const AppConfig& config, const rules::RuleSet& rules);
// The shipped years, each replaced by the file of its name in `calendar_folder`, and what else is there.
Result<std::shared_ptr<const orders::Calendar>> LoadCalendar(const AppConfig& config);
// Checked against the topics of `rules`.
Result<std::shared_ptr<const orders::Limits>> LoadLimits(const AppConfig& config, const rules::RuleSet& rules);
// Catalogue, limits and Calendar, checked against the topics of `rules`.
Result<router::Guide> LoadGuide(const AppConfig& config, const rules::RuleSet& rules);
// Checked against the topics of `rules` and these units.
Result<std::shared_ptr<const forms::Forms>> LoadForms(const AppConfig& config, const rules::RuleSet& rules,
                                                      const orders::Catalogue& catalogue);
// The units alone, for a start without a usable RuleSet.
Result<std::shared_ptr<const orders::Catalogue>> LoadUnits(const AppConfig& config);

// The stream of the system that `config` describes, also when it runs in another process. `owner`: stream::Options.
stream::Options StreamOptions(const AppConfig& config, std::string owner);
std::string StoreUrl(const AppConfig& config);
// What StoreUrl needs beside it. `owner`: StoreOptions.
store::StoreOptions StoreAccess(const AppConfig& config, std::string owner = "");
// With the address for links and the windows of the accounts; `config` must outlive it.
callback::Options CallBackOptions(const AppConfig& config);
std::string BlobsFolder(const AppConfig& config);
std::string MasterKeySource(const AppConfig& config);  // of StoreOptions

}  // namespace minsheng::cli
