// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "src/base/log.h"
#include "src/stream/connection.h"
#include "src/stream/folder_lock.h"
#include "src/stream/process.h"
#include "src/stream/stream.h"

namespace minsheng::stream {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSocketPath = 107;
constexpr Millis kStep{20};             // between two looks at something we wait for
constexpr Millis kStartBudget{60'000};  // a long append-only file is read before the first PONG
constexpr Millis kShutdownBudget{2'000};
constexpr Millis kTermBudget{1'500};
constexpr Millis kLookEvery{50};
constexpr Millis kFirstPause{50};
constexpr Millis kLongestPause{5'000};
constexpr Millis kAskTimeout{1'000};
constexpr int kLockInServer = 3;  // the first descriptor after the standard ones

template <class Condition>
bool WaitFor(Condition condition, Millis budget) {
  for (Millis waited{0}; !condition(); waited += kStep) {
    if (waited >= budget) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

std::string FindServer() {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = rest.substr(0, colon) + "/redis-server";
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string::npos ? std::string{} : rest.substr(colon + 1);
  }
  return {};
}

constexpr const char* kSocketNote = "redis.socket";

// The socket lies in the folder; where that path is too long for a socket, in a short folder of
// its own, whose name is noted for other processes and for the one that may adopt the server.
std::string SocketIn(const fs::path& folder) {
  const auto usual = (folder / "redis.sock").string();
  return usual.size() <= kLongestSocketPath ? usual : ReadWholeFile((folder / kSocketNote).string());
}

std::string Quoted(const std::string& text) {  // as redis.conf wants it
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// What a server says of itself.
struct Server {
  int pid = 0;
  std::string folder;
};

enum class Answer { kNone, kLoading, kReady };

Answer Ask(const std::string& socket, Server* server) {
  Address address;
  address.socket = socket;
  auto connection = Connection::Open(address, kAskTimeout);
  if (!connection) return Answer::kNone;
  // INFO and CONFIG answer while the file is being read, PING does not.
  const auto info = (*connection)->Command({"INFO", "server"});
  const auto folder = (*connection)->Command({"CONFIG", "GET", "dir"});
  if (info && folder && IsArray(**folder, 2)) {
    server->folder = TextOf(At(**folder, 1));
    const auto text = TextOf(**info);
    if (const auto at = text.find("process_id:"); at != std::string_view::npos)
      std::from_chars(text.data() + at + 11, text.data() + text.size(), server->pid);
  }
  const auto pong = (*connection)->Command({"PING"});
  if (pong) return Answer::kReady;
  if (pong.error().what.find("LOADING") != std::string::npos) return Answer::kLoading;
  // With a full disk PING is refused, but the server is there.
  return pong.error().kind == ErrorKind::kUnavailable ? Answer::kReady : Answer::kNone;
}

class ChildRedis final : public PrivateRedis {
 public:
  ChildRedis(fs::path folder, std::string server, const Clock& clock)
      : folder_(std::move(folder)), server_(std::move(server)), clock_(clock) {}

  ~ChildRedis() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (supervisor_.joinable()) supervisor_.join();
    Stop();
  }

  Result<void> Begin() {
    if (const auto done = ChooseSocket(); !done) return done;
    if (const auto done = AdoptOrSpawn(); !done) return done;
    begun_ = true;
    supervisor_ = std::thread([this] { Supervise(); });
    return {};
  }

  std::string url() const override { return "unix:" + socket_; }
  int pid() const override { return pid_; }
  int restarts() const override { return restarts_; }

 private:
  Result<void> ChooseSocket() {
    // A new name would hide a server that lives on the noted one. Asked before reading: another
    // process may be noting it just now.
    std::error_code ignored;
    const bool noted = fs::exists(folder_ / kSocketNote, ignored);
    socket_ = SocketIn(folder_);
    if (socket_.empty() && noted)
      return MakeError(ErrorKind::kUnavailable,
                       "cannot read " + (folder_ / kSocketNote).string() + "; if it is empty, delete it");
    if (!socket_.empty()) {
      // /tmp may have been emptied since. The noted name stays: others may be using it at this moment.
      const auto parent = fs::path(socket_).parent_path();
      if (::mkdir(parent.c_str(), 0700) == 0 || errno == EEXIST) return {};
      return MakeError(ErrorKind::kInternal, "cannot make " + parent.string() + " for the socket of Redis");
    }
    std::array<char, 32> short_folder{"/tmp/minsheng-XXXXXX"};
    if (::mkdtemp(short_folder.data()) == nullptr)
      return MakeError(ErrorKind::kInternal, "cannot make a folder in /tmp for the socket of Redis");
    const fs::path made = short_folder.data();
    socket_ = (made / "redis.sock").string();
    // Of several that start at the same moment one sets the name, and the others take it.
    const fs::path note = folder_ / kSocketNote;
    const fs::path unfinished = folder_ / (made.filename().string() + ".new");
    std::ofstream file(unfinished, std::ios::trunc);
    file << socket_;
    file.close();
    std::error_code error;
    if (file) fs::create_hard_link(unfinished, note, error);
    fs::remove(unfinished, ignored);
    if (file && !error) return {};
    fs::remove(made, ignored);
    if (file && error == std::errc::file_exists) return ChooseSocket();
    return MakeError(ErrorKind::kInternal, "cannot write " + note.string());
  }

  Result<void> WriteConfiguration() const {
    const fs::path path = folder_ / "redis.conf";
    std::ofstream file(path, std::ios::trunc);
    file << "# Written at every start of minsheng; changes are overwritten.\n"
         << "port 0\n"
         << "unixsocket " << Quoted(socket_) << "\n"
         << "unixsocketperm 700\n"
         << "daemonize no\n"
         << "dir " << Quoted(folder_.string()) << "\n"
         << "pidfile " << Quoted((folder_ / "redis.pid").string()) << "\n"
         << "logfile " << Quoted((folder_ / "redis.log").string()) << "\n"
         << "appendonly yes\n"
         << "appendfsync always\n"
         << "no-appendfsync-on-rewrite no\n"
         << "aof-use-rdb-preamble no\n"  // an image of the memory keeps bytes of deleted entries
         << "save \"\"\n"
         << "maxmemory-policy noeviction\n";
    file.close();
    if (!file) return MakeError(ErrorKind::kInternal, "cannot write " + path.string());
    return {};
  }

  // A server that outlived its parent is taken over; one that is just starting or reading its
  // file is waited for. A new one is started only with the proof that there is none: two servers
  // on one folder would destroy each other's file.
  Result<void> AdoptOrSpawn() {
    Server server;
    Result<Descriptor> lock = MakeError(ErrorKind::kConflict, "not asked yet");
    bool adopted = false;
    const auto settled = [&] {
      server = {};
      const auto answer = Ask(socket_, &server);
      if (stopping_ || (answer == Answer::kReady && (adopted = Watch(server)))) return true;
      if (answer != Answer::kNone) return false;
      lock = LockForServer(folder_.string(), socket_);
      return lock || lock.error().kind != ErrorKind::kConflict;  // a conflict passes: it starts, or it is about to end
    };
    WaitFor(settled, kStartBudget);
    if (stopping_) return MakeError(ErrorKind::kUnavailable, "stopping");
    if (adopted) return Adopt(server);
    if (lock) {
      if (const auto spawned = Spawn(*lock); !spawned) return spawned;
      lock = MakeError(ErrorKind::kConflict, "the server has it");  // from here on it is the server's alone
      return WaitUntilReady();
    }
    if (lock.error().kind != ErrorKind::kConflict) return Fail(lock.error());
    std::string noted = ReadWholeFile((folder_ / "redis.pid").string());
    while (!noted.empty() && noted.back() == '\n') noted.pop_back();
    return MakeError(ErrorKind::kUnavailable, "a redis-server (process " + (noted.empty() ? "unknown" : noted) +
                                                  ") holds " + folder_.string() +
                                                  " but does not answer; end it and start again");
  }

  // True when the process that is watched from now on is the server that answers: it answered
  // before the watch began and after, so its id was not used again in between.
  bool Watch(const Server& server) {
    if (server.pid <= 0) return false;
    process_.SetAdopted(server.pid);
    Server again;
    if (Ask(socket_, &again) == Answer::kReady && again.pid == server.pid) return true;
    process_ = {};
    return false;
  }

  Result<void> Adopt(const Server& server) {
    std::error_code ignored;
    if (!fs::equivalent(server.folder, folder_, ignored)) {
      process_ = {};  // not ours to stop
      return MakeError(ErrorKind::kInvalid,
                       "the redis-server at " + socket_ + " works in another folder: " + server.folder);
    }
    pid_ = server.pid;
    log::Info("redis-adopted", {{"pid", server.pid}});
    return {};
  }

  Result<void> Spawn(const Descriptor& lock) {
    // Under the lock: rewriting the file while another's server reads it would give that one half
    // a configuration, or none, with a TCP port and without a socket.
    if (const auto done = WriteConfiguration(); !done) return done;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    // A session of its own: Ctrl-C in the terminal ends us first, and we end it in order.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    // The copy is without FD_CLOEXEC: the server holds the lock for its life.
    int error = posix_spawn_file_actions_adddup2(&actions, lock.fd(), kLockInServer);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, (folder_ / "redis.err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addclosefrom_np(&actions, kLockInServer + 1);
    std::string configuration = (folder_ / "redis.conf").string();
    std::string name = "redis-server";
    char* arguments[] = {name.data(), configuration.data(), nullptr};
    pid_t child = 0;
    if (error == 0) error = ::posix_spawn(&child, server_.c_str(), &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return MakeError(ErrorKind::kInternal, "cannot start " + server_);
    pid_ = child;
    process_.SetChild(child);
    if (begun_) ++restarts_;
    return {};
  }

  Result<void> WaitUntilReady() {
    Server server;
    WaitFor([&] { return stopping_ || !Lives() || (Ask(socket_, &server) == Answer::kReady && server.pid == pid_); },
            kStartBudget);
    if (Lives() && server.pid == pid_) return {};
    const std::string complaint = ReadWholeFile((folder_ / "redis.err").string());
    return MakeError(ErrorKind::kUnavailable, "redis-server did not start; see " + (folder_ / "redis.log").string() +
                                                  (complaint.empty() ? "" : ": " + complaint.substr(0, 300)));
  }

  bool Lives() { return process_.Lives(); }

  void Supervise() {
    Millis pause = kFirstPause;
    Millis up_since = clock_.Monotonic();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kLookEvery, [&] { return stopping_.load(); })) {
      if (Lives()) continue;
      if (clock_.Monotonic() - up_since > kLongestPause) pause = kFirstPause;
      log::Error("redis-died", {{"pid", pid_.load()}, {"restart_in_ms", pause.count()}});
      if (wake_.wait_for(lock, pause, [&] { return stopping_.load(); })) return;
      pause = std::min(pause * 2, kLongestPause);
      lock.unlock();
      const auto started = AdoptOrSpawn();
      if (!started && !stopping_) log::Error("redis-not-restarted", {{"error", started.error().what}});
      up_since = clock_.Monotonic();
      lock.lock();
    }
  }

  void Stop() {
    if (pid_ <= 0 || !Lives()) return;
    Address address;
    address.socket = socket_;
    if (auto connection = Connection::Open(address, kAskTimeout)) {
      // With the append-only file on, SHUTDOWN syncs it; NOSAVE only means: no second file.
      // The answer is the end of the connection.
      (*connection)->SetTimeout(kShutdownBudget);
      [[maybe_unused]] const auto end = (*connection)->Command({"SHUTDOWN", "NOSAVE"});
    }
    const auto gone = [&] { return !Lives(); };
    if (WaitFor(gone, kTermBudget / 3)) return RemoveShortFolder();
    ::kill(pid_, SIGTERM);
    if (WaitFor(gone, kTermBudget)) return RemoveShortFolder();
    log::Error("redis-killed", {{"pid", pid_.load()}});
    ::kill(pid_, SIGKILL);
    WaitFor(gone, kAskTimeout);
  }

  void RemoveShortFolder() const {
    const fs::path parent = fs::path(socket_).parent_path();
    if (parent == folder_) return;
    std::error_code ignored;
    fs::remove_all(parent, ignored);
    fs::remove(folder_ / kSocketNote, ignored);
  }

  const fs::path folder_;
  const std::string server_;
  const Clock& clock_;
  std::string socket_;
  std::atomic<int> pid_{0};
  WatchedProcess process_;  // of the supervisor while it runs
  std::atomic<int> restarts_{0};
  std::atomic<bool> begun_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread supervisor_;
};

}  // namespace

Result<std::unique_ptr<PrivateRedis>> PrivateRedis::Start(const std::string& folder, const Clock& clock) {
  const std::string server = FindServer();
  if (server.empty())
    return MakeError(ErrorKind::kInvalid,
                     "redis-server is not in PATH; install it (apt install redis-server) or set redis.url "
                     "(找不到 redis-server，请安装它或填写 redis.url)");
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path absolute = fs::canonical(folder, error);
  if (error) return MakeError(ErrorKind::kInvalid, "cannot make the folder " + folder + ": " + error.message());
  ::chmod(absolute.c_str(), 0700);
  auto redis = std::make_unique<ChildRedis>(absolute, server, clock);
  if (const auto begun = redis->Begin(); !begun) return Fail(begun.error());
  return redis;
}

std::string PrivateRedis::UrlIn(const std::string& folder) {
  std::error_code ignored;
  const auto absolute = fs::weakly_canonical(folder, ignored);
  return "unix:" + SocketIn(absolute.empty() ? fs::path(folder) : absolute);
}

}  // namespace minsheng::stream
