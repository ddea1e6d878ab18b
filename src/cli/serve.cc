// SPDX-License-Identifier: Apache-2.0
// minsheng serve: objects, threads and the order in which they stop.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/base/replace_file.h"
#include "src/base/ulid.h"
#include "src/callback/citizen_page.h"
#include "src/callback/unit_api.h"
#include "src/chase/sweep.h"
#include "src/cli/cli.h"
#include "src/cli/descriptors.h"
#include "src/desk/form_desk.h"
#include "src/incidents/follower.h"
#include "src/router/dispatcher.h"
#include "src/router/doors.h"
#include "src/router/keeper.h"
#include "src/router/pollers.h"
#include "src/router/rules_holder.h"
#include "src/router/scheduler.h"
#include "src/router/settler.h"
#include "src/router/unit_mail.h"
#include "src/router/unit_webhook.h"
#include "src/router/worker.h"
#include "src/store/keeping.h"

namespace minsheng::cli {
namespace {

constexpr Millis kStopLimit{10'000};

// One process at a time works in a data folder. The lock goes with the process.
Result<int> LockFolder(const std::string& folder) {
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  const auto path = folder + "/lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const int why = errno;
    return MakeError(ErrorKind::kInvalid,
                     fmt::format("{}: {}. 不能写数据目录，它应属于运行 minsheng 的用户（uid {}） / cannot write in the "
                                 "data folder: it must belong to the user that runs minsheng (uid {})",
                                 path, std::strerror(why), geteuid(), geteuid()));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return MakeError(ErrorKind::kConflict,
                     folder + ": 已有 minsheng 在使用这个数据目录 / another minsheng works in this data folder");
  }
  return fd;
}

// What this folder is called in the claims of its processes: made at the first start.
Result<std::string> FolderId(const std::string& folder) {
  const auto path = folder + "/id";
  std::string id;
  if (std::ifstream in(path); in >> id && IsUlid(id)) return id;
  id = NewUlid(SystemClock().Now());
  if (const auto written = ReplaceFile(path, id + "\n"); !written) return Fail(written.error());
  return id;
}

std::string OwnerName() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return fmt::format("{}:{}:{}", host, getpid(), ToMs(SystemClock().Now()));
}

// Adapts dispatch kinds to their senders.
std::map<std::string, router::Dispatcher::Sender> Senders(const AppConfig& config, const router::UnitWebhooks& hooks,
                                                          const router::UnitMail& mail) {
  std::map<std::string, router::Dispatcher::Sender> senders;
  senders["reply"] = [&config](const store::OutboxRow& row) -> Result<Receipt> {
    auto reply = DecodeReply(row.draft.payload);
    if (!reply) return Fail(reply.error());
    reply->id = row.id;
    if (!row.order_number.empty()) reply->facts["order"] = row.order_number;
    auto* const channel = router::FindAccount(config.accounts, row.draft.channel, row.draft.account);
    if (channel == nullptr) {
      return MakeError(ErrorKind::kRejected,
                       "no account " + row.draft.channel + "/" + row.draft.account + " in the configuration");
    }
    return channel->Send(*reply);
  };
  senders["dispatch-webhook"] = [&hooks](const store::OutboxRow& row) { return hooks.Send(row); };
  senders["dispatch-mail"] = [&mail](const store::OutboxRow& row) { return mail.Send(row); };
  return senders;
}

// What the clock does with orders (src/chase/sweep.h).
std::function<void(Time)> Chasing(chase::Sweep& sweep, const router::RulesHolder& rules) {
  return [&sweep, &rules, failing = false, told = orders::Date{}](Time now) mutable {
    const auto round = sweep.Step(now);
    if (!round && !failing) log::Warn("chase-failed", {{"error", round.error().what}});
    failing = !round;
    const auto table = rules.Current().timetable;
    const auto today = orders::ShanghaiDay(now);
    if (!table || told == today) return;
    told = today;
    if (const auto missing = chase::MissingYear(*table->calendar, now); !missing.empty())
      log::Warn("calendar-year-missing", {{"remedy", missing}});
  };
}

// Readiness, with what will be wrong soon.
void AddOwnRoutes(http::Server& server, const router::Scheduler& scheduler, const router::RulesHolder& rules) {
  server.Route("GET", "/healthz", [](const http::Request&, http::Responder r) {
    r.Send({200, "ok\n", "text/plain; charset=utf-8", {}});
  });
  server.Route("GET", "/readyz", [&scheduler, &rules](const http::Request&, http::Responder r) {
    const auto why = scheduler.NotReady();
    std::string body = why.empty() ? "ready\n" : why + "\n";
    if (const auto table = rules.Current().timetable) {
      const auto soon = chase::MissingYear(*table->calendar, SystemClock().Now());
      if (!soon.empty()) body += "warning: " + soon + "\n";
    }
    r.Send({why.empty() ? 200 : 503, body, "text/plain; charset=utf-8", {}});
  });
  server.Route("GET", "/metrics", [](const http::Request& request, http::Responder r) {
    const bool local = request.remote == "127.0.0.1";
    r.Send({local ? 200 : 403, local ? metrics::Text() : "", "text/plain; version=0.0.4; charset=utf-8", {}});
  });
}

// Everything between the configuration and the signal, in the order of its making; destruction
// runs the other way round.
struct Running {
  AppConfig config;
  int lock = -1;
  std::unique_ptr<stream::PrivateRedis> private_redis;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<stream::Redis> redis;
  std::unique_ptr<router::RulesHolder> rules;
  std::optional<router::UnitWebhooks> hooks;
  std::optional<router::UnitMail> mail;
  std::unique_ptr<Blobs> blobs;
  std::unique_ptr<stream::Appender> appender;
};

// What the workers begin with. A stored version that cannot be used does not keep the doors shut: what
// comes in waits in the stream until a usable one is in force.
Result<router::Knowledge> FirstKnowledge(const Context& context, Running& r) {
  const auto files = RuleFiles(r.config);
  if (!files) return Fail(files.error());
  auto rules = router::LoadActive(*r.store, *files, context.language);
  const auto stored = r.store->RuleSetsInForce();
  if (!rules && (!stored || stored->active == 0)) return Fail(rules.error());
  if (!rules) Report(context, rules.error());
  auto articles = LoadArticles(*r.store);
  if (!articles) return Fail(articles.error());
  if (!rules) {
    auto units = LoadUnits(r.config);
    if (!units) return Fail(units.error());
    return router::Knowledge{nullptr, std::move(*units), nullptr, nullptr, std::move(*articles)};
  }
  auto guide = LoadGuide(r.config, **rules);
  if (!guide) return Fail(guide.error());
  const auto profile = r.store->Chase().ProfileAt(SystemClock().Now());
  if (!profile) return Fail(profile.error());
  return router::Knowledge{std::move(*rules),
                           std::move(guide->catalogue),
                           nullptr,
                           router::InProfile(std::move(guide->timetable), *profile),
                           std::move(*articles),
                           std::move(guide->book)};
}

Result<std::unique_ptr<Running>> Prepare(const Context& context, std::uint64_t descriptors) {
  auto config = LoadConfig(context.config_path, context.demo, context.data, context.language);
  if (!config) return Fail(config.error());
  auto r = std::make_unique<Running>();
  r->config = std::move(*config);
  r->config.http.max_in_flight = RequestsFor(descriptors, r->config.http.max_in_flight);
  log::SetLevel(r->config.log_level == "debug"   ? log::Level::kDebug
                : r->config.log_level == "info"  ? log::Level::kInfo
                : r->config.log_level == "warn"  ? log::Level::kWarn
                : r->config.log_level == "error" ? log::Level::kError
                                                 : log::Level::kOff);
  log::Info("limits", {{"descriptors", descriptors}, {"max_in_flight", r->config.http.max_in_flight}});
  auto lock = LockFolder(r->config.data);
  if (!lock) return Fail(lock.error());
  r->lock = *lock;
  std::error_code none;
  if (std::filesystem::exists(r->config.data + "/restoring", none)) {
    return MakeError(ErrorKind::kConflict, r->config.data +
                                               ": 恢复没有完成，请再运行一次 minsheng restore / a restore was "
                                               "cut short: run minsheng restore again");
  }
  if (r->config.redis_url.empty()) {
    auto own = stream::PrivateRedis::Start(r->config.data + "/redis", SystemClock());
    if (!own) return Fail(own.error());
    r->private_redis = std::move(*own);
  }
  const auto owner = FolderId(r->config.data);
  if (!owner) return Fail(owner.error());
  auto store = store::Store::Open(StoreUrl(r->config), SystemClock(), StoreAccess(r->config, *owner));
  if (!store) return MakeError(store.error().kind, StoreUrl(r->config) + ": " + store.error().what);
  r->store = std::move(*store);
  // The folder's lock is ours, so whoever sent something in its name is gone. Others may be at work.
  if (const auto released = r->store->ReleaseClaims(SystemClock().Now()); !released) return Fail(released.error());
  auto knowledge = FirstKnowledge(context, *r);
  if (!knowledge) return Fail(knowledge.error());
  auto hooks = router::UnitWebhooks::Make(*knowledge->catalogue, *r->config.client, SystemClock());
  if (!hooks) return Fail(hooks.error());
  r->hooks = std::move(*hooks);
  const auto& m = r->config.mail;
  mail::MailServer smtp{m.smtp_url, m.smtp_user, m.smtp_password, "", m.require_tls};
  r->mail.emplace(m.smtp_url.empty() ? nullptr : mail::MakeCurlSender(std::move(smtp)), m.from, knowledge->catalogue,
                  SystemClock());
  r->rules = std::make_unique<router::RulesHolder>(
      std::move(*knowledge), [c = &r->config](const rules::RuleSet& set) { return LoadGuide(*c, set); });
  auto redis = stream::Redis::Open(StreamOptions(r->config, OwnerName()), SystemClock());
  if (!redis) return Fail(redis.error());
  r->redis = std::move(*redis);
  r->blobs = std::make_unique<Blobs>(BlobsFolder(r->config), r->store->Keep().BlobSecret());
  r->appender = r->redis->MakeAppender();
  for (auto& account : r->config.accounts) account.host->Bind(*r->store);
  return r;
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

int Run(const Context& context, Running& r) {
  const auto& clock = SystemClock();
  router::Refusals refusals(clock);
  const router::Intake intake(*r.appender, *r.blobs, clock);
  router::PassiveDesk desk(*r.store, clock);
  router::Doors doors(
      [&r](const std::string& channel, const std::string& account) {
        return router::FindAccount(r.config.accounts, channel, account);
      },
      intake, desk, refusals);
  router::Dispatcher dispatcher(*r.store, Senders(r.config, *r.hooks, *r.mail), clock);
  incidents::Follower follower(r.store->Incidents(), r.config.incidents, OwnerName(), clock);
  router::Settler settler(
      r.store->Talks(), [&r] { return r.rules->Current(); }, r.config.policy,
      [&](const std::vector<store::Outcome>&) {
        dispatcher.Wake();
        follower.Wake();
      },
      clock);
  const auto committed = [&](const std::vector<store::Outcome>& outcomes) {
    desk.Committed(outcomes);
    dispatcher.Wake();
    follower.Wake();
    settler.Wake();
  };
  std::vector<std::unique_ptr<router::Worker>> workers;
  for (int i = 0; i < r.config.workers; ++i) {
    workers.push_back(std::make_unique<router::Worker>(
        r.redis->MakeReader(), *r.store, [&r] { return r.rules->Current(); }, r.config.policy, committed, clock));
  }
  router::Scheduler scheduler({*r.store, *r.redis, *r.appender, *r.rules, refusals}, clock);
  scheduler.Also([&r] { router::KeepInOrder(*r.store, *r.blobs); });
  desk::Desk acts(
      *r.store, [&r] { return r.rules->Current(); }, {r.config.policy, r.config.check_answers}, clock);
  desk::FormDesk form_desk(acts);
  const auto sweep = [&] {
    const auto done = form_desk.Sweep();
    if (!done) log::Warn("form-sweep-failed", {{"error", done.error().what}});
    if (done && *done > 0) dispatcher.Wake();
  };
  scheduler.Also(sweep);
  chase::Sweep chaser(acts, r.config.chase);
  scheduler.Also([&clock, chase = Chasing(chaser, *r.rules)]() mutable { chase(clock.Now()); });
  callback::CallBacks call_backs(acts, CallBackOptions(r.config));
  callback::CitizenPage citizen_page(call_backs, clock);
  callback::UnitApi unit_api(acts, callback::ReadUnitSecrets(*r.rules->Current().catalogue));
  callback::Background background;
  scheduler.Also([&] {
    if (call_backs.Sweep() > 0) dispatcher.Wake();
  });
  router::Pollers pollers(r.config.accounts, intake, refusals);
  http::Server server(r.config.http, clock);
  doors.AddRoutes(server);
  AddOwnRoutes(server, scheduler, *r.rules);
  citizen_page.AddRoutes(server, background);
  unit_api.AddRoutes(server, background);

  std::atomic<bool> stop_work{false};
  std::atomic<bool> stop_sending{false};
  std::vector<std::thread> senders;
  senders.reserve(static_cast<std::size_t>(r.config.senders));
  std::vector<std::thread> work;
  for (auto& worker : workers) work.emplace_back([&stop_work, w = worker.get()] { w->Run(stop_work); });
  std::thread grouping([&] { follower.Run(stop_sending); });
  std::thread settling([&] { settler.Run(stop_work); });
  for (int i = 0; i < r.config.senders; ++i) senders.emplace_back([&] { dispatcher.Run(stop_sending); });
  r.rules->Start(*r.store);
  scheduler.Start();
  background.Start();
  pollers.Start();
  int code = kOk;
  if (const auto started = server.Start(); started) {
    log::Info("serving",
              {{"address", r.config.http.address}, {"port", server.port()}, {"rule_set", r.rules->ActiveVersion()}});
    PrintErr(fmt::format("{} http://{}:{}/", context.Say("民声已就绪：", "minsheng is ready:"), r.config.http.address,
                         server.port()));
    const auto signals = StopSignals();
    int signal = 0;
    sigwait(&signals, &signal);
    log::Info("stopping", {{"signal", signal}});
  } else {
    code = Report(context, started.error());
  }
  // A stop that hangs is cut short: stream and outbox make that safe.
  std::thread([] {
    std::this_thread::sleep_for(kStopLimit);
    _exit(kFindings);
  }).detach();
  server.Drain(kStopLimit / 3);
  background.Stop();
  pollers.Stop();
  stop_work = true;
  settler.Wake();
  for (auto& w : work) w.join();
  settling.join();
  stop_sending = true;
  for (std::size_t i = 0; i < senders.size(); ++i) dispatcher.Wake();
  for (auto& s : senders) s.join();
  follower.Wake();
  grouping.join();
  scheduler.Stop();
  r.rules->Stop();
  r.appender.reset();  // its last answers still reach doors and desk
  server.Stop(kStopLimit / 5);
  return code;
}

}  // namespace

int Serve(const Context& context) {
  umask(S_IRWXG | S_IRWXO);  // what lies in the data folder is personal data
  const auto signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto running = Prepare(context, RaiseDescriptorLimit());
  if (!running) return ReportStart(context, running.error());
  const int code = Run(context, **running);
  running->reset();
  log::Info("stopped");
  std::fflush(nullptr);
  _exit(code);  // static destructors of the HTTP library may hang or crash
}

int HealthCheck(const Context& context) {
  const auto config = LoadConfig(context.config_path, context.demo, context.data, context.language);
  if (!config) return ReportStart(context, config.error());
  const auto client = http::MakeCurlClient({{"127.0.0.1"}});
  http::Call call;
  call.url = fmt::format("http://127.0.0.1:{}/readyz", config->http.port);
  const auto answer = client->Do(call);
  if (answer && answer->status == 200) return kOk;
  PrintErr(answer ? answer->body : answer.error().what);
  return kFindings;
}

}  // namespace minsheng::cli
