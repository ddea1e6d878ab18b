// SPDX-License-Identifier: Apache-2.0
// minsheng backup and restore: the data folder as files with one manifest; SQLite (docs/operations.md).
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "src/base/crypto.h"
#include "src/base/replace_file.h"
#include "src/cli/cli.h"
#include "src/store/keeping.h"

namespace minsheng::cli {
namespace {

namespace fs = std::filesystem;
using Manifest = nlohmann::ordered_json;

constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kMarker = "restoring";
constexpr std::int64_t kMsOfHour = 3'600'000;

Fail FileError(const fs::path& path, const std::string& why) {
  return MakeError(ErrorKind::kUnavailable, path.string() + ": " + why);
}

Result<std::string> WholeFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, path.string() + ": 读不到 / cannot be read");
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

Result<std::string> DigestOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return MakeError(ErrorKind::kNotFound, path.string() + ": 缺少文件 / is missing");
  crypto::Sha256Stream digest;
  std::string piece(1 << 20, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
    digest.Add(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
  }
  return digest.Hex();
}

Result<void> CopyOne(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directories(to.parent_path(), failed);
  if (!failed) fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (failed) return FileError(to, failed.message());
  return {};
}

// Every file below `folder`, as paths relative to it. Unfinished ones of the blobs folder are nobody's.
std::vector<std::string> FilesBelow(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code none;
  for (fs::recursive_directory_iterator it(folder, none), end; !none && it != end; it.increment(none)) {
    if (it->is_regular_file() && it->path().extension() != ".part") files.push_back(fs::relative(it->path(), folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> CopyBlobs(const fs::path& from, const fs::path& to) {
  for (const auto& file : FilesBelow(from)) {
    auto copied = CopyOne(from / file, to / file);
    std::error_code gone;
    if (!copied && fs::exists(from / file, gone)) return copied;  // else it was erased meanwhile
  }
  return {};
}

// What waits to be decided is readable in the stream; here every line lies under the master key.
Result<std::int64_t> WriteWaiting(const Opened& opened, const fs::path& file) {
  auto redis = stream::Redis::Open(StreamOptions(opened.config, fmt::format("backup:{}", getpid())), SystemClock());
  if (!redis) return Fail(redis.error());
  const auto waiting = (*redis)->ReadWaiting(10'000'000);
  if (!waiting) return Fail(waiting.error());
  std::string lines;
  for (const auto& entry : *waiting) {
    const Manifest line{{"id", entry.id},
                        {"m", crypto::Base64Encode(entry.message)},
                        {"raw", crypto::Base64Encode(entry.raw)},
                        {"blob", entry.blob},
                        {"rx", entry.rx_ms}};
    lines += opened.store->Keep().SealForBackup(line.dump()) + "\n";
  }
  if (auto written = ReplaceFile(file, lines); !written) return Fail(written.error());
  return static_cast<std::int64_t>(waiting->size());
}

Result<Manifest> FillBackup(const Context& context, const Opened& opened, const fs::path& folder, bool with_key) {
  // The stream first: what is committed meanwhile is in both, and is known again at the restore.
  const auto waiting = WriteWaiting(opened, folder / "waiting.sealed");
  if (!waiting) return Fail(waiting.error());
  const auto database = (folder / "minsheng.db").string();
  if (auto copied = opened.store->Keep().CopyDatabase(database); !copied) return Fail(copied.error());
  if (auto copied = CopyBlobs(BlobsFolder(opened.config), folder / "blobs"); !copied) return Fail(copied.error());
  if (auto written = WriteErasures(folder / "erasures.jsonl", opened.store->Keep()); !written)
    return Fail(written.error());
  if (!context.config_path.empty()) {
    if (auto copied = CopyOne(context.config_path, folder / "minsheng.toml"); !copied) return Fail(copied.error());
  }
  const auto key = MasterKeySource(opened.config);
  if (with_key && key.starts_with("file:")) {
    if (auto copied = CopyOne(key.substr(5), folder / "master.key"); !copied) return Fail(copied.error());
  }
  const auto rows = opened.store->Balance({}, FromMs(INT64_MAX / 2), nullptr);
  if (!rows) return Fail(rows.error());
  Manifest manifest{{"format", 1}, {"made_at", IsoUtc(SystemClock().Now())}, {"waiting", *waiting}};
  Manifest files = Manifest::array();
  for (const auto& file : FilesBelow(folder)) {
    const auto digest = DigestOf(folder / file);
    if (!digest) return Fail(digest.error());
    files.push_back({{"path", file}, {"bytes", fs::file_size(folder / file)}, {"sha256", *digest}});
  }
  manifest["files"] = std::move(files);
  return manifest;
}

Result<Manifest> ReadManifest(const fs::path& folder) {
  const auto text = WholeFile(folder / kManifest);
  if (!text) return Fail(text.error());
  auto manifest = Manifest::parse(*text, nullptr, false);
  if (!manifest.is_object() || manifest.value("format", 0) != 1 || !manifest["files"].is_array()) {
    return MakeError(ErrorKind::kInvalid,
                     (folder / kManifest).string() + ": 不是备份清单 / is no manifest of a backup");
  }
  return manifest;
}

// Before anything is touched: every file is there, whole, and none beside them.
Result<void> Verify(const fs::path& folder, const Manifest& manifest) {
  std::set<std::string> named;
  for (const auto& file : manifest["files"]) {
    const auto path = file.value("path", "");
    if (path.empty() || path.find("..") != std::string::npos || path.front() == '/') {
      return MakeError(ErrorKind::kInvalid, "manifest.json: 路径不对 / a path that leaves the folder: " + path);
    }
    const auto digest = DigestOf(folder / path);
    if (!digest) return Fail(digest.error());
    if (*digest != file.value("sha256", "")) {
      return MakeError(ErrorKind::kInvalid, (folder / path).string() +
                                                ": 与清单不符，备份已损坏 / is not what the "
                                                "manifest says: the backup is damaged");
    }
    named.insert(path);
  }
  for (const auto& file : FilesBelow(folder)) {
    if (file != kManifest && !named.contains(file)) {
      return MakeError(ErrorKind::kInvalid, (folder / file).string() + ": 清单里没有 / is not in the manifest");
    }
  }
  return {};
}

// Empty but for what a person brings beside the backup. What an unfinished restore left is taken away.
Result<void> PrepareFolder(const fs::path& data) {
  std::error_code failed;
  fs::create_directories(data, failed);
  if (failed) return FileError(data, failed.message());
  const bool unfinished = fs::exists(data / kMarker, failed);
  for (const auto& entry : fs::directory_iterator(data)) {
    const auto name = entry.path().filename().string();
    if (name == "master.key" || name == "erasures.jsonl" || name == kMarker) continue;
    if (!unfinished) {
      return MakeError(ErrorKind::kConflict,
                       fmt::format("{}：目录不是空的（{}）/ the folder is not empty ({})", data.string(), name, name));
    }
    fs::remove_all(entry.path(), failed);
    if (failed) return FileError(entry.path(), failed.message());
  }
  return ReplaceFile((data / kMarker).string(), "");
}

// The counts of "received" begin with what is in the database; what waited is appended and counts by itself.
Result<std::int64_t> FillStream(const Opened& opened, const fs::path& folder) {
  auto redis = stream::Redis::Open(StreamOptions(opened.config, fmt::format("restore:{}", getpid())), SystemClock());
  if (!redis) return Fail(redis.error());
  const auto rows = opened.store->Balance({}, FromMs(INT64_MAX / 2), nullptr);
  if (!rows) return Fail(rows.error());
  std::map<std::string, std::int64_t> counts;
  for (const auto& row : *rows) {
    for (const auto& [bucket, n] : row.buckets) {
      if (bucket != "refused") counts[row.channel + "|" + std::to_string(row.hour)] += n;
    }
  }
  if (auto seeded = (*redis)->SeedCounts(counts); !seeded) return Fail(seeded.error());
  const auto appender = (*redis)->MakeAppender();
  std::ifstream in(folder / "waiting.sealed");
  std::int64_t appended = 0;
  for (std::string line; std::getline(in, line);) {
    const auto open = opened.store->Keep().OpenFromBackup(line);
    if (!open) return Fail(open.error());
    const auto entry = Manifest::parse(*open, nullptr, false);
    const auto message = crypto::Base64Decode(entry.value("m", ""));
    const auto m = DecodeMessage(message.value_or(""));
    const auto known = opened.store->OutcomeOf(entry.value("id", ""));
    if (!known) return Fail(known.error());
    if (*known || !m) continue;
    stream::Item item;
    item.identity = m->channel + ":" + m->account + ":" + m->source_id;
    item.partition_key = m->channel + "|" + m->account + "|" + m->sender;
    item.id = entry.value("id", "");
    item.message = *message;
    item.raw = crypto::Base64Decode(entry.value("raw", "")).value_or("");
    item.blob = entry.value("blob", "");
    item.rx_ms = entry.value("rx", std::int64_t{0});
    item.count_field = m->channel + "|" + std::to_string(item.rx_ms / kMsOfHour);
    if (auto done = appender->AppendAndWait(std::move(item)); !done) return Fail(done.error());
    ++appended;
  }
  return appended;
}

}  // namespace

int Backup(const Context& context, const std::string& folder, bool with_key) {
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const fs::path target(folder), part(folder + ".part");
  std::error_code failed;
  if (fs::exists(target, failed)) {
    return Report(context, {ErrorKind::kConflict, folder + std::string(context.Say("：已存在", ": is there already"))});
  }
  fs::remove_all(part, failed);  // of a backup that was cut short
  fs::create_directories(part, failed);
  fs::permissions(part, fs::perms::owner_all, failed);
  if (failed) return Report(context, FileError(part, failed.message()).value());
  const auto manifest = FillBackup(context, *opened, part, with_key);
  if (!manifest) return Report(context, manifest.error());
  if (auto written = ReplaceFile((part / kManifest).string(), manifest->dump(1) + "\n"); !written) {
    return Report(context, written.error());
  }
  fs::rename(part, target, failed);
  if (failed) return Report(context, FileError(target, failed.message()).value());
  if (context.json) PrintJson(*manifest);
  if (!context.json)
    Print(fmt::format("{}{}（{} {}）", context.Say("已备份到 ", "backed up to "), folder, (*manifest)["files"].size(),
                      context.Say("个文件", "files")));
  PrintErr(with_key
               ? context.Say("注意：备份里有主密钥，拿到它的人可以读出全部文字",
                             "WARNING: the backup holds the master key: whoever has it reads every text")
               : context.Say("主密钥不在备份里，请另外保存", "the master key is not in it: keep a copy elsewhere"));
  return kOk;
}

int Restore(const Context& context, const std::string& folder, const std::string& journal) {
  auto config = LoadConfig(context.config_path, context.demo, context.data, context.language, Scope::kStore);
  if (!config) return ReportStart(context, config.error());
  const fs::path from(folder), data(config->data);
  const auto manifest = ReadManifest(from);
  if (!manifest) return Report(context, manifest.error());
  if (auto whole = Verify(from, *manifest); !whole) return Report(context, whole.error());
  if (auto ready = PrepareFolder(data); !ready) return Report(context, ready.error());
  std::vector<std::string> journals = {(from / "erasures.jsonl").string(), (data / "erasures.jsonl").string()};
  if (!journal.empty()) journals.emplace_back(journal);
  std::error_code none;
  const bool newer = !journal.empty() || fs::exists(data / "erasures.jsonl", none);
  for (const auto& file : (*manifest)["files"]) {
    const auto path = file.value("path", "");
    const bool wanted = path == "minsheng.db" || path.starts_with("blobs/") ||
                        (path == "master.key" && !fs::exists(data / "master.key", none));
    if (!wanted) continue;
    const auto to = path.starts_with("blobs/") ? fs::path(BlobsFolder(*config)) / path.substr(6) : data / path;
    if (auto copied = CopyOne(from / path, to); !copied) return Report(context, copied.error());
  }
  auto opened = OpenStore(context);
  if (!opened) return ReportStart(context, opened.error());
  const auto forgotten = ForgetAgain(*opened, journals);
  if (!forgotten) return Report(context, forgotten.error());
  std::unique_ptr<stream::PrivateRedis> own;
  if (config->redis_url.empty()) {
    auto started = stream::PrivateRedis::Start(config->data + "/redis", SystemClock());
    if (!started) return Report(context, started.error());
    own = std::move(*started);
  }
  const auto waiting = FillStream(*opened, from);
  if (!waiting) return Report(context, waiting.error());
  fs::remove(data / kMarker, none);
  if (none) return Report(context, FileError(data / kMarker, none.message()).value());
  if (context.json) {
    PrintJson({{"waiting", *waiting}, {"erased_again", *forgotten}});
  } else {
    Print(fmt::format("{}{}，{}{}", context.Say("已恢复；待研判 ", "restored; waiting: "), *waiting,
                      context.Say("再次删除的人 ", "persons erased again: "), *forgotten));
  }
  if (!newer) {
    PrintErr(context.Say(
        "没有给出备份之后的删除记录（erasures.jsonl）：备份之后删除的人可能又出现了，请用 --erasures 重做",
        "no journal of erasures newer than the backup was given (erasures.jsonl): who was erased after it is "
        "back. Restore again with --erasures FILE"));
  }
  return kOk;
}

}  // namespace minsheng::cli
