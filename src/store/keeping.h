// SPDX-License-Identifier: Apache-2.0
// Keeping: what happens to personal data once it is stored: sealing of what older versions left readable, the keys, and
// erasure (docs/privacy.md). Part of the Store; thread-safe.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "src/base/blobs.h"
#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/model/message.h"

namespace minsheng::store {

// How far a sweep came in one call.
struct SweepStep {
  std::int64_t done = 0;  // rows changed by this call
  bool more = false;      // there is more of the same: call again
};

struct KeyStatus {
  std::string current;          // id of the master key in use
  std::int64_t under_old = 0;   // data keys and secrets that are still wrapped by another one
  std::int64_t clear_rows = 0;  // rows whose texts are not sealed yet
};

// Whose data: exactly one is set.
struct Whose {
  std::string citizen_id;
  std::string address;     // telephone number, mail address or platform id, as the person gives it
  std::string request_id;  // the person of this request
};

struct PersonFound {
  std::vector<std::string> citizens;     // ids; empty: nobody
  std::vector<std::string> open_orders;  // numbers, or ids of requests in triage: work on them goes on
  std::int64_t requests = 0;
  std::int64_t messages = 0;
};

// One erasure, for ever: also applied to a restored copy. Holds nothing of the person.
struct ErasureRow {
  std::string id;
  std::string person;  // keyed hash
  std::string actor;
  std::string reason;
  Time at{};
};

struct ErasedPerson {
  std::set<std::string> message_ids;
  std::set<std::string> persons;  // keyed hashes
};

class Keeping {
 public:
  virtual ~Keeping() = default;

  // The secret that Blobs of this installation are made with.
  virtual const std::string& BlobSecret() const = 0;

  // Seals up to `limit` rows that an older version left readable, and the files they name (a readable file is deleted
  // two days later). Safe to be killed anywhere and to run in several processes.
  virtual Result<SweepStep> SealOld(const Blobs& blobs, int limit) = 0;

  // Deletes up to `limit` files of the blobs folder that nothing names any more.
  virtual Result<SweepStep> DeleteFiles(const Blobs& blobs, int limit) = 0;

  // --- erasure ---------------------------------------------------------------------------------
  // By keyed hashes: no text is searched. kInvalid unless exactly one is set; nobody found is no error.
  virtual Result<PersonFound> FindPerson(const Whose& whose) = 0;
  virtual Result<std::set<std::string>> PersonsOf(const std::vector<std::string>& citizens) = 0;  // keyed hashes
  // Destroys the keys and texts of these citizens in every table, in one transaction; what figures need stays, without
  // the person. Files are deleted by DeleteFiles, bytes by Scrub. kConflict, nothing done: an order is open and
  // `force` is not set. kInvalid: no actor or reason.
  virtual Result<ErasedPerson> Erase(const std::vector<std::string>& citizens, const std::string& actor,
                                     const std::string& reason, bool force) = 0;
  virtual Result<std::vector<ErasureRow>> Erasures() = 0;  // oldest first
  // Repeats erasures on a copy that was made before them; what the persons wrote later stays. How many were found.
  virtual Result<std::int64_t> EraseAgain(const std::vector<ErasureRow>& erasures) = 0;
  // The keyed hash of who sent this: to find waiting messages of a person.
  virtual std::string PersonOf(const Message& m) const = 0;
  // Overwrites what lies unused in the database's files and its log, as far as this database can
  // (docs/privacy.md). kUnavailable: somebody is reading; call again.
  virtual Result<void> Scrub() = 0;

  // --- backup ----------------------------------------------------------------------------------
  // A consistent copy of the database in a new file, while others write. kInvalid: not SQLite (use pg_dump).
  virtual Result<void> CopyDatabase(const std::string& path) = 0;
  // A line of a backup under the master key, and back. kDenied: under another one.
  virtual std::string SealForBackup(const std::string& line) const = 0;
  virtual Result<std::string> OpenFromBackup(const std::string& sealed) const = 0;

  // --- the master key ---------------------------------------------------------------------------
  virtual Result<KeyStatus> Keys() = 0;
  // Puts a new master key in front of the others, in its file; its id. From now on new data keys are wrapped by it.
  virtual Result<std::string> AddMasterKey() = 0;
  // Wraps up to `limit` data keys, and the secrets, by the current master key.
  virtual Result<SweepStep> Rewrap(int limit) = 0;
  // Takes old master keys out of the file. kConflict while something is wrapped by one.
  virtual Result<void> DropOldMasterKeys() = 0;
};

}  // namespace minsheng::store
