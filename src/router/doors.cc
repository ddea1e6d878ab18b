// SPDX-License-Identifier: Apache-2.0
#include "src/router/doors.h"

#include "src/base/log.h"
#include "src/base/metrics.h"
#include "src/router/answers.h"

namespace minsheng::router {
namespace {

constexpr int kRefusalsLoggedPerSecond = 5;
constexpr std::int64_t kRefusalHourMs = 3'600'000;

}  // namespace

void Refusals::Add(const std::string& channel, const Error& error) {
  metrics::Count("minsheng_refused_total", {{"channel", channel}, {"reason", Label(error.kind)}});
  const auto now = ToMs(clock_.Now());
  bool log_it = false;
  {
    const std::lock_guard lock(mutex_);
    ++counts_[{channel, now / kRefusalHourMs, std::string(Label(error.kind))}];
    if (now / 1000 != logged_second_) {
      logged_second_ = now / 1000;
      logged_ = 0;
    }
    log_it = ++logged_ <= kRefusalsLoggedPerSecond;
  }
  if (log_it) log::Warn("refused", {{"channel", channel}, {"kind", Label(error.kind)}, {"why", error.what}});
}

void Refusals::Flush(store::Store& store) {
  std::map<Key, std::int64_t> counts;
  {
    const std::lock_guard lock(mutex_);
    counts.swap(counts_);
  }
  for (const auto& [key, n] : counts) {
    if (store.AddRefused(key.channel, key.hour, key.reason, n)) continue;
    const std::lock_guard lock(mutex_);
    counts_[key] += n;
  }
}

void Doors::AddRoutes(http::Server& server) {
  const auto handle = [this](http::Request request, http::Responder responder) {
    Handle(std::move(request), std::move(responder));
  };
  server.Route("GET", "/hook/{channel}/{account}", handle);
  server.Route("POST", "/hook/{channel}/{account}", handle);
}

void Doors::Handle(http::Request request, http::Responder responder) {
  const auto channel_name = request.params["channel"];
  const auto account = request.params["account"];
  auto* const channel = find_(channel_name, account);
  if (channel == nullptr) {
    responder.Send(Refused({ErrorKind::kNotFound, "no such channel account"}));
    return;
  }
  if (request.method != "GET" && request.method != "POST") {  // a HEAD arrives here too, as a GET without answer
    responder.Send(Refused({ErrorKind::kInvalid, "method"}));
    return;
  }
  auto inbound = channel->Receive(request);
  if (!inbound) {
    refusals_.Add(channel_name, inbound.error());
    responder.Send(Refused(inbound.error()));
    return;
  }
  if (inbound->items.empty()) {
    responder.Send(std::move(inbound->ack));
    return;
  }
  if (inbound->passive && inbound->items.size() == 1) {
    AcceptHeld(channel_name, account, std::move(*inbound), std::move(responder));
  } else {
    AcceptPlain(channel_name, account, std::move(*inbound), std::move(responder));
  }
}

void Doors::AcceptPlain(const std::string& channel, const std::string& account, Inbound inbound,
                        http::Responder responder) {
  auto items = intake_.Prepare(channel, account, inbound);
  if (!items) {
    refusals_.Add(channel, items.error());
    responder.Send(Refused(items.error()));
    return;
  }
  const auto held = std::make_shared<http::Responder>(std::move(responder));
  intake_.Append(std::move(*items),
                 [held, ack = std::move(inbound.ack)](const Result<std::vector<Accepted>>& accepted) {
                   held->Send(accepted ? ack : TryAgain());
                 });
}

// The desk must know of the call before the append: the worker may be faster than our answer.
void Doors::AcceptHeld(const std::string& channel, const std::string& account, Inbound inbound,
                       http::Responder responder) {
  inbound.items.front().message.facts["open_call"] = "1";
  auto items = intake_.Prepare(channel, account, inbound);
  if (!items) {
    refusals_.Add(channel, items.error());
    responder.Send(Refused(items.error()));
    return;
  }
  const auto id = items->front().id;
  desk_.Hold(id, {std::move(responder), std::move(inbound.ack), std::move(inbound.passive)});
  intake_.Append(std::move(*items), [this, id](const Result<std::vector<Accepted>>& accepted) {
    if (!accepted) {
      if (auto call = desk_.Release(id)) call->responder.Send(TryAgain());
    } else if (accepted->front().duplicate) {
      desk_.MoveTo(id, accepted->front().id);
    } else {
      desk_.Durable(id);
    }
  });
}

}  // namespace minsheng::router
