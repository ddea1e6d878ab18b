// SPDX-License-Identifier: Apache-2.0
// Numbered migrations: src/store/schema/NNNN_name.{up,down}.sql, built into the program.
#pragma once
#include <string>

#include "src/base/result.h"
#include "src/store/database.h"

namespace minsheng::store {

constexpr int kLatestSchema = -1;

// The newest schema this program knows.
int LatestSchema();
// The schema of this database; 0 = none yet.
Result<int> SchemaVersion(Database& database);
// Goes up or down to `to` (0..LatestSchema(), or kLatestSchema), all steps in one transaction:
// on an error the database is as before. Going down loses what the newer tables held. kInvalid
// when `to` does not exist; kConflict when the database is newer than this program.
Result<void> Migrate(Database& database, int to = kLatestSchema);

}  // namespace minsheng::store
