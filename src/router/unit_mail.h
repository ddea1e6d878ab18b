// SPDX-License-Identifier: Apache-2.0
// Orders to units by e-mail: one mail per order, with the outbox id in its Message-ID so that a
// repeat can be told.
#pragma once
#include <memory>
#include <string>

#include "channels/channel.h"
#include "src/mail/smtp.h"
#include "src/orders/catalogue.h"
#include "src/store/store.h"

namespace minsheng::router {

class UnitMail {
 public:
  // sender may be null: then nothing can be sent by mail.
  UnitMail(std::unique_ptr<mail::Sender> sender, std::string from, std::shared_ptr<const orders::Catalogue> catalogue,
           const Clock& clock);

  // kRejected without a server or an address; else as mail::Sender says.
  Result<Receipt> Send(const store::OutboxRow& row) const;

 private:
  std::unique_ptr<mail::Sender> sender_;
  std::string from_;
  std::shared_ptr<const orders::Catalogue> catalogue_;
  const Clock& clock_;
};

}  // namespace minsheng::router
