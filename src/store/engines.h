// SPDX-License-Identifier: Apache-2.0
// The two engines behind Database. Private to src/store/.
#pragma once
#include <memory>
#include <string>

#include "src/base/result.h"
#include "src/store/database.h"

namespace minsheng::store {

// "postgresql://...", "postgres://..." or keywords such as "host=... dbname=...".
bool IsPostgresqlUrl(const std::string& url);

// kInvalid: `url` is not as Database::Open wants it. Nothing is opened yet.
Result<std::unique_ptr<Engine>> MakeSqlite(const std::string& url);
Result<std::unique_ptr<Engine>> MakePostgresql(const std::string& url, const std::string& password);

}  // namespace minsheng::store
