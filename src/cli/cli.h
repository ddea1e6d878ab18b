// SPDX-License-Identifier: Apache-2.0
// The command line: what all commands share. One file per group of commands; main.cc has the table.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/cli/app_config.h"
#include "src/desk/desk.h"
#include "src/knowledge/desk.h"
#include "src/store/store.h"

namespace minsheng::cli {

constexpr int kOk = 0;
constexpr int kFindings = 1;  // it worked, and found something wrong
constexpr int kUsage = 2;
constexpr int kConfig = 78;  // EX_CONFIG of sysexits.h

struct Context {
  std::string config_path;
  std::string data;
  std::string language = "zh";
  std::string user;  // --as
  bool demo = false;
  bool json = false;

  // The text in the wanted language.
  std::string_view Say(std::string_view zh, std::string_view en) const { return language == "en" ? en : zh; }
};

// Prints to standard error and returns the exit code that fits the kind.
int Report(const Context& context, const Error& error);
// The same for what OpenStore, LoadKnowledge and LoadConfig return: kConfig where the configuration,
// or a file that it names, is to blame.
int ReportStart(const Context& context, const Error& error);
void Print(std::string_view line);                    // standard output, with line end
void PrintErr(std::string_view line);                 // standard error, with line end
void PrintJson(const nlohmann::ordered_json& value);  // one line; what is no UTF-8 is replaced

// A citizen's words in one line of the terminal: they cannot pose as lines of ours, nor turn the
// direction of writing. Masking them is the caller's.
std::string OnOneLine(std::string_view words);

// Configuration and store of a system that may be running beside us.
struct Opened {
  AppConfig config;
  std::unique_ptr<store::Store> store;
};
Result<Opened> OpenStore(const Context& context, Scope scope = Scope::kStore);
// The RuleSet in force there (or the shipped one for an empty store) and its Catalogue.
Result<router::Knowledge> LoadKnowledge(const Context& context, Opened& opened);
// The articles of a store; an empty one gets the shipped ones first.
Result<std::shared_ptr<const knowledge::ArticleBook>> LoadArticles(store::Store& store);

// What articles are checked against: the topics and units there are. The knowledge must outlive it.
knowledge::Surroundings SurroundingsOf(const router::Knowledge& knowledge);

// The desk over an opened store; both must outlive it.
desk::Desk MakeDesk(Opened& opened, const router::Knowledge& knowledge);

// "城市管理和建设 / 园林绿化"; the id when the RuleSet does not know it.
std::string TopicName(const rules::RuleSet& rules, const std::string& id);
std::string ChannelName(std::string_view channel);  // 微信
std::string BucketName(std::string_view bucket, const Context& context);

// serve.cc
int Serve(const Context& context);
int HealthCheck(const Context& context);
// ingest.cc
struct IngestArgs {
  std::string channel;
  std::string account;
  std::vector<std::string> files;  // "-" = standard input
  bool http = false;
  bool no_wait = false;
  bool now = false;  // judge it at once, without waiting for further pieces
};
int Ingest(const Context& context, const IngestArgs& args);
// rules_commands.cc
// `all`: notes too (what could not be decided, what adds up).
int RulesCheck(const Context& context, const std::string& folder, bool all);
int RulesTest(const Context& context, const std::string& folder);
// `all`: also the rules that miss by one clause.
int RulesExplain(const Context& context, const std::string& folder, const std::string& text, const std::string& channel,
                 bool all);
int RulesClassify(const Context& context, const std::string& folder);
// rules_replay.cc
struct ReplayArgs {
  std::int64_t draft = 0;    // version in the store, or
  std::string folder;        // rules in files
  std::int64_t against = 0;  // baseline; 0 = the active version
  std::string from, to;      // days in Asia/Shanghai, both included; empty = no limit
  int limit = 20;            // changed requests shown, of losses, wins and others each
  int threads = 0;           // 0 = one per core
};
int RulesReplay(const Context& context, const ReplayArgs& args);
std::string ProblemsJson(const std::vector<rules::Problem>& problems);  // a list
// rules_versions.cc
// The number in a word such as "12"; 0 when it is none, or the name of a folder.
std::int64_t VersionFrom(const std::string& word);
// Files of a stored version ("12") or of a folder.
Result<std::vector<rules::SourceFile>> FilesFrom(const Context& context, const std::string& version_or_folder);
int RulesImport(const Context& context, const std::string& folder, const std::string& note, std::int64_t base);
int RulesVersions(const Context& context, int limit);
int RulesShow(const Context& context, std::int64_t version);
int RulesExport(const Context& context, std::int64_t version, const std::string& folder);
int RulesDiff(const Context& context, const std::string& from, const std::string& to);
int RulesCheckVersion(const Context& context, std::int64_t version);
// expected: the active version that the person looked at; 0 = the one at the start of the command.
int RulesActivate(const Context& context, std::int64_t version, const std::string& note, std::int64_t expected);
int RulesRollback(const Context& context, const std::string& note, std::int64_t expected);
int RulesDiscard(const Context& context, std::int64_t version, const std::string& note);
int RulesShadow(const Context& context, const std::string& what, const std::string& note);
// rules_pins.cc
struct PinArgs {
  std::string request;
  std::string topic;  // empty: what people decided
  std::string note;
  bool sure = false;  // somebody looked at the masked text
};
int RulesShadowReport(const Context& context, std::int64_t version);
int RulesPin(const Context& context, const PinArgs& args);
int RulesPins(const Context& context, bool all);
int RulesUnpin(const Context& context, std::int64_t id, const std::string& note);
// rules_suggest.cc
struct SuggestArgs {
  std::string folder;    // rules to improve; empty = the active version (with --labelled: the shipped ones)
  std::string labelled;  // JSON lines instead of the store
  std::string output;    // new file for the rules; empty = none
  std::string from, to;  // days in Asia/Shanghai, both included; empty = no limit
  int min_support = 3;   // citizens
  int limit = 20;
  int threads = 0;
};
int RulesSuggest(const Context& context, const SuggestArgs& args);
// orders_commands.cc
int OrdersList(const Context& context, const store::OrderFilter& filter);
int OrdersShow(const Context& context, const std::string& number);
// orders_acts.cc
struct ActArgs {
  std::string number;
  std::string act;
  std::int64_t expected = -1;  // Order::version that was looked at; -1 = whatever it is
  std::string unit, code, period, parent, reason, text, note, way;
  std::vector<std::string> helpers;
  std::string solved, satisfied;  // "yes", "no", "unsaid"
};
int OrdersAct(const Context& context, const ActArgs& args);
int OrdersSplit(const Context& context, const std::string& number, const std::string& topic, const std::string& reason);
// The acts that the table allows in the order's state, with who may make them.
int OrdersActs(const Context& context, const std::string& number);
int RequestsList(const Context& context, const std::string& state, int limit);
int RequestsShow(const Context& context, const std::string& id);
int RequestsCorrect(const Context& context, const std::string& id, const std::string& topic, const std::string& note);
int OutboxRetry(const Context& context, const std::vector<std::string>& ids);
int OutboxList(const Context& context, const std::string& state, int limit);
// incidents_commands.cc
int IncidentsList(const Context& context, bool open, int min_callers, int limit);
int IncidentsShow(const Context& context, const std::string& id, int limit);
int IncidentsAct(const Context& context, store::IncidentAct act);
int IncidentsRebuild(const Context& context);
// incidents_try.cc
int IncidentsTry(const Context& context, const std::string& path, int limit);
// search_commands.cc
struct SearchArgs {
  std::string words;
  std::string kind, state, unit, topic;
  std::string from, to;  // days in Asia/Shanghai, both included; empty = no limit
  std::string cursor;
  bool by_score = false;
  int limit = 20;
};
int Search(const Context& context, const SearchArgs& args);
int SearchRebuild(const Context& context);
// articles_commands.cc
int ArticlesList(const Context& context, const store::ArticleFilter& filter);
// version 0 = the published one, else the latest.
int ArticlesShow(const Context& context, const std::string& id, std::int64_t version);
int ArticlesImport(const Context& context, const std::string& file, const std::string& note);
// To a new file, or to standard output when `file` is "-"; no ids = all.
int ArticlesExport(const Context& context, const std::string& file, const std::vector<std::string>& ids);
int ArticlesPublish(const Context& context, const std::string& id, std::int64_t seen, const std::string& note);
int ArticlesRetire(const Context& context, const std::string& id, const std::string& note);
int ArticlesConfirm(const Context& context, const std::string& id, const std::string& note);
// articles_use.cc
int ArticlesReview(const Context& context, int days);
// For a request, or for `text` when it is not empty.
int ArticlesSuggest(const Context& context, const std::string& request, const std::string& text,
                    const std::string& topic, int limit);
int ArticlesUse(const Context& context, const std::string& id, const std::string& request);
int ArticlesStats(const Context& context, const std::string& from, const std::string& to);
// chase_commands.cc
int TasksList(const Context& context, bool all, const std::string& number, int limit);
int TasksDone(const Context& context, const std::string& id, const std::string& outcome);
int SuperviseList(const Context& context, const std::string& cursor, int limit);
int SuperviseShow(const Context& context, const std::string& number);
int SuperviseChecks(const Context& context, int days);
struct EmergencyArgs {
  std::string why, from, until;  // times of Asia/Shanghai, empty = now, until further notice
};
int EmergencyOn(const Context& context, const EmergencyArgs& args);
int EmergencyOff(const Context& context);
int EmergencyList(const Context& context);
// recount_commands.cc
int CalendarRecompute(const Context& context, bool apply, bool limits_too);
int LimitsTry(const Context& context, const std::string& path, const std::string& from, const std::string& to);
// parked_commands.cc
int ParkedList(const Context& context, bool all);
int ParkedShow(const Context& context, const std::string& id);
int ParkedRetry(const Context& context, const std::vector<std::string>& ids);
// audit_commands.cc
int AuditBalance(const Context& context, int hours);
// calendar_commands.cc; dates and times as text, a bad one is kUsage. known_on "" = everything
int CalendarShow(const Context& context, int year, const std::string& known_on);
int CalendarCount(const Context& context, const std::string& from, int working_days, const std::string& known_on);
// limits_commands.cc; words of the files, empty = any (LimitsShow) or none (LimitsCount)
struct LimitsArgs {
  std::string type;
  std::string topic;
  std::string urgency;
  std::string profile;
  std::string opened;
  std::string known_on;
};
int LimitsShow(const Context& context, const LimitsArgs& args);
int LimitsCount(const Context& context, const LimitsArgs& args);
// erase_commands.cc
struct EraseArgs {
  std::string citizen, address, request;  // exactly one, or
  std::string journal;                    // erasures that a restored copy has to repeat
  std::string reason;
  bool force = false;  // also while an order is open
  bool sure = false;   // else only what would go is shown
};
int Erase(const Context& context, const EraseArgs& args);
// The journal of erasures as a file of JSON lines, made anew from the database.
Result<void> WriteErasures(const std::string& file, store::Keeping& keeping);
// Deletes every file that nothing names any more and that is due.
Result<void> LoseFiles(const AppConfig& config, store::Keeping& keeping);
// Repeats the erasures of journals; how many persons were there.
Result<std::int64_t> ForgetAgain(const Opened& opened, const std::vector<std::string>& journals);
// backup_commands.cc
int Backup(const Context& context, const std::string& folder, bool with_key);
int Restore(const Context& context, const std::string& folder, const std::string& journal);
// keys_commands.cc
int KeysStatus(const Context& context);
int KeysRotate(const Context& context);
int KeysRetire(const Context& context);
// config_commands.cc
int ConfigCheck(const Context& context);
int ConfigDescribe(const Context& context);

}  // namespace minsheng::cli
