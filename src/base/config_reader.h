// SPDX-License-Identifier: Apache-2.0
// Reads the configuration (TOML) once, at start. Unknown keys, wrong types and values out of
// range are all collected and listed together with file and line; a misspelt key names the
// nearest known one. The same reads describe the configuration (docs, config/minsheng.toml).
//
// Use: one ConfigSection per table; every read writes a default-initialised variable only when
// the key is there and good. Not thread-safe. toml++ is included by config_reader.cc only.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/clock.h"
#include "src/base/result.h"
#include "src/base/secret.h"

namespace minsheng {

class ConfigReader;

class ConfigSection {
 public:
  // `help` is one sentence for people; it goes into the described configuration.
  ConfigSection& Text(std::string_view key, std::string* out, std::string_view help);
  ConfigSection& Bool(std::string_view key, bool* out, std::string_view help);
  ConfigSection& Int(std::string_view key, int* out, int min, int max, std::string_view help);
  // "250ms", "5s", "10m", "2h", "7d"
  ConfigSection& Duration(std::string_view key, Millis* out, Millis min, Millis max, std::string_view help);
  // "64KiB", "1MiB", "2GiB" or plain bytes
  ConfigSection& Bytes(std::string_view key, std::size_t* out, std::size_t min, std::size_t max, std::string_view help);
  ConfigSection& Texts(std::string_view key, std::vector<std::string>* out, std::string_view help);
  // One of `words`.
  ConfigSection& Choice(std::string_view key, std::string* out, const std::vector<std::string>& words,
                        std::string_view help);
  // The value in the file is "env:NAME" or "file:/path"; a literal is refused unless the
  // configuration is the demo's. A file readable by others is refused.
  ConfigSection& Secret_(std::string_view key, Secret* out, std::string_view help);

  bool Has(std::string_view key) const;
  ConfigSection Table(std::string_view key, std::string_view help);                // absent = empty
  std::vector<ConfigSection> Tables(std::string_view key, std::string_view help);  // [[key]]

  // This key and all below it are somebody else's to read: never an unknown key.
  void Ignore(std::string_view key);

  // Reports a problem at this key (or at the section when the key is absent).
  void Problem(std::string_view key, std::string_view zh, std::string_view en);
  std::string path() const;  // "channel[1]"

  struct Node;  // defined in the .cc

 private:
  friend class ConfigReader;
  std::shared_ptr<Node> node_;
};

class ConfigReader {
 public:
  struct Shared;  // what all sections of one file share; defined in the .cc
  // `allow_literal_secrets` only for the built-in demo.
  static Result<ConfigReader> FromText(std::string_view toml, std::string_view file_name,
                                       bool allow_literal_secrets = false);
  static Result<ConfigReader> FromFile(const std::string& path);

  ConfigSection Root();
  // After all reads: every problem, one a line, in the order of the file; also the keys that
  // nobody asked for. language "zh" or "en".
  Result<void> Finish(std::string_view language);
  // All keys that were asked for, as TOML with comments: help, unit, range and default.
  std::string Describe() const;

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace minsheng
