// SPDX-License-Identifier: Apache-2.0
#include "src/router/host.h"

#include <algorithm>

namespace minsheng::router {

Result<std::optional<std::string>> StoredState::Get(const std::string& key) { return store_->GetState(scope_, key); }

Result<void> StoredState::Put(const std::string& key, const std::string& value) {
  const auto put = store_->PutState(scope_, key, std::nullopt, value);
  if (!put) return Fail(put.error());
  return {};
}

Result<bool> StoredState::CompareAndPut(const std::string& key, const std::optional<std::string>& expected,
                                        const std::string& value) {
  return store_->PutState(scope_, key, std::make_optional(expected), value);
}

Channel* FindAccount(const std::vector<Account>& accounts, std::string_view channel, std::string_view account) {
  const auto at = std::find_if(accounts.begin(), accounts.end(),
                               [&](const Account& a) { return a.channel == channel && a.account == account; });
  return at == accounts.end() ? nullptr : at->adapter.get();
}

}  // namespace minsheng::router
