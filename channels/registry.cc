// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "channels/channel.h"

namespace minsheng {
namespace {

// Function-local, so that it exists before the first registration of any file.
std::vector<ChannelType>& Table() {
  static auto* const table = new std::vector<ChannelType>();
  return *table;
}

}  // namespace

RegisterChannel::RegisterChannel(const ChannelType& type) {
  auto& table = Table();
  const auto at = std::lower_bound(table.begin(), table.end(), type,
                                   [](const ChannelType& a, const ChannelType& b) { return a.name < b.name; });
  if (at != table.end() && at->name == type.name) {
    std::fprintf(stderr, "channel registered twice: %s\n", std::string(type.name).c_str());
    std::abort();
  }
  table.insert(at, type);
}

const std::vector<ChannelType>& AllChannelTypes() { return Table(); }

const ChannelType* FindChannelType(std::string_view name) {
  const auto& table = AllChannelTypes();
  const auto at = std::find_if(table.begin(), table.end(), [&](const ChannelType& t) { return t.name == name; });
  return at == table.end() ? nullptr : &*at;
}

Result<Inbound> Channel::Receive(const http::Request&) {
  return MakeError(ErrorKind::kNotFound, "this channel takes no webhook calls");
}

Result<void> Channel::Poll(Acceptor&) { return {}; }

}  // namespace minsheng
