// SPDX-License-Identifier: Apache-2.0
// Orders to units by e-mail: one mail per order, with the outbox id in its Message-ID so that a
// repeat can be told.
#pragma once
#include <memory>
#include <string>

#include "channels/channel.h"
#include "src/base/config_reader.h"
#include "src/orders/catalogue.h"
#include "src/store/store.h"

namespace minsheng::router {

class UnitMail {
 public:
  UnitMail(std::string smtp_url, std::string user, Secret password, std::string from, bool require_tls,
           std::shared_ptr<const orders::Catalogue> catalogue, const Clock& clock);

  // kRejected without a configured server or address; else as mail::SendMail says.
  Result<Receipt> Send(const store::OutboxRow& row) const;

 private:
  std::string smtp_url_;
  std::string user_;
  Secret password_;
  std::string from_;
  bool require_tls_;
  std::shared_ptr<const orders::Catalogue> catalogue_;
  const Clock& clock_;
};

}  // namespace minsheng::router
