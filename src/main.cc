// SPDX-License-Identifier: Apache-2.0
// minsheng: the command line. Each command is one function of src/cli/.
// Long because it is the one table of all commands.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <functional>

#include "src/cli/callback_commands.h"
#include "src/cli/cli.h"
#include "src/cli/conversation_commands.h"
#include "src/cli/forms_args.h"
#include "src/cli/rules_learn.h"

namespace {

using minsheng::cli::Context;

// "zh" unless --lang or the locale says English.
std::string Language(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--lang") return argv[i + 1];
  }
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("en") ? "en" : "zh";
  }
  return "zh";
}

class Commands {
 public:
  explicit Commands(const std::string& language) {
    context_.language = language == "en" ? "en" : "zh";
    app_.description(
        Say("民声：区级 12345 热线的开放系统", "Minsheng: the open system behind a district's 12345 hotline"));
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.set_version_flag("--version", std::string("minsheng ") + MINSHENG_VERSION);
    app_.set_help_flag("-h,--help", Say("显示帮助", "print this help"));
    // From the environment too, so that an installation or a container names them once for every command.
    app_.add_option("--config", context_.config_path, Say("配置文件（TOML）", "configuration file (TOML)"))
        ->envname("MINSHENG_CONFIG");
    app_.add_option("--data", context_.data, Say("数据目录，默认 ./var", "data folder, default ./var"))
        ->envname("MINSHENG_DATA");
    app_.add_option("--lang", context_.language, Say("界面语言：zh 或 en", "language: zh or en"))
        ->check(CLI::IsMember({"zh", "en"}));
    app_.add_option("--as", context_.user, Say("操作人", "who acts"));
    app_.add_flag("--demo", context_.demo,
                  Say("内置演示配置：四个渠道，只监听本机", "built-in demo: four channels, loopback only"));
    app_.add_flag("--json", context_.json, Say("输出 JSON", "print JSON"));
    Labels();
    Serving();
    Rules();
    Orders();
    Forms();
    Letters();
    CallBacks();
    Returns();
    Incidents();
    Search();
    Articles();
    Parked();
    Deadlines();
    Chasing();
    Checks();
  }

  int Run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return app_.exit(e) == 0 ? minsheng::cli::kOk : minsheng::cli::kUsage;
    }
    return act_ ? act_() : minsheng::cli::kUsage;
  }

 private:
  std::string Say(std::string_view zh, std::string_view en) const { return std::string(context_.Say(zh, en)); }

  CLI::App* Add(CLI::App& parent, const std::string& name, std::string_view zh, std::string_view en,
                std::function<int()> act = {}) {
    auto* const command = parent.add_subcommand(name, Say(zh, en));
    if (act) {
      command->callback([this, act = std::move(act)] { act_ = act; });
    } else {
      command->require_subcommand(1);
    }
    return command;
  }

  void Labels() {
    if (context_.language == "en") return;
    const auto formatter = app_.get_formatter();
    for (const auto& [en, zh] : {std::pair{"Usage", "用法"},
                                 {"OPTIONS", "[选项]"},
                                 {"SUBCOMMAND", "命令"},
                                 {"SUBCOMMANDS", "命令"},
                                 {"Options", "选项"},
                                 {"Subcommands", "命令"},
                                 {"Positionals", "参数"},
                                 {"REQUIRED", "必填"}}) {
      formatter->label(en, zh);
    }
  }

  void Serving() {
    Add(app_, "serve", "启动：收件、研判、派单", "start: take in, decide, dispatch",
        [this] { return minsheng::cli::Serve(context_); });
    Add(app_, "health", "检查运行中的系统是否就绪", "is the running system ready?",
        [this] { return minsheng::cli::HealthCheck(context_); });
    auto* const ingest = Add(app_, "ingest", "把渠道原始报文送入运行中的系统",
                             "feed raw wire bytes of a channel into the running system",
                             [this] { return minsheng::cli::Ingest(context_, ingest_); });
    ingest
        ->add_option("channel", ingest_.channel,
                     Say("渠道：phone wechat weibo email", "channel: phone wechat weibo email"))
        ->required();
    ingest
        ->add_option("files", ingest_.files, Say("报文文件，- 为标准输入", "files of wire bytes, - for standard input"))
        ->required();
    ingest->add_option("--account", ingest_.account,
                       Say("渠道账号，默认第一个", "account of the channel, default the first"));
    ingest->add_flag("--http", ingest_.http,
                     Say("文件含 HTTP 头，验证签名", "files hold HTTP head and body; the signature is checked"));
    ingest->add_flag("--now", ingest_.now,
                     Say("不等后续消息，马上研判", "judge it at once, do not wait for further messages"));
    ingest->add_flag("--no-wait", ingest_.no_wait,
                     Say("入队即返回，不等研判", "return when stored, do not wait for the verdict"));
  }

  void Rules() {
    auto* const rules = Add(
        app_, "rules", "规则：检查、测试、说明、研判、重放、建议；各版本的导入、比较、试运行、启用、退回",
        "rules: check, test, explain, classify, replay, suggest; versions: import, diff, shadow, activate, roll back");
    rules->add_option("--rules", folder_,
                      Say("规则目录，或已存的版本号；默认随程序发布的规则",
                          "folder of the RuleSet, or number of a stored version; default the shipped one"));
    rules->fallthrough();
    auto* const check = Add(*rules, "check", "检查规则，列出所有问题", "check the rules, list every problem", [this] {
      return version_ > 0 ? minsheng::cli::RulesCheckVersion(context_, version_)
                          : minsheng::cli::RulesCheck(context_, folder_, all_);
    });
    auto* const test = Add(*rules, "test", "运行规则的例句和案例", "run the rules' examples and cases", [this] {
      return version_ > 0 ? minsheng::cli::RulesCheckVersion(context_, version_)
                          : minsheng::cli::RulesTest(context_, folder_);
    });
    for (auto* const command : {check, test}) {
      Version(command, Say("已存的版本：连同派单目录和固定案例；加 --as 则记为已检查",
                           "a stored version: with Catalogue and pinned cases; --as notes it as checked"));
    }
    check->add_flag("--all", all_, Say("也列出说明：无法判定的、分数相加的", "notes too: undecided, adding up"));
    auto* const explain = Add(*rules, "explain", "说明一段话为何如此研判", "say why a text is judged as it is",
                              [this] { return minsheng::cli::RulesExplain(context_, folder_, text_, channel_, all_); });
    explain->add_option("text", text_,
                        Say("诉求文本，省略则读标准输入", "text of the request; standard input if absent"));
    explain->add_option("--channel", channel_, Say("视为来自此渠道", "as if from this channel"));
    explain->add_flag("--all", all_, Say("也列出只差一处没有命中的规则", "also rules that miss by one clause"));
    Add(*rules, "classify", "逐行研判 JSON（标准输入到标准输出）", "classify JSON lines from standard input",
        [this] { return minsheng::cli::RulesClassify(context_, folder_); });
    History(*rules);
    Versions(*rules);
    Pins(*rules);
    Learning(*rules);
  }

  CLI::Option* Version(CLI::App* command, const std::string& what) {
    return command->add_option("version", version_, what)->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  }
  void Note(CLI::App* command) { command->add_option("--note", note_, Say("说明原因", "why")); }
  void Expect(CLI::App* command) {
    command->add_option(
        "--expect", expected_,
        Say("您看到的现行版本；已不是它就不做", "the active version you saw; if it is another one, nothing is done"));
  }

  void Versions(CLI::App& rules) {
    auto* const import = Add(rules, "import", "把规则目录存为草稿（新版本），不覆盖任何东西",
                             "store a folder as a draft (a new version); overwrites nothing",
                             [this] { return minsheng::cli::RulesImport(context_, id_, note_, version_); });
    import->add_option("folder", id_, Say("规则目录", "folder of the RuleSet"))->required();
    import->add_option("--base", version_,
                       Say("依据的版本，默认现行", "the version it was made from, default the active one"));
    Note(import);
    auto* const list = Add(rules, "versions", "列出所有版本，新的在前", "list the versions, newest first",
                           [this] { return minsheng::cli::RulesVersions(context_, limit_); });
    list->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1000));
    Version(Add(rules, "show", "一个版本的来历和文件", "a version's history and files",
                [this] { return minsheng::cli::RulesShow(context_, version_); }),
            Say("版本号", "version"))
        ->required();
    auto* const out = Add(rules, "export", "把一个版本写成规则目录", "write a version as a folder",
                          [this] { return minsheng::cli::RulesExport(context_, version_, id_); });
    Version(out, Say("版本号", "version"))->required();
    out->add_option("folder", id_, Say("新目录", "a new folder"))->required();
    auto* const diff =
        Add(rules, "diff", "两个版本（或目录）之间的不同", "what differs between two versions or folders",
            [this] { return minsheng::cli::RulesDiff(context_, id_, topic_); });
    diff->add_option("from", id_, Say("版本号或目录", "version or folder"))->required();
    diff->add_option("to", topic_, Say("版本号或目录", "version or folder"))->required();
    auto* const activate = Add(rules, "activate", "启用一个版本（须由编写者以外的人；同 approve）",
                               "make a version active (by somebody who did not write it; same as approve)",
                               [this] { return minsheng::cli::RulesActivate(context_, version_, note_, expected_); });
    activate->alias("approve");
    Version(activate, Say("版本号", "version"))->required();
    Note(activate);
    Expect(activate);
    auto* const back = Add(rules, "rollback", "退回到之前启用的版本", "go back to the version that was active before",
                           [this] { return minsheng::cli::RulesRollback(context_, note_, expected_); });
    Note(back);
    Expect(back);
    auto* const discard = Add(rules, "discard", "作废一个草稿（仍可查看）", "give up a draft (it stays readable)",
                              [this] { return minsheng::cli::RulesDiscard(context_, version_, note_); });
    Version(discard, Say("版本号", "version"))->required();
    Note(discard);
    auto* const shadow =
        Add(rules, "shadow", "影子试运行：跟着研判、只记不同、不影响工单",
            "run a version in shadow: judges along, differences are kept, orders are not touched", [this] {
              return id_ == "report" ? minsheng::cli::RulesShadowReport(context_, version_)
                                     : minsheng::cli::RulesShadow(context_, id_, note_);
            });
    shadow->add_option("what", id_, Say("版本号，或 off，或 report", "version, or off, or report"))->required();
    Version(shadow, Say("report 的版本，默认当前影子", "of report: the version, default the one in shadow"));
    Note(shadow);
  }

  void Pins(CLI::App& rules) {
    auto* const pin = Add(rules, "pin", "把一件真实诉求（遮盖后）固定为案例，以后每版都须通过",
                          "keep a real request, masked, as a case that every later version must pass",
                          [this] { return minsheng::cli::RulesPin(context_, pin_); });
    pin->add_option("request", pin_.request, Say("诉求编号", "id of the request"))->required();
    pin->add_option("--topic", pin_.topic,
                    Say("应判的事项，默认人最后定的", "the right topic, default what people decided"));
    pin->add_option("--note", pin_.note, Say("说明原因", "why"));
    pin->add_flag("--sure", pin_.sure, Say("已看过遮盖后的文字", "the masked text was looked at"));
    auto* const pins = Add(rules, "pins", "列出固定案例", "list the pinned cases",
                           [this] { return minsheng::cli::RulesPins(context_, all_); });
    pins->add_flag("--all", all_, Say("包括已撤销的", "retired ones too"));
    auto* const unpin = Add(rules, "unpin", "撤销一个固定案例（保留记录）", "retire a pinned case (it stays on record)",
                            [this] { return minsheng::cli::RulesUnpin(context_, version_, note_); });
    unpin->add_option("id", version_, Say("案例号", "number of the case"))->required();
    Note(unpin);
  }

  void History(CLI::App& rules) {
    auto* const replay = Add(rules, "replay", "用草稿重判历史诉求，列出会变的和对错",
                             "judge past requests by a draft: what changes, and who was right", [this] {
                               replay_.folder = folder_;
                               return minsheng::cli::RulesReplay(context_, replay_);
                             });
    replay
        ->add_option("draft", replay_.draft,
                     Say("草稿的版本号；或用 --rules 指定规则目录", "version of the draft; or a folder by --rules"))
        ->check(CLI::PositiveNumber);
    replay
        ->add_option("--against", replay_.against,
                     Say("与哪一版相比，默认现行版", "baseline, default the active version"))
        ->check(CLI::PositiveNumber);
    replay->add_option("--from", replay_.from, Say("起始日期（含），如 2015-08-01", "first day, such as 2015-08-01"));
    replay->add_option("--to", replay_.to, Say("截止日期（含）", "last day, included"));
    replay
        ->add_option("--limit", replay_.limit,
                     Say("变好、变坏、其他各列出最多几件", "list at most so many losses, wins and others each"))
        ->check(CLI::Range(0, 1'000'000));
    auto* const suggest = Add(rules, "suggest", "从更正中找出可加的规则，不会自动生效",
                              "mine corrections for rules; nothing is applied", [this] {
                                suggest_.folder = folder_;
                                return minsheng::cli::RulesSuggest(context_, suggest_);
                              });
    suggest->add_option("--labelled", suggest_.labelled,
                        Say("不读数据库，读标注好的 JSON 行：{\"text\", \"topic\"}",
                            "labelled JSON lines {\"text\", \"topic\"} instead of the store"));
    suggest->add_option("--output", suggest_.output,
                        Say("把建议写成规则文件（不覆盖已有文件）", "write the rules to this new file"));
    suggest->add_option("--from", suggest_.from, Say("起始日期（含），如 2015-08-01", "first day, such as 2015-08-01"));
    suggest->add_option("--to", suggest_.to, Say("截止日期（含）", "last day, included"));
    suggest
        ->add_option("--min-support", suggest_.min_support,
                     Say("一条规则至少要说明几位市民的更正，默认 3",
                         "citizens whose corrections a rule must explain, default 3"))
        ->check(CLI::Range(2, 1'000'000));
    suggest->add_option("--limit", suggest_.limit, Say("最多几条建议", "at most so many"))->check(CLI::Range(1, 200));
    suggest->add_option("--threads", suggest_.threads, Say("线程数，默认每核一个", "threads, default one per core"))
        ->check(CLI::Range(1, 256));
    replay->add_option("--threads", replay_.threads, Say("线程数，默认每核一个", "threads, default one per core"))
        ->check(CLI::Range(1, 256));
  }

  void Learning(CLI::App& rules) {
    auto* const learn = Add(rules, "learn", "从带标签的诉求学词典", "learn a lexicon from labelled requests",
                            [this] { return minsheng::cli::RulesLearn(context_, folder_, learn_); });
    auto* const calibrate = Add(rules, "calibrate", "用带标签的诉求校准把握", "fit the confidence to labelled requests",
                                [this] { return minsheng::cli::RulesCalibrate(context_, folder_, learn_); });
    for (auto* const command : {learn, calibrate}) {
      command->add_option("--in", learn_.in,
                          Say("带标签的诉求，每行一个 JSON：id text 标签；- 为标准输入；可以写几次",
                              "labelled requests, JSON lines: id, text, label; - for standard input; may be repeated"));
      command->add_option("--label-field", learn_.label_field,
                          Say("哪个键是标签（类别或事项的编号），默认 label",
                              "the key that holds the label (id of a category or topic), default label"));
      command->add_option("--accepted-field", learn_.accepted_field,
                          Say("哪个键列出同样可以接受的类别", "the key that lists other acceptable categories"));
      command->add_option("--map", learn_.map,
                          Say("标签的意思：城建=urban；拿不准的写 教育~=other,social-security，由规则选；杂项= 跳过",
                              "what a label stands for: works=urban; school~=other,social-security where the rules "
                              "shall choose; misc= to skip"));
      command->add_flag("--from-store", learn_.from_store,
                        Say("取自数据库：操作员更正过的事项", "from the database: topics corrected by operators"));
      command->add_flag("--dry-run", learn_.dry_run, Say("只报告，不写文件", "report only, write nothing"));
    }
    learn->add_option(
        "--out", learn_.out,
        Say("写到哪里，默认规则目录的 lexicon.json", "where to write, default lexicon.json of the rules"));
    learn
        ->add_option("--terms", learn_.terms,
                     Say("每个类别最多几个词，默认 200", "terms per category at most, default 200"))
        ->check(CLI::Range(1, 5000));
    learn
        ->add_option("--min-texts", learn_.min_texts,
                     Say("词至少在几条诉求中出现，默认六十分之一，不少于 8",
                         "a term must occur in so many texts, default one in sixty, at least 8"))
        ->check(CLI::Range(2, 1000));
    learn
        ->add_option("--folds", learn_.folds, Say("交叉验证分几份，默认 5", "folds of the cross-validation, default 5"))
        ->check(CLI::Range(2, 50));
    learn->add_flag("--topics", learn_.by_topic, Say("学到事项，不只到类别", "learn topics, not only categories"));
    learn->add_flag("--no-validation", learn_.no_validation, Say("不做交叉验证", "no cross-validation"));
  }

  void Orders() {
    auto* const orders = Add(app_, "orders", "工单", "work orders");
    auto* const list = Add(*orders, "list", "列出工单，新的在前", "list orders, newest first",
                           [this] { return minsheng::cli::OrdersList(context_, filter_); });
    list->add_option("--state", filter_.state, Say("状态", "state"));
    list->add_option("--unit", filter_.unit, Say("主办单位", "lead unit"));
    list->add_option("--topic", filter_.topic, Say("事项", "topic"));
    list->add_option("--cursor", filter_.cursor, Say("从此工单号之后继续", "go on after this order number"));
    list->add_option("--limit", filter_.limit, Say("最多条数", "at most so many"))->check(CLI::Range(1, 10'000));
    auto* const show = Add(*orders, "show", "显示一张工单", "show one order",
                           [this] { return minsheng::cli::OrdersShow(context_, id_); });
    show->add_option("number", id_, Say("工单号", "order number"))->required();
    OrderActs(*orders);
    auto* const requests = Add(app_, "requests", "诉求", "requests");
    auto* const requests_list = Add(*requests, "list", "列出诉求", "list requests",
                                    [this] { return minsheng::cli::RequestsList(context_, state_, limit_); });
    requests_list->add_option("--state", state_, Say("状态，如 triage", "state, such as triage"));
    requests_list->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 10'000));
    auto* const one = Add(*requests, "show", "显示一件诉求", "show one request",
                          [this] { return minsheng::cli::RequestsShow(context_, id_); });
    one->add_option("id", id_, Say("诉求编号", "id of the request"))->required();
    auto* const correct =
        Add(*requests, "correct", "更正事项，与研判并存", "correct the topic, kept beside the verdict",
            [this] { return minsheng::cli::RequestsCorrect(context_, id_, topic_, note_); });
    correct->add_option("id", id_, Say("诉求编号", "id of the request"))->required();
    correct->add_option("--topic", topic_, Say("正确的事项", "the right topic"))->required();
    correct->add_option("--note", note_, Say("说明", "a word about it"));
    Waiting(*requests);
    auto* const outbox = Add(app_, "outbox", "待发与已发", "what leaves the system");
    auto* const outbox_list =
        Add(*outbox, "list", "列出", "list", [this] { return minsheng::cli::OutboxList(context_, state_, limit_); });
    outbox_list->add_option("--state", state_, "pending sending sent failed unknown");
    auto* const again = Add(*outbox, "retry", "重发 failed 或 unknown 的一条", "send a failed or unknown row again",
                            [this] { return minsheng::cli::OutboxRetry(context_, ids_); });
    again->add_option("ids", ids_, Say("编号", "ids"))->required();
    outbox_list->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 100'000));
  }

  void OrderActs(CLI::App& orders) {
    auto* const act = Add(orders, "act", "办理工单：签收、退单、答复、回访等，--as 说明是谁",
                          "act on an order: sign, return, answer, call-back …; --as says who",
                          [this] { return minsheng::cli::OrdersAct(context_, order_act_); });
    act->add_option("number", order_act_.number, Say("工单号", "order number"))->required();
    act->add_option("act", order_act_.act, Say("动作，见 orders acts", "the act, see orders acts"))->required();
    act->add_option("--unit", order_act_.unit, Say("承办单位", "unit"));
    act->add_option("--helper", order_act_.helpers, Say("协办单位，可多次", "helper unit, may be repeated"));
    act->add_option("--code", order_act_.code,
                    Say("退单、办结或督办的原因代码", "code of a return, closing or supervision"));
    act->add_option("--period", order_act_.period,
                    Say("延期或协办时限，如 3wd", "extension or a helper's limit, such as 3wd"));
    act->add_option("--parent", order_act_.parent, Say("并入哪张主单", "the order to merge under"));
    act->add_option("--reason", order_act_.reason, Say("说明，不写个人信息", "why, without personal data"));
    act->add_option("--text", order_act_.text,
                    Say("给诉求人的答复，或诉求人的话", "words for the citizen, or of the citizen"));
    act->add_option("--note", order_act_.note, Say("内部备注", "internal note"));
    act->add_option("--way", order_act_.way,
                    Say("回访方式 phone、chat、link", "way of the call-back: phone, chat, link"));
    act->add_option("--solved", order_act_.solved, "yes no unsaid")->check(CLI::IsMember({"yes", "no", "unsaid"}));
    act->add_option("--satisfied", order_act_.satisfied, "yes no unsaid")
        ->check(CLI::IsMember({"yes", "no", "unsaid"}));
    act->add_option("--expect", order_act_.expected,
                    Say("看到时的版本号，其后有人改动则不办", "version that was looked at; refuse if it has moved on"));
    auto* const acts =
        Add(orders, "acts", "这张工单现在能办什么，由谁办", "what can be done with an order now, and by whom",
            [this] { return minsheng::cli::OrdersActs(context_, id_); });
    acts->add_option("number", id_, Say("工单号", "order number"))->required();
    auto* const split = Add(orders, "split", "把其中一件事拆成另一张工单", "make a part of it an order of its own",
                            [this] { return minsheng::cli::OrdersSplit(context_, id_, topic_, note_); });
    split->add_option("number", id_, Say("工单号", "order number"))->required();
    split->add_option("--topic", topic_, Say("拆出的事项", "topic of the new order"))->required();
    split->add_option("--reason", note_, Say("说明", "why"));
  }

  CLI::App* Keyed(CLI::App& parent, const std::string& name, std::string_view zh, std::string_view en,
                  std::function<int()> act, std::string* key) {
    auto* const command = Add(parent, name, zh, en, std::move(act));
    command
        ->add_option("number", *key,
                     Say("工单号、来信号或诉求编号", "number of an order or letter, or id of a request"))
        ->required();
    return command;
  }

  void Forms() {
    auto* const forms = Add(app_, "forms", "要素：一类诉求要问清什么，服务登记、预约、完成",
                            "what a matter needs; services: provider, visit, completion");
    Add(*forms, "show", "列出表单，或一个事项的要素", "list the forms, or the fields of a topic", [this] {
      return minsheng::cli::FormsShow(context_, topic_);
    })->add_option("topic", topic_, Say("事项", "topic"));
    Keyed(
        *forms, "missing", "还要问诉求人什么", "what still has to be asked",
        [this] { return minsheng::cli::FormsMissing(context_, id_); }, &id_);
    auto* const facts = Keyed(
        *forms, "facts", "已知的要素（遮盖）", "what is known, masked",
        [this] { return minsheng::cli::FormsFacts(context_, id_, all_, note_); }, &id_);
    facts->add_flag("--history", all_, Say("包括被取代的", "replaced ones too"));
    facts->add_option("--reveal", note_,
                      Say("显示原文，写明原因，记入工单", "show them in the clear; why, noted on the order"));
    auto* const fill = Keyed(
        *forms, "fill", "填写要素：要素=值 …", "fill in facts: key=value ...",
        [this] { return minsheng::cli::FormsFill(context_, id_, ids_); }, &id_);
    fill->add_option("values", ids_, Say("要素=值", "key=value"))->required();
    auto* const privacy = Keyed(
        *forms, "privacy", "登记匿名、保密（都不写则取消）", "note anonymity or secrecy (none: taken back)",
        [this] { return minsheng::cli::FormsPrivacy(context_, id_, anonymous_, confidential_); }, &id_);
    privacy->add_flag("--anonymous", anonymous_, Say("匿名", "anonymous"));
    privacy->add_flag("--confidential", confidential_, Say("保密", "confidential"));
    auto* const assign = Keyed(
        *forms, "assign", "交给服务单位", "hand to the unit that renders the service",
        [this] { return minsheng::cli::FormsAssign(context_, id_, target_); }, &id_);
    assign->add_option("--unit", target_, Say("单位，默认按服务种类", "unit, default by the kind of service"));
    auto* const appoint = Keyed(
        *forms, "appoint", "预约上门时间，告知诉求人", "when somebody comes; the citizen is told",
        [this] { return minsheng::cli::FormsAppoint(context_, id_, from_); }, &id_);
    appoint->add_option("--at", from_, Say("时间，如 \"2015-08-12 09:00\"", "time, such as \"2015-08-12 09:00\""))
        ->required();
    auto* const complete = Keyed(
        *forms, "complete", "登记完成：要素=值 …", "record the completion: key=value ...",
        [this] { return minsheng::cli::FormsComplete(context_, id_, ids_); }, &id_);
    complete->add_option("values", ids_, Say("要素=值，见 forms show", "key=value, see forms show"));
    auto* const confirm = Keyed(
        *forms, "confirm", "回访确认服务到位", "the citizen's word, by call-back",
        [this] { return minsheng::cli::FormsConfirm(context_, id_, state_, text_); }, &id_);
    confirm->add_option("word", state_, "yes no")->required()->check(CLI::IsMember({"yes", "no"}));
    confirm->add_option("--words", text_, Say("诉求人的话", "what the citizen said"));
    auto* const counts = Add(*forms, "counts", "各种服务的数量和金额", "numbers and sums by kind of service",
                             [this] { return minsheng::cli::FormsCounts(context_, from_, known_on_); });
    counts->add_option("--from", from_, Say("起始日期（含）", "first day"));
    counts->add_option("--to", known_on_, Say("截止日期（含）", "last day, included"));
  }

  void Letters() {
    auto* const letters = Add(app_, "letters", "区长信箱来信", "letters to the head of the district");
    auto* const list = Add(*letters, "list", "列出来信，新的在前", "list the letters, newest first",
                           [this] { return minsheng::cli::LettersList(context_, letter_); });
    list->add_option("--state", letter_.state, "received instructed drafted answered");
    list->add_flag("--published", letter_.published,
                   Say("只列已公开的，连同公开文本", "published ones, with their texts"));
    list->add_option("--limit", letter_.limit, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1000));
    Keyed(
        *letters, "show", "阅信（区领导用 --as leader:姓名，记为已阅）",
        "read one (a leader by --as leader:name: noted as read)",
        [this] { return minsheng::cli::LettersShow(context_, letter_); }, &letter_.key);
    const auto act = [&](const std::string& name, std::string_view zh, std::string_view en) {
      return Keyed(
          *letters, name, zh, en, [this, name] { return minsheng::cli::LettersAct(context_, name, letter_); },
          &letter_.key);
    };
    for (auto* const command : {act("instruct", "区领导批示", "a leader's instruction"),
                                act("draft", "起草答复（正文）", "draft the answer (its body)")}) {
      command->add_option("text", letter_.text, Say("文字，或 @文件", "words, or @file"))->required();
    }
    for (auto* const command :
         {act("refuse", "退回重拟", "send a draft back"), act("withdraw", "撤回公开", "withdraw what was published")}) {
      command->add_option("--reason", letter_.reason, Say("理由，不写个人信息", "why, without personal data"))
          ->required();
    }
    act("approve", "审核并发出正式答复（须起草人以外的人）",
        "approve and send the answer (by somebody who did not draft it)");
    act("consent", "登记来信人是否同意公开", "note whether the writer agrees to publishing")
        ->add_option("word", letter_.consent, "yes no")
        ->required()
        ->check(CLI::IsMember({"yes", "no"}));
    auto* const publish =
        act("publish", "公开（另行编辑、遮盖的文本）", "publish a text of its own, masked and edited");
    publish->add_option("--title", letter_.title, Say("标题", "title"));
    publish->add_option("--question", letter_.question,
                        Say("公开的来信，或 @文件", "the letter as published, or @file"));
    publish->add_option("--answer", letter_.answer, Say("公开的答复，或 @文件", "the answer as published, or @file"));
    publish->add_flag("--preview", letter_.preview, Say("只看自动遮盖的建议文本", "only show the masked proposal"));
  }

  void Returns() {
    auto* const returns = Add(app_, "returns", "退单分析", "orders that came back from units");
    auto* const report = Add(*returns, "report", "哪些规则、单位、事项的工单被退回，为什么，谁有理",
                             "whose orders came back, why, and who was right",
                             [this] { return minsheng::cli::ReturnsReport(context_, returns_); });
    report->add_option("--by", returns_.by, "rule unit reason hops topic")
        ->check(CLI::IsMember({"rule", "unit", "reason", "hops", "topic"}));
    auto* const rulings = Add(app_, "rulings", "裁定", "rulings");
    auto* const list = Add(*rulings, "list", "列出裁定", "list rulings",
                           [this] { return minsheng::cli::RulingsList(context_, returns_); });
    auto* const propose = Add(*rulings, "propose", "裁定与派单目录不同的，提出目录条目",
                              "propose Catalogue entries where rulings differ from the Catalogue",
                              [this] { return minsheng::cli::RulingsPropose(context_, returns_); });
    propose->add_option("--out", returns_.output,
                        Say("写成 catalogue.json 的补丁（JSON Patch）", "write a JSON Patch for catalogue.json"));
    for (auto* const command : {report, list, propose}) {
      command->add_option("--from", returns_.from,
                          Say("从哪天受理的，如 2015-08-01", "opened from this day, such as 2015-08-01"));
      command->add_option("--to", returns_.to, Say("到哪天，含当天", "to this day, included"));
    }
  }

  void CallBacks() {
    auto* const calls = Add(app_, "callbacks", "回访：答复审核以后问诉求人是否解决、是否满意",
                            "call-backs: was it solved, is the citizen satisfied?");
    auto* const list =
        Add(*calls, "list", "列出待回访的工单，到期早的在前", "list what is to be called back, the longest due first",
            [this] { return minsheng::cli::CallBacksList(context_, call_filter_); });
    list->add_option("--operator", call_filter_.holder, Say("某话务员的，和没人领的", "of one operator, and nobody's"));
    list->add_option("--way", call_filter_.way, "phone chat link")->check(CLI::IsMember({"phone", "chat", "link"}));
    list->add_flag("--all", call_filter_.over_too, Say("连同已结束的", "those that are over too"));
    list->add_option("--limit", call_filter_.limit, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1'000));
    auto* const take = Add(*calls, "take", "领取一个要打的电话；不写工单号就领最早到期的",
                           "take a call: the one of an order, or the longest due",
                           [this] { return minsheng::cli::CallBacksTake(context_, id_); });
    take->add_option("number", id_, Say("工单号", "order number"));
    auto* const done = Add(*calls, "done", "记下电话结果；没接通就不写 --reached",
                           "note how a call went; without --reached nobody answered",
                           [this] { return minsheng::cli::CallBacksDone(context_, call_done_); });
    done->add_option("number", call_done_.number, Say("工单号", "order number"))->required();
    done->add_flag("--reached", call_done_.reached, Say("已接通", "somebody answered"));
    done->add_option("--solved", call_done_.solved, "yes no unsaid")->check(CLI::IsMember({"yes", "no", "unsaid"}));
    done->add_option("--satisfied", call_done_.satisfied, "yes no unsaid")
        ->check(CLI::IsMember({"yes", "no", "unsaid"}));
    done->add_option("--words", call_done_.words, Say("诉求人的话", "the citizen's words"));
  }

  void Waiting(CLI::App& requests) {
    auto* const release =
        Add(requests, "release", "不再等候，马上研判", "stop waiting for further messages: judge it now",
            [this] { return minsheng::cli::RequestsRelease(context_, id_); });
    release->add_option("id", id_, Say("诉求编号", "id of the request"))->required();
    auto* const attach = Add(requests, "attach", "把一条消息并入工单", "attach a message to an order",
                             [this] { return minsheng::cli::RequestsAttach(context_, id_, target_); });
    attach->add_option("message", id_, Say("消息编号", "id of the message"))->required();
    attach->add_option("order", target_, Say("工单号", "number of the order"))->required();
    auto* const spam = Add(requests, "spam", "标为垃圾信息，不生成工单", "mark as spam: opens nothing",
                           [this] { return minsheng::cli::RequestsSpam(context_, id_, note_); });
    spam->add_option("id", id_, Say("诉求编号", "id of the request"))->required();
    spam->add_option("--note", note_, Say("说明", "a word about it"));
  }

  void Incidents() {
    auto* const incidents = Add(app_, "incidents", "群体事件：反映同一件事的诉求", "requests about the same happening");
    auto* const list = Add(*incidents, "list", "列出群体事件，新的在前", "list incidents, newest first",
                           [this] { return minsheng::cli::IncidentsList(context_, all_, callers_, limit_); });
    list->add_flag("--open", all_, Say("只列进行中的", "only those that go on"));
    list->add_option("--callers", callers_, Say("至少多少人来电，默认 2", "with at least so many callers, default 2"));
    list->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1'000));
    auto* const show = Add(*incidents, "show", "显示一个事件：增长、事项、诉求", "show one: growth, topics, requests",
                           [this] { return minsheng::cli::IncidentsShow(context_, id_, limit_); });
    show->add_option("id", id_, Say("事件编号", "id of the incident"))->required();
    show->add_option("--limit", limit_, Say("最多显示几件诉求", "at most so many requests"))
        ->check(CLI::Range(1, 1'000));
    const auto act = [&](const std::string& name, std::string_view zh, std::string_view en) {
      auto* const command = Add(*incidents, name, zh, en, [this, name] {
        return minsheng::cli::IncidentsAct(context_, {0, name, id_, target_, ids_, "", note_, {}});
      });
      command->add_option("id", id_, Say("事件编号", "id of the incident"))->required();
      command->add_option("--reason", note_, Say("理由", "why"))->required();
      return command;
    };
    act("close", "关闭，不再并入新诉求", "close: nothing joins it any more");
    act("merge", "并入另一个事件", "merge into another incident")
        ->add_option("--into", target_, Say("并入的事件编号", "id of the incident that stays"))
        ->required();
    act("split", "把几件诉求分出来，成为新事件", "make a new incident of some of its requests")
        ->add_option("--requests", ids_, Say("诉求编号", "ids of requests"))
        ->required();
    Add(*incidents, "rebuild", "按入库顺序重新分组（改了配置以后）",
        "group everything anew, after a change of parameters",
        [this] { return minsheng::cli::IncidentsRebuild(context_); });
    auto* const attempt = Add(*incidents, "try", "对 JSON 行文件试分组，不需要 Redis 和数据库",
                              "group a file of JSON lines; needs neither Redis nor database",
                              [this] { return minsheng::cli::IncidentsTry(context_, text_, limit_); });
    attempt
        ->add_option("file", text_,
                     Say("每行 {\"text\": …, \"time\": …}，- 为标准输入",
                         "one {\"text\": ..., \"time\": ...} a line; - for standard input"))
        ->required();
    attempt->add_option("--limit", limit_, Say("最多显示几个事件", "at most so many incidents"));
  }

  void Search() {
    auto* const search =
        Add(app_, "search", "全文检索：知识库、诉求和工单（遮盖后的文字）",
            "full-text search in articles, requests and orders, masked", [this] { return SearchOrRebuild(); });
    search->add_option("words", words_,
                       Say("要找的词，都要出现；加引号的须原样出现；也可写工单号；rebuild 为重建检索",
                           "words, all of which must occur; a phrase in quotes as it is; or an order number; rebuild "
                           "makes the index anew"));
    search->add_option("--kind", search_.kind, "article request order")
        ->check(CLI::IsMember({"article", "request", "order"}));
    search->add_option("--state", search_.state, Say("诉求或工单的状态", "state of the request or order"));
    search->add_option("--unit", search_.unit,
                       Say("主办或协办单位、条目的单位", "lead or helper unit; unit of the article"));
    search->add_option("--topic", search_.topic, Say("事项", "topic"));
    search->add_option("--from", search_.from, Say("起始日期（含），如 2015-08-01", "first day, such as 2015-08-01"));
    search->add_option("--to", search_.to, Say("截止日期（含）", "last day, included"));
    search->add_flag("--by-score", search_.by_score,
                     Say("按相关程度排，默认新的在前", "by relevance, default newest first"));
    search->add_option("--cursor", search_.cursor, Say("从上一页之后继续", "go on after the page before"));
    search->add_option("--limit", search_.limit, Say("最多条数", "at most so many"))->check(CLI::Range(1, 200));
  }

  int SearchOrRebuild() {
    if (words_ == std::vector<std::string>{"rebuild"}) return minsheng::cli::SearchRebuild(context_);
    for (const auto& word : words_) {
      // The shell took the quotes: who writes several words in one argument means a phrase.
      const bool phrase = word.find(' ') != std::string::npos && word.find('"') == std::string::npos;
      search_.words += (search_.words.empty() ? "" : " ") + (phrase ? "\"" + word + "\"" : word);
    }
    return minsheng::cli::Search(context_, search_);
  }

  void Articles() {
    auto* const articles = Add(app_, "articles", "知识库", "the knowledge base");
    const auto with_id = [&](const std::string& name, std::string_view zh, std::string_view en,
                             std::function<int()> act) {
      auto* const command = Add(*articles, name, zh, en, std::move(act));
      command->add_option("id", id_, Say("条目编号", "id of the article"))->required();
      return command;
    };
    auto* const list = Add(*articles, "list", "列出条目", "list the articles",
                           [this] { return minsheng::cli::ArticlesList(context_, article_filter_); });
    list->add_option("--state", article_filter_.state, "draft published retired")
        ->check(CLI::IsMember({"draft", "published", "retired"}));
    list->add_option("--topic", article_filter_.topic, Say("事项或类别", "topic or category"));
    list->add_option("--unit", article_filter_.unit, Say("单位", "unit"));
    with_id("show", "显示一个条目及其历史", "show an article and its history", [this] {
      return minsheng::cli::ArticlesShow(context_, id_, version_);
    })->add_option("--version", version_, Say("第几版，默认发布中的", "which version, default the published one"));
    auto* const import = Add(*articles, "import", "从文件导入，成为草稿", "import a file as drafts",
                             [this] { return minsheng::cli::ArticlesImport(context_, text_, note_); });
    import->add_option("file", text_, Say("条目的 JSON 数组", "a JSON array of articles"))->required();
    Note(import);
    auto* const out = Add(*articles, "export", "导出为文件", "export to a file",
                          [this] { return minsheng::cli::ArticlesExport(context_, text_, ids_); });
    out->add_option("file", text_, Say("新文件，- 为标准输出", "a new file, - for standard output"))->required();
    out->add_option("ids", ids_, Say("条目编号，默认全部", "ids, default all"));
    auto* const publish = with_id("publish", "发布最新版本（须由编写者以外的人）",
                                  "publish the latest version (by somebody who did not write it)",
                                  [this] { return minsheng::cli::ArticlesPublish(context_, id_, version_, note_); });
    publish->add_option("--version", version_, Say("您看到的版本", "the version you saw"));
    Note(publish);
    Note(with_id("retire", "停用", "retire", [this] { return minsheng::cli::ArticlesRetire(context_, id_, note_); }));
    Note(with_id("confirm", "复核：内容仍然正确", "confirm that it is still right",
                 [this] { return minsheng::cli::ArticlesConfirm(context_, id_, note_); }));
    Add(*articles, "review", "列出过期、将满、久未复核、待填的条目",
        "list what is expired, expiring, unconfirmed or unfinished",
        [this] { return minsheng::cli::ArticlesReview(context_, number_); })
        ->add_option("--days", number_, Say("提前多少天，默认 30", "so many days before the end, default 30"))
        ->default_val(30)
        ->check(CLI::Range(0, 3650));
    auto* const suggest = Add(
        *articles, "suggest", "为诉求推荐条目，说明得分", "suggest articles for a request, with the score explained",
        [this] { return minsheng::cli::ArticlesSuggest(context_, id_, text_, topic_, callers_); });
    suggest->add_option("request", id_, Say("诉求编号", "id of the request"));
    suggest->add_option("--text", text_, Say("或者一段话", "or some words"));
    suggest->add_option("--topic", topic_, Say("事项，默认研判的", "topic, default the one judged"));
    suggest->add_option("--limit", callers_, Say("最多条数，默认 3", "at most so many, default 3"))
        ->default_val(3)
        ->check(CLI::Range(1, 50));
    auto* const use =
        with_id("use", "记下用这个条目答复了诉求，并显示答复", "note that it answered a request; prints the answer",
                [this] { return minsheng::cli::ArticlesUse(context_, id_, text_); });
    use->add_option("request", text_, Say("诉求编号", "id of the request"))->required();
    auto* const stats =
        Add(*articles, "stats", "各条目用了几次、一次办结多少", "how often each was used, and settled matters",
            [this] { return minsheng::cli::ArticlesStats(context_, from_, known_on_); });
    stats->add_option("--from", from_, Say("起始日期（含）", "first day"));
    stats->add_option("--to", known_on_, Say("截止日期（含）", "last day, included"));
  }

  void Parked() {
    auto* const parked = Add(app_, "parked", "搁置的消息", "parked messages");
    auto* const list = Add(*parked, "list", "列出搁置的消息和原因", "list parked messages and why",
                           [this] { return minsheng::cli::ParkedList(context_, all_); });
    list->add_flag("--all", all_, Say("包括已处理的", "resolved ones too"));
    auto* const show = Add(*parked, "show", "显示原始报文", "show the raw bytes",
                           [this] { return minsheng::cli::ParkedShow(context_, id_); });
    show->add_option("id", id_, Say("编号", "id"))->required();
    auto* const retry =
        Add(*parked, "retry", "重新处理", "try again", [this] { return minsheng::cli::ParkedRetry(context_, ids_); });
    retry->add_option("ids", ids_, Say("编号", "ids"))->required();
  }

  void Deadlines() {
    auto* const calendar = Add(app_, "calendar", "工作日历", "the Calendar of working days");
    const auto known_on = [this](CLI::App* command, std::string* to) {
      command->add_option("--as-known-on", *to,
                          Say("按这一天已公布的通知，如 2015-05-12；默认全部",
                              "by the notices known on this day, such as 2015-05-12; default all"));
    };
    auto* const show = Add(*calendar, "show", "一年的放假和补班", "days off and make-up days of a year",
                           [this] { return minsheng::cli::CalendarShow(context_, number_, known_on_); });
    show->add_option("year", number_, Say("年份", "year"))->required()->check(CLI::Range(1900, 2999));
    known_on(show, &known_on_);
    auto* const count = Add(*calendar, "count", "数工作日，列出每一天", "count working days and list each day",
                            [this] { return minsheng::cli::CalendarCount(context_, from_, number_, known_on_); });
    count->add_option("--from", from_, Say("起算日，从次日数起", "day of the start; counted from the next"))
        ->required();
    count->add_option("--working-days", number_, Say("工作日数", "number of working days"))
        ->required()
        ->check(CLI::Range(0, 1000));
    known_on(count, &known_on_);
    auto* const recompute = Add(*calendar, "recompute", "日历变了：列出期限会变的未结工单；--apply 写入",
                                "after a change: open orders whose due times move; --apply changes them",
                                [this] { return minsheng::cli::CalendarRecompute(context_, all_, limits_too_); });
    recompute->add_flag("--apply", all_, Say("写入工单（须 --as）", "change the orders (needs --as)"));
    recompute->add_flag("--limits", limits_too_,
                        Say("连同时限规定改动所致的变动", "also what only changed limits move"));
    auto* const limits = Add(app_, "limits", "时限", "limits");
    auto* const attempt = Add(*limits, "try", "用另一份时限重算过去的工单：有多少会超期，按单位和类型",
                              "past orders against other limits: how many would have been late, by unit and type",
                              [this] { return minsheng::cli::LimitsTry(context_, text_, from_, to_); });
    attempt->add_option("file", text_, Say("时限文件（limits.json 的格式）", "a file like limits.json"))->required();
    attempt->add_option("--from", from_, Say("受理起始日（含）", "first day of opening"))->required();
    attempt->add_option("--to", to_, Say("受理截止日（含）", "last day, included"))->required();
    auto* const rows = Add(*limits, "show", "列出时限，或适用于某类诉求的时限", "list the limits, or those of a matter",
                           [this] { return minsheng::cli::LimitsShow(context_, limits_); });
    auto* const due = Add(*limits, "count", "算出一张工单的各个期限", "count the deadlines of an order",
                          [this] { return minsheng::cli::LimitsCount(context_, limits_); });
    for (auto* const command : {rows, due}) {
      command->add_option("--type", limits_.type, Say("诉求类型，如 complaint", "request type, such as complaint"));
      auto* const topic =
          command->add_option("--topic,--category", limits_.topic, Say("事项或类别", "topic or category"));
      if (command == due) topic->required();
      command->add_option("--urgency", limits_.urgency, "normal urgent emergency");
      command->add_option("--profile", limits_.profile, Say("时期：normal emergency", "profile: normal emergency"));
    }
    due->add_option("--opened", limits_.opened,
                    Say("受理时间（北京时间），如 \"2015-02-13 16:30\"",
                        "time of opening in Shanghai, such as \"2015-02-13 16:30\""))
        ->required();
    known_on(due, &limits_.known_on);
  }

  void Chasing() {
    auto* const tasks = Add(app_, "tasks", "电话催办", "telephone reminders");
    auto* const list = Add(*tasks, "list", "列出要打的催办电话", "list the calls to make",
                           [this] { return minsheng::cli::TasksList(context_, all_, id_, limit_); });
    list->add_flag("--all", all_, Say("包括已办的", "those made too"));
    list->add_option("--order", id_, Say("只列这张工单的", "of this order only"));
    list->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1'000));
    auto* const done = Add(*tasks, "done", "登记一次催办电话的结果", "note how a call went",
                           [this] { return minsheng::cli::TasksDone(context_, id_, state_); });
    done->add_option("id", id_, Say("任务编号", "id of the task"))->required();
    done->add_option("--outcome", state_, "reached promised disputed not-reached not-needed")->required();
    auto* const supervise = Add(app_, "supervise", "督办", "supervision");
    auto* const under = Add(*supervise, "list", "列出督办中的工单和原因", "list orders under supervision, and why",
                            [this] { return minsheng::cli::SuperviseList(context_, target_, limit_); });
    under->add_option("--cursor", target_, Say("从此工单编号之后继续", "go on after this order's id"));
    under->add_option("--limit", limit_, Say("最多条数", "at most so many"))->check(CLI::Range(1, 1'000));
    auto* const why =
        Add(*supervise, "show", "一张工单的预警、催办、标记和依据", "warnings, reminders and flags of an order",
            [this] { return minsheng::cli::SuperviseShow(context_, id_); });
    why->add_option("number", id_, Say("工单号", "order number"))->required();
    auto* const checks =
        Add(*supervise, "checks", "各项检查标记了多少、误报多少", "what the checks flagged, and false alarms",
            [this] { return minsheng::cli::SuperviseChecks(context_, days_); });
    checks->add_option("--days", days_, Say("最近多少天，默认 90", "of the last so many days, default 90"))
        ->check(CLI::Range(1, 3660));
    auto* const emergency = Add(app_, "emergency", "应急时期：期间派出的工单按应急时限",
                                "emergency: orders handed over in it have its limits");
    auto* const on =
        Add(*emergency, "on", "开始（或预定）应急时期，须领导或督办", "begin or plan one; by a leader or supervisor",
            [this] { return minsheng::cli::EmergencyOn(context_, emergency_); });
    on->add_option("--why", emergency_.why, Say("原因，如：台风红色预警", "why"))->required();
    on->add_option("--from", emergency_.from, Say("开始时间，默认现在", "begin, default now"));
    on->add_option("--until", emergency_.until, Say("结束时间，默认直到 off", "end, default until off"));
    Add(*emergency, "off", "结束应急时期", "end it", [this] { return minsheng::cli::EmergencyOff(context_); });
    Add(*emergency, "list", "应急时期的记录", "the record of emergencies",
        [this] { return minsheng::cli::EmergencyList(context_); });
  }

  void Checks() {
    auto* const audit = Add(app_, "audit", "核对", "audit");
    auto* const balance =
        Add(*audit, "balance", "收到的每条消息在且只在一处", "every message received is in exactly one place",
            [this] { return minsheng::cli::AuditBalance(context_, hours_); });
    balance->add_option("--hours", hours_, Say("只看最近若干小时，0 为全部", "the last so many hours only; 0 = all"));
    auto* const backup =
        Add(app_, "backup", "备份到一个新目录，可在运行中进行", "back up into a new folder, also while running",
            [this] { return minsheng::cli::Backup(context_, id_, all_); });
    backup->add_option("folder", id_, Say("新目录", "a new folder"))->required();
    backup->add_flag(
        "--with-key", all_,
        Say("连同主密钥：拿到备份的人可以读出全部文字", "with the master key: who has the backup reads every text"));
    auto* const restore = Add(app_, "restore", "把备份恢复到空的数据目录", "restore a backup into an empty data folder",
                              [this] { return minsheng::cli::Restore(context_, id_, text_); });
    restore->add_option("folder", id_, Say("备份目录", "folder of the backup"))->required();
    restore->add_option("--erasures", text_,
                        Say("备份之后的删除记录 erasures.jsonl", "the journal of erasures since then, erasures.jsonl"));
    auto* const erase = Add(app_, "erase", "永久删除一个人的全部内容", "erase everything of a person, for good",
                            [this] { return minsheng::cli::Erase(context_, erase_); });
    erase->add_option("--citizen", erase_.citizen, Say("市民编号", "id of the citizen"));
    erase->add_option("--phone", erase_.address,
                      Say("电话、邮箱或平台账号", "telephone number, mail address or platform id"));
    erase->add_option("--request", erase_.request, Say("此诉求的市民", "the citizen of this request"));
    erase->add_option("--journal", erase_.journal,
                      Say("在恢复的旧副本上重做这份删除记录", "repeat this journal of erasures on a restored copy"));
    erase->add_option("--reason", erase_.reason, Say("原因", "why"));
    erase->add_flag("--force", erase_.force, Say("即使还有未办结的工单", "even while an order is open"));
    erase->add_flag("--sure", erase_.sure, Say("已看过将删除什么", "what will go was looked at"));
    auto* const keys = Add(app_, "keys", "主密钥：市民密钥之上的那一个", "the master key above citizens' keys");
    Add(*keys, "status", "现用哪个，还有多少没有换", "which is in use, and how much is under an old one",
        [this] { return minsheng::cli::KeysStatus(context_); });
    Add(*keys, "rotate", "换新的主密钥，可随时重做", "change to a new master key; may be repeated",
        [this] { return minsheng::cli::KeysRotate(context_); });
    Add(*keys, "retire", "从密钥文件去掉不再用的旧密钥", "take old master keys out of the key file",
        [this] { return minsheng::cli::KeysRetire(context_); });
    auto* const config = Add(app_, "config", "配置", "configuration");
    Add(*config, "check", "检查配置、规则、单位、派单目录、工作日历和时限",
        "check configuration, rules, units, Catalogue, Calendar and limits",
        [this] { return minsheng::cli::ConfigCheck(context_); });
    Add(*config, "describe", "列出每个配置项及默认值", "print every key with its default",
        [this] { return minsheng::cli::ConfigDescribe(context_); });
  }

  Context context_;
  CLI::App app_;
  std::function<int()> act_;
  minsheng::cli::IngestArgs ingest_;
  minsheng::cli::ReplayArgs replay_;
  minsheng::cli::LearnArgs learn_;
  minsheng::cli::SuggestArgs suggest_;
  minsheng::store::OrderFilter filter_;
  minsheng::cli::SearchArgs search_;
  minsheng::store::ArticleFilter article_filter_;
  std::vector<std::string> words_;
  minsheng::cli::ActArgs order_act_;
  minsheng::cli::CallBackArgs call_done_;
  minsheng::cli::ReturnsArgs returns_;
  minsheng::store::CallBackFilter call_filter_;
  minsheng::cli::PinArgs pin_;
  minsheng::cli::EraseArgs erase_;
  std::string folder_, text_, channel_, id_, topic_, note_, state_, target_;
  std::vector<std::string> ids_;
  std::int64_t version_ = 0;
  std::int64_t expected_ = 0;
  int limit_ = 50;
  int hours_ = 0;
  minsheng::cli::LimitsArgs limits_;
  minsheng::cli::EmergencyArgs emergency_;
  std::string from_, to_, known_on_;
  bool limits_too_ = false;
  int days_ = 90;
  int number_ = 0;
  int callers_ = 2;
  bool all_ = false;
  bool anonymous_ = false;
  bool confidential_ = false;
  minsheng::cli::LetterArgs letter_;
};

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a Redis or peer that went away must not take us along
  return Commands(Language(argc, argv)).Run(argc, argv);
}
