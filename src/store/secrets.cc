// SPDX-License-Identifier: Apache-2.0
#include "src/store/secrets.h"

#include <fmt/format.h>

#include <filesystem>

#include "src/base/crypto.h"

namespace minsheng::store {
namespace {

constexpr std::string_view kCheck = "master-check";
constexpr std::string_view kHash = "sender-hash";
constexpr std::string_view kBlob = "blob-key";
constexpr std::string_view kFile = "file:";

Place SecretPlace(std::string_view name) { return {"secret", name, "value"}; }

std::string ReadSecretRow(Connection& c, std::string_view name) {
  Query& q = c.Prepared("SELECT value FROM secret WHERE name = :n", "t");
  return q.First(name) ? q.Text(0) : std::string();
}

bool IsWrapped(std::string_view value) { return value.find('.') != std::string_view::npos; }

Result<void> MakeKeyFile(const std::string& source, const std::string& check) {
  const auto path = source.substr(kFile.size());
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return {};
  if (!check.empty()) {
    return MakeError(
        ErrorKind::kDenied,
        fmt::format(
            "找不到主密钥文件 {}；这个数据库的文字用主密钥 {} 加密，请把您另存的那一份放回去（不要新建） / the "
            "master key file {} is missing; this database is sealed by master key {}: put your copy of it back, "
            "do not make a new one",
            path, Sealer::IdOf(check), path, Sealer::IdOf(check)));
  }
  auto made = MasterKeys::Create(path);
  if (!made && made.error().kind == ErrorKind::kConflict) return {};  // another process was faster
  return made;
}

// The secret of this name, made or wrapped if it has to be.
Result<std::string> SecretOf(Connection& c, std::string_view name, const std::string& fresh) {
  std::string stored = ReadSecretRow(c, name);
  if (stored.empty()) {
    c.Prepared("INSERT INTO secret (name, value) VALUES (:n, :v) ON CONFLICT (name) DO NOTHING")
        .Run(name, c.sealer->Wrap(SecretPlace(name), fresh));
    stored = ReadSecretRow(c, name);
  }
  if (c.error()) return Fail(*c.error());
  if (IsWrapped(stored)) return c.sealer->Unwrap(SecretPlace(name), stored);
  c.Prepared("UPDATE secret SET value = :v WHERE name = :n").Run(c.sealer->Wrap(SecretPlace(name), stored), name);
  return stored;
}

}  // namespace

std::string MasterKeyBeside(const std::string& url) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite)) return {};
  const auto folder = std::filesystem::path(url.substr(kSqlite.size())).parent_path();
  return std::string(kFile) + (folder / "master.key").string();
}

Result<StoreSecrets> OpenSecrets(Database& database, const std::string& source) {
  if (source.empty()) {
    return MakeError(ErrorKind::kInvalid,
                     "请用 store.master_key 指定主密钥 / name the master key by store.master_key = \"file:/path\"");
  }
  const auto check = database.Read([](Connection& c) -> Result<std::string> { return ReadSecretRow(c, kCheck); });
  if (!check) return Fail(check.error());
  if (source.starts_with(kFile)) {
    if (auto made = MakeKeyFile(source, *check); !made) return Fail(made.error());
  }
  auto keys = MasterKeys::Open(source);
  if (!keys) return Fail(keys.error());
  database.UseSealer(std::make_unique<Sealer>(std::move(*keys)));
  return database.Write([&](Connection& c) -> Result<StoreSecrets> {
    if (const auto right = SecretOf(c, kCheck, "minsheng"); !right) {
      return MakeError(
          ErrorKind::kDenied,
          fmt::format("主密钥不对：{}。几台主机共用一个数据库时，每台都要用同一个主密钥 / not the master key "
                      "of this database: {}. Hosts that share a database share the master key",
                      right.error().what, right.error().what));
    }
    auto hash = SecretOf(c, kHash, crypto::Hex(crypto::RandomBytes(32)));
    if (!hash) return Fail(hash.error());
    auto blob = SecretOf(c, kBlob, crypto::Hex(crypto::RandomBytes(32)));
    if (!blob) return Fail(blob.error());
    return StoreSecrets{std::move(*hash), std::move(*blob)};
  });
}

void RewrapSecrets(Connection& c) {
  const auto current = c.sealer->CurrentId();
  for (const auto name : {kCheck, kHash, kBlob}) {
    const std::string value = ReadSecretRow(c, name);
    if (!IsWrapped(value) || Sealer::IdOf(value) == current) continue;
    const auto secret = c.sealer->Unwrap(SecretPlace(name), value);
    if (!secret) return c.Break(secret.error());
    c.Prepared("UPDATE secret SET value = :v WHERE name = :n AND value = :o")
        .Run(c.sealer->Wrap(SecretPlace(name), *secret), name, value);
  }
}

std::int64_t SecretsUnderOldKeys(Connection& c) {
  const auto current = c.sealer->CurrentId();
  std::int64_t n = 0;
  for (const auto name : {kCheck, kHash, kBlob}) n += Sealer::IdOf(ReadSecretRow(c, name)) != current ? 1 : 0;
  return n;
}

}  // namespace minsheng::store
