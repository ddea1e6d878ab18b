// SPDX-License-Identifier: Apache-2.0
// What the database keeps secret beside citizens' texts, wrapped by the master key, and the proof that it is the right
// one. Private to src/store/.
#pragma once
#include <string>

#include "src/base/result.h"
#include "src/store/database.h"

namespace minsheng::store {

struct StoreSecrets {
  std::string hash_key;  // of the look-up hashes of persons; stays with the database, also in a restored copy
  std::string blob_key;  // Blobs seals by it
};

// "file:" and master.key in the folder of a SQLite database; empty for others.
std::string MasterKeyBeside(const std::string& url);
// Opens the master key of `source` (a missing file is made if nothing was sealed yet), gives the database its Sealer,
// and reads the secrets; what is missing is made, what lay there readable from an older version is wrapped.
Result<StoreSecrets> OpenSecrets(Database& database, const std::string& source);
// Wraps what is not under the current master key anew; inside a transaction.
void RewrapSecrets(Connection& c);
// How many are not.
std::int64_t SecretsUnderOldKeys(Connection& c);

}  // namespace minsheng::store
