// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL server of the test's own: unprivileged user, temporary folder, Unix socket only. Goes with the
// process that started it, also when that is killed.
#pragma once
#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace minsheng::testing {

class PostgresServer {
 public:
  // Throws std::runtime_error with what to do when there is no PostgreSQL on this machine. durable: with fsync, for
  // what measures or kills; without it a test's server is quicker.
  explicit PostgresServer(bool durable = false) : durable_(durable), binaries_(FindBinaries()) {
    char name[] = "/tmp/minsheng-pg-XXXXXX";
    folder_ = mkdtemp(name);
    if (geteuid() == 0) {
      const auto* user = Unprivileged();
      if (chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown " + folder_);
    }
    chmod(folder_.c_str(), 0755);
    const pid_t made = Spawn({binaries_ + "/initdb", "--no-sync", "--auth=trust", "--username=minsheng",
                              "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata=" + folder_ + "/data"});
    int status = 0;
    waitpid(made, &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed: " + Log());
    Start();
  }
  ~PostgresServer() {
    Stop(SIGQUIT);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void Start() {
    std::vector<std::string> command{binaries_ + "/postgres", "-D", folder_ + "/data", "-k", folder_};
    for (const char* setting :
         {"listen_addresses=", "max_connections=100", "shared_buffers=64MB", "logging_collector=off"}) {
      command.insert(command.end(), {"-c", setting});
    }
    if (!durable_) command.insert(command.end(), {"-c", "fsync=off", "-c", "full_page_writes=off"});
    pid_ = Spawn(command);
    for (int i = 0; i < 6'000; ++i) {
      if (PQping(Url("postgres").c_str()) == PQPING_OK) return;
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    throw std::runtime_error("PostgreSQL did not start: " + Log());
  }
  // SIGINT: ends every session, keeps everything. SIGQUIT: like a power cut.
  void Stop(int signal = SIGINT) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

  std::string Url(const std::string& database) const {
    return "postgresql://minsheng@/" + database + "?host=" + folder_;
  }
  // A copy of the database at `like`, to which nobody is connected, or an empty one; its address.
  std::string CreateDatabase(const std::string& like = "") {
    const std::string name = "t" + std::to_string(++made_);
    Sql("postgres", "CREATE DATABASE " + name + " TEMPLATE " + (like.empty() ? "template0" : NameIn(like)));
    return Url(name);
  }
  void DropDatabase(const std::string& url) { Sql("postgres", "DROP DATABASE " + NameIn(url) + " WITH (FORCE)"); }
  // One statement outside of every transaction; the first column of its first row.
  std::string Sql(const std::string& database, const std::string& statement) {
    const std::unique_ptr<PGconn, void (*)(PGconn*)> conn(PQconnectdb(Url(database).c_str()), PQfinish);
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(conn.get(), statement.c_str()), PQclear);
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw std::runtime_error(statement + ": " + PQerrorMessage(conn.get()));
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }
  // What the server wrote, for the words of a failure and for what it must not hold.
  std::string Log() const {
    std::ifstream in(folder_ + "/log");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

 private:
  static std::string NameIn(const std::string& url) {
    return url.substr(url.find("@/") + 2, url.find('?') - url.find("@/") - 2);
  }
  static std::string FindBinaries() {
    std::string newest;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
      const auto folder = entry.path().string() + "/bin";
      if (std::filesystem::exists(folder + "/initdb") && folder > newest) newest = folder;
    }
    if (newest.empty()) throw std::runtime_error("no PostgreSQL in /usr/lib/postgresql: run script/setup --test");
    return newest;
  }
  // PostgreSQL refuses to run as root.
  static const passwd* Unprivileged() {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr) user = getpwnam("nobody");
    if (user == nullptr) throw std::runtime_error("no user to run PostgreSQL as");
    return user;
  }

  pid_t Spawn(const std::vector<std::string>& command) {
    const passwd* user = geteuid() == 0 ? Unprivileged() : nullptr;
    std::vector<char*> arguments;
    for (const auto& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return child;
    if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent) _exit(125);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int log = open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    const int input = open("/dev/null", O_RDONLY);
    dup2(input, 0);
    dup2(log, 1);
    dup2(log, 2);
    if (chdir(folder_.c_str()) != 0) _exit(124);
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  const bool durable_;
  const std::string binaries_;
  std::string folder_;
  pid_t pid_ = -1;
  int made_ = 0;
};

}  // namespace minsheng::testing
