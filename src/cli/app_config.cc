// SPDX-License-Identifier: Apache-2.0
#include "src/cli/app_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "src/base/embedded.h"
#include "src/cli/chase_config.h"
#include "src/cli/conversation_config.h"
#include "src/forms/letters.h"

namespace minsheng::cli {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

void ReadAccounts(ConfigSection& root, AppConfig& config) {
  auto talks = std::make_shared<router::Talks>(*config.policy.talks);
  for (auto& section : root.Tables("channel", "One account of a channel")) {
    std::string type;
    std::string account = "main";
    section.Text("type", &type, "kind of channel: phone, wechat, weibo or email")
        .Text("account", &account, "name of this account in addresses (/hook/<type>/<account>) and lists");
    const auto* const known = FindChannelType(type);
    if (known == nullptr) {
      std::string names;
      for (const auto& t : AllChannelTypes()) names += (names.empty() ? "" : ", ") + std::string(t.name);
      section.Problem("type", "没有这种渠道，可用：" + names, "no such channel; there are: " + names);
      continue;
    }
    if (account.empty() || account.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") != std::string::npos) {
      section.Problem("account", "只能用小写字母、数字、- 和 _", "only lower-case letters, digits, - and _");
    }
    if (router::FindAccount(config.accounts, type, account) != nullptr) {
      section.Problem("account", "这个渠道已有同名账号", "this channel has an account of that name already");
    }
    if (known->chats) talks->chats[type + "/" + account] = ReadSettle(section);
    auto host = std::make_unique<router::Host>(type + "/" + account, SystemClock(), *config.client, config.data,
                                               config.public_url);
    auto adapter = known->make(section, *host);
    if (adapter) config.accounts.push_back({type, account, std::move(host), std::move(adapter)});
  }
  config.policy.talks = std::move(talks);
}

void ReadMail(ConfigSection& root, AppConfig& config) {
  auto mail = root.Table("mail", "Orders to units by e-mail");
  mail.Text("smtp_url", &config.mail.smtp_url, "smtp://host:587 or smtps://host:465; empty = none")
      .Text("smtp_user", &config.mail.smtp_user, "user name; empty = no login")
      .Secret_("smtp_password", &config.mail.smtp_password, "password of smtp_user")
      .Text("from", &config.mail.from, "sender address")
      .Bool("require_tls", &config.mail.require_tls, "refuse to send without TLS");
}

Result<std::string> ReadText(const std::string& path, std::string_view embedded) {
  if (path.empty()) return std::string(EmbeddedContent(embedded));
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, path + ": 读不到文件 / cannot read the file");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void ReadForms(ConfigSection& root, AppConfig& config) {
  auto section = root.Table("forms", "What a matter of a topic needs, and asking the citizen for it (docs/forms.md)");
  auto& ask = config.policy.ask;
  section.Text("file", &config.forms_file, "file of fields and forms; empty = the shipped one")
      .Texts("ask_channels", &ask.channels, "channels on which missing facts are asked for; [] = none")
      .Duration("ask_for", &ask.ask_for, 10s, 24h, "so long an order waits for the answers before it is dispatched")
      .Duration("answers_for", &ask.answers_for, 1min, 168h, "so long a message may be an answer")
      .Text("ask", &ask.words, "the question; {number} is the order's number, {questions} what is asked");
  if (ask.words.find("{questions}") == std::string::npos) {
    section.Problem("ask", "要有 {questions}，问题写在那里", "{questions} is missing: there the questions stand");
  }
  auto letters = root.Table("letters", "Answers to letters to the head of the district (docs/forms.md)");
  std::string file;
  letters.Text("pattern", &file, "file of the formal answer with its marks; empty = the shipped one")
      .Text("district", &config.letters.district, "name of the district")
      .Text("unit", &config.letters.unit, "who signs the answers");
  auto pattern = ReadText(file, "config/letter.txt");
  auto good = pattern ? forms::CheckLetterTemplate(*pattern) : Result<void>(Fail(pattern.error()));
  if (!good) {
    letters.Problem("pattern", good.error().what, good.error().what);
  } else {
    config.letters.pattern = std::move(*pattern);
  }
}

void ReadIncidents(ConfigSection& root, incidents::Options* o) {
  auto section = root.Table("incidents", "Grouping of requests about the same happening (docs/incidents.md)");
  auto families = incidents::DefaultFamilies();
  section.Duration("window", &o->window, 10min, 72h, "requests further apart than this do not meet")
      .Duration("longest", &o->longest, 1h, 720h, "nothing joins an incident that began longer ago")
      .Int("wide_places", &o->wide_places, 0, 8,
           "levels of the gazetteer, from the top, that say nothing about \"near\": city and district")
      .Int("max_entries", &o->max_entries, 1'000, 1'000'000, "newest requests that are held in memory for comparing")
      .Int("like_same_place", &o->like_same_place, 1, 100,
           "likeness of words in percent from which two requests of one topic at one place are about the same")
      .Int("like_same_town", &o->like_same_town, 1, 100, "the same when only the town is known to be the same")
      .Int("like_anywhere", &o->like_anywhere, 1, 100, "the same when one of them names no place")
      .Int("like_other_topic", &o->like_other_topic, 0, 100, "so much more when the topics differ")
      .Int("surge_callers", &o->surge_callers, 3, 1000, "callers within an hour from which a surge may open")
      .Int("surge_odds", &o->surge_odds, 10, 1'000'000'000,
           "and only if an ordinary hour brings so many by chance less than once in this number")
      .Int("alarm_first", &o->alarm_callers[0], 2, 2'000,
           "callers within an hour that raise an incident's alarm to level 1")
      .Int("alarm_second", &o->alarm_callers[1], 2, 2'000, "the same for level 2")
      .Int("alarm_third", &o->alarm_callers[2], 2, 2'000, "the same for level 3")
      .Int("alarm_odds", &o->alarm_odds, 10, 1'000'000'000, "as surge_odds, for alarms")
      .Int("expected_per_hour", &o->expected_per_hour, 1, 1000,
           "callers of a topic or family to expect in an hour while there is no history")
      .Int("history_days", &o->history_days, 3, 60, "past days that tell what is usual at this hour")
      .Texts("families", &families,
             "what one happening brings about: \"name: #tag topic ...\"; without tags: topics that are one matter");
  if (!(o->alarm_callers[0] < o->alarm_callers[1] && o->alarm_callers[1] < o->alarm_callers[2])) {
    section.Problem("alarm_second", "alarm_first、alarm_second、alarm_third 要依次变大",
                    "alarm_first, alarm_second and alarm_third must rise");
  }
  if (families.size() > 32) section.Problem("families", "最多 32 项", "at most 32");
  for (const auto& text : families) {
    auto family = incidents::ParseFamily(text);
    if (!family) {
      section.Problem("families", family.error().what, family.error().what);
    } else {
      o->families.push_back(std::move(*family));
    }
  }
}

void ReadCallBack(ConfigSection& root, callback::Options* o, std::string* thanks) {
  auto section = root.Table("callback", "Asking citizens whether their matter is solved (docs/callback.md)");
  std::string quiet = "21:00-08:00";
  section.Bool("on", &o->on, "ask after each checked answer")
      .Duration("after", &o->after, 0s, 30 * 24h, "how long after the answer was checked")
      .Int("tries", &o->tries, 1, 10, "telephone calls that reach nobody, before the order is closed as unreachable")
      .Duration("between", &o->between, 10min, 7 * 24h, "time between two calls")
      .Duration("answer_limit", &o->answer_limit, 1h, 30 * 24h,
                "how long a question by chat or mail waits for an answer")
      .Text("quiet", &quiet, "hours in which nobody is asked, \"21:00-08:00\"; empty = none")
      .Text("question", &o->question, "in chat; {number} is the order's number; the choices are 1 to 4")
      .Text("letter", &o->letter, "by mail; {number}, {link} and {days} are replaced")
      .Text("thanks", thanks, "after an answer in chat");
  const auto hours = callback::ParseQuietHours(quiet);
  if (!hours) {
    section.Problem("quiet", hours.error().what, hours.error().what);
  } else {
    o->quiet = *hours;
  }
  if (o->letter.find("{link}") == std::string::npos)
    section.Problem("letter", "要写上 {link}，否则没有可点的链接", "must hold {link}, or there is nothing to open");
}

void ReadSections(ConfigSection root, AppConfig& config, Scope scope) {
  root.Text("data", &config.data, "folder for everything that is kept")
      .Choice("log_level", &config.log_level, {"debug", "info", "warn", "error", "off"}, "least level that is logged")
      .Text("blobs", &config.blobs_folder,
            "folder of attachments; empty = blobs in the data folder. Processes that share a database share it")
      .Text("public_url", &config.public_url, "address under which citizens and platforms reach us; empty = none");
  auto web = root.Table("http", "The front. Anything but loopback belongs behind docker/nginx.conf");
  int threads = config.http.threads;
  web.Text("address", &config.http.address, "IPv4 address to listen on")
      .Int("port", &config.http.port, 0, 65535, "port to listen on; 0 = any free one")
      .Int("threads", &threads, 1, 16, "threads of the HTTP library")
      .Bytes("max_body", &config.http.max_body_bytes, 1024, 256U << 20, "longest body of a webhook call")
      .Int("max_in_flight", &config.http.max_in_flight, 1, 1'000'000,
           "open requests above which new ones are answered 503; at most half of the file descriptors");
  config.http.threads = threads;
  auto redis = root.Table("redis", "The inbound stream");
  redis.Text("url", &config.redis_url, "unix:/path or redis://host:port; empty = start our own in the data folder")
      .Text("user", &config.redis_user, "user of Redis (ACL); empty = its default user")
      .Secret_("password", &config.redis_password, "password of Redis; empty = no login")
      .Int("max_waiting", &config.max_waiting, 100, 100'000'000,
           "waiting messages above which new ones are answered 503");
  if (config.redis_url.starts_with("redis://") && config.redis_url.find('@') != std::string::npos) {
    redis.Problem("url", "这里不能写用户和密码，请用 redis.user 和 redis.password",
                  "no login may stand here: use redis.user and redis.password");
  }
  if (!config.redis_user.empty() && config.redis_password.empty()) {
    redis.Problem("user", "填了 user 就要填 password", "a user needs a password");
  }
  auto store = root.Table("store", "Orders and everything else that is kept");
  store
      .Text("url", &config.store_url,
            "sqlite:/path/file.db or postgresql://user@host:port/name (also host=/run/postgresql dbname=name); "
            "empty = minsheng.db in the data folder")
      .Secret_("password", &config.store_password, "password of PostgreSQL; empty = no login, or libpq's own files")
      .Text("master_key", &config.master_key,
            "where the master key is, above citizens' keys: \"file:/path\" or \"env:NAME\"; empty = master.key in the "
            "data folder, made at first start");
  if (const auto known = store::Store::CheckUrl(StoreUrl(config)); !known) {
    store.Problem("url",
                  "应为 sqlite:/路径、postgresql://用户@主机:端口/库名 或 host=... dbname=...；密码写在 store.password",
                  "must be sqlite:/path, postgresql://user@host:port/name or host=... dbname=...; a password stands in "
                  "store.password");
  }
  auto rule_set = root.Table("rules", "The RuleSet that seeds an empty store");
  rule_set.Text("folder", &config.rules_folder, "folder with the RuleSet; empty = the shipped one");
  auto dispatch = root.Table("dispatch", "Handing orders to units");
  dispatch.Text("units", &config.units_file, "file of the units; empty = the shipped one")
      .Text("catalogue", &config.catalogue_file,
            "file of the Catalogue (topic x place -> unit); empty = the shipped one")
      .Int("senders", &config.senders, 1, 64, "threads that send to units and citizens")
      .Texts("allow_private_hosts", &config.allow_private_hosts,
             "private addresses that may be called, as host or host:port; \"*\" = all");
  root.Table("deadlines", "Limits of orders and the working days they are counted in")
      .Text("calendar", &config.calendar_folder,
            "folder with files YEAR.json, added to the shipped Calendar or replacing its years; empty = none")
      .Text("limits", &config.limits_file, "file of the limits; empty = the shipped one");
  ReadForms(root, config);
  if (scope == Scope::kEverything) {
    ReadMail(root, config);
  } else {
    root.Ignore("mail");
  }
  auto texts = root.Table("replies", "What citizens are told without a person");
  texts.Bool("receipts", &config.policy.texts.receipts, "acknowledge each request")
      .Text("order_receipt", &config.policy.texts.order_receipt, "when an order was opened; {number} is its number")
      .Text("triage_receipt", &config.policy.texts.triage_receipt, "when a person has to look at it first")
      .Text("follow_up_receipt", &config.policy.texts.follow_up_receipt, "when words were attached to order {number}")
      .Text("question", &config.policy.texts.question, "when two may be meant; {choices}: their names with numbers");
  config.policy.talks = std::make_shared<router::Talks>(ReadTalks(root));
  auto orders = root.Table("orders", "The life of work orders");
  orders.Bool("check_answers", &config.check_answers,
              "a unit's answer goes to the citizen when the hotline has checked it; false: at once");
  ReadChase(orders, root, &config.chase);
  ReadCallBack(root, &config.call_back, &config.policy.texts.call_back_thanks);
  ReadIncidents(root, &config.incidents);
  auto worker = root.Table("worker", "Work on the stream");
  worker
      .Int("threads", &config.workers, 1, 32,
           "threads that read the stream and decide; while one commits, the others go on with other senders' messages")
      .Int("max_deliveries", &config.policy.max_deliveries, 2, 100,
           "how often work on an entry may begin before it is parked")
      .Duration("attach_window", &config.policy.attach_window, 1min, 720h,
                "how long a picture without words belongs to an earlier request");
}

std::vector<std::string> TopicsOf(const rules::RuleSet& rules) {
  std::vector<std::string> topics;
  for (const auto& t : rules.topics()) topics.push_back(t.id);
  return topics;
}

}  // namespace

Result<AppConfig> LoadConfig(const std::string& path, bool demo, const std::string& data, const std::string& language,
                             Scope scope) {
  constexpr std::string_view kDemo = "config/demo.toml";
  auto reader = !path.empty()
                    ? ConfigReader::FromFile(path)
                    : ConfigReader::FromText(demo ? EmbeddedContent(kDemo) : "", demo ? kDemo : "built-in", demo);
  if (!reader) return Fail(reader.error());
  AppConfig config;
  config.http.port = 12345;
  auto root = reader->Root();
  ReadSections(root, config, scope);
  if (!data.empty()) config.data = data;
  config.client = http::MakeCurlClient({config.allow_private_hosts});
  if (scope == Scope::kEverything) {
    ReadAccounts(root, config);
  } else {
    root.Ignore("channel");
  }
  if (demo && config.http.address != "127.0.0.1") {
    root.Table("http", "").Problem("address", "演示配置只能监听 127.0.0.1", "the demo listens on 127.0.0.1 only");
  }
  if (auto ok = reader->Finish(language); !ok) return Fail(ok.error());
  config.described = reader->Describe();
  return config;
}

Result<std::vector<rules::SourceFile>> RuleFiles(const AppConfig& config) {
  if (!config.rules_folder.empty()) return rules::ReadFolder(config.rules_folder);
  constexpr std::string_view kFolder = "rules/";
  std::vector<rules::SourceFile> files;
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with(kFolder))
      files.push_back({std::string(file.path.substr(kFolder.size())), std::string(file.content)});
  }
  return files;
}

Result<std::string> CatalogueText(const AppConfig& config) {
  return ReadText(config.catalogue_file, "config/catalogue.json");
}

Result<std::string> UnitsText(const AppConfig& config) { return ReadText(config.units_file, "config/units.json"); }

Result<std::shared_ptr<const orders::Catalogue>> LoadCatalogue(const AppConfig& config, const rules::RuleSet& rules) {
  const auto units = ReadText(config.units_file, "config/units.json");
  if (!units) return Fail(units.error());
  const auto catalogue = CatalogueText(config);
  if (!catalogue) return Fail(catalogue.error());
  return orders::Catalogue::Load(*units, *catalogue, TopicsOf(rules));
}

Result<router::Guide> LoadGuide(const AppConfig& config, const rules::RuleSet& rules) {
  auto catalogue = LoadCatalogue(config, rules);
  if (!catalogue) return Fail(catalogue.error());
  auto limits = LoadLimits(config, rules);
  if (!limits) return Fail(limits.error());
  auto calendar = LoadCalendar(config);
  if (!calendar) return Fail(calendar.error());
  auto forms = LoadForms(config, rules, **catalogue);
  if (!forms) return Fail(forms.error());
  router::FormBook book{std::move(*forms), *calendar};
  orders::Timetable timetable{std::move(*limits), std::move(*calendar), orders::Profile::kNormal};
  router::Guide guide{std::move(*catalogue), std::make_shared<const orders::Timetable>(std::move(timetable))};
  guide.book = std::move(book);
  return guide;
}

Result<std::shared_ptr<const orders::Calendar>> LoadCalendar(const AppConfig& config) {
  constexpr std::string_view kFolder = "config/calendar/";
  std::map<std::string, std::string> files;
  for (const auto& file : EmbeddedFiles()) {
    if (file.path.starts_with(kFolder)) files[std::string(file.path.substr(kFolder.size()))] = file.content;
  }
  if (!config.calendar_folder.empty()) {
    std::error_code failed;
    std::filesystem::directory_iterator folder(config.calendar_folder, failed);
    if (failed)
      return MakeError(ErrorKind::kNotFound, config.calendar_folder + ": 读不到目录 / cannot read the folder");
    for (const auto& entry : folder) {
      if (entry.path().extension() != ".json") continue;
      auto content = ReadText(entry.path().string(), {});
      if (!content) return Fail(content.error());
      files[entry.path().filename().string()] = std::move(*content);
    }
  }
  std::vector<orders::CalendarFile> ordered;
  for (auto& [name, content] : files) ordered.push_back({name, std::move(content)});
  return orders::Calendar::Load(ordered);
}

Result<std::shared_ptr<const orders::Limits>> LoadLimits(const AppConfig& config, const rules::RuleSet& rules) {
  const auto json = ReadText(config.limits_file, "config/limits.json");
  if (!json) return Fail(json.error());
  return orders::Limits::Load(*json, TopicsOf(rules));
}

Result<std::shared_ptr<const forms::Forms>> LoadForms(const AppConfig& config, const rules::RuleSet& rules,
                                                      const orders::Catalogue& catalogue) {
  const auto json = ReadText(config.forms_file, "config/forms.json");
  if (!json) return Fail(json.error());
  std::vector<std::string> units;
  for (const auto& unit : catalogue.units()) units.push_back(unit.id);
  return forms::Forms::Load(*json, TopicsOf(rules), units);
}

Result<std::shared_ptr<const orders::Catalogue>> LoadUnits(const AppConfig& config) {
  const auto units = ReadText(config.units_file, "config/units.json");
  if (!units) return Fail(units.error());
  return orders::Catalogue::Load(*units, "[]", {});
}

stream::Options StreamOptions(const AppConfig& config, std::string owner) {
  stream::Options options;
  options.url = config.redis_url.empty() ? stream::PrivateRedis::UrlIn(config.data + "/redis") : config.redis_url;
  options.user = config.redis_user;
  options.password = config.redis_password.Reveal();
  options.max_entries = config.max_waiting;
  options.owner = std::move(owner);
  return options;
}

std::string MasterKeySource(const AppConfig& config) {
  return config.master_key.empty() ? "file:" + config.data + "/master.key" : config.master_key;
}

std::string StoreUrl(const AppConfig& config) {
  return config.store_url.empty() ? "sqlite:" + config.data + "/minsheng.db" : config.store_url;
}

store::StoreOptions StoreAccess(const AppConfig& config, std::string owner) {
  return {config.store_password.Reveal(), std::move(owner), MasterKeySource(config)};
}

callback::Options CallBackOptions(const AppConfig& config) {
  auto options = config.call_back;
  options.public_url = config.public_url;
  while (options.public_url.ends_with('/')) options.public_url.pop_back();
  options.reply_window = [&config](const std::string& channel, const std::string& account) {
    const auto* const adapter = router::FindAccount(config.accounts, channel, account);
    return adapter == nullptr ? Millis{0} : adapter->Limits().reply_window;
  };
  return options;
}

std::string BlobsFolder(const AppConfig& config) {
  return config.blobs_folder.empty() ? config.data + "/blobs" : config.blobs_folder;
}

}  // namespace minsheng::cli
