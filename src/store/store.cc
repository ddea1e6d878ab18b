// SPDX-License-Identifier: Apache-2.0
#include "src/store/store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/store/migrate.h"
#include "src/store/secrets.h"
#include "src/store/sql_store.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kBucketWords[] = {"order", "attached", "answered", "noted", "triage", "parked", "settling"};
constexpr std::string_view kOutboxWords[] = {"pending", "sending", "sent", "failed", "unknown"};
constexpr int kReaders = 3;
constexpr int kMaxLimit = 1000;

}  // namespace

std::string_view ToWord(Bucket b) { return kBucketWords[static_cast<int>(b)]; }

std::optional<Bucket> BucketFromWord(std::string_view word) {
  const auto it = std::find(std::begin(kBucketWords), std::end(kBucketWords), word);
  if (it == std::end(kBucketWords)) return std::nullopt;
  return static_cast<Bucket>(it - std::begin(kBucketWords));
}

std::string_view ToWord(OutboxState s) { return kOutboxWords[static_cast<int>(s)]; }

Result<std::unique_ptr<Store>> Store::Open(const std::string& url, const Clock& clock, const StoreOptions& options) {
  auto database = Database::Open(url, kReaders, options.password);
  if (!database) return Fail(database.error());
  if (auto migrated = Migrate(**database); !migrated) return Fail(migrated.error());
  auto secrets = OpenSecrets(**database, options.master_key.empty() ? MasterKeyBeside(url) : options.master_key);
  if (!secrets) return Fail(secrets.error());
  return std::unique_ptr<Store>(
      std::make_unique<SqlStore>(std::move(*database), std::move(*secrets), clock, options.owner));
}

Result<void> Store::CheckUrl(const std::string& url) { return Database::CheckUrl(url); }

std::string JsonList(const std::vector<std::string>& items) {
  return nlohmann::json(items).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> FromJsonList(std::string_view json) {
  std::vector<std::string> out;
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_array()) return out;
  for (const auto& item : parsed) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

int ClampLimit(int limit) { return std::clamp(limit, 1, kMaxLimit); }

}  // namespace minsheng::store
