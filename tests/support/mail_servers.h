// SPDX-License-Identifier: Apache-2.0
// A real mail provider for one test: mail_server.sh in a temp folder, stopped and removed at the end.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace minsheng::testing {

class MailServers {
 public:
  MailServers() {
    std::string name = "/tmp/minsheng-mail-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temp folder");
    folder_ = name;
    if (std::system((Script() + " start " + folder_).c_str()) != 0)
      throw std::runtime_error("the mail servers do not start");
    std::ifstream in(folder_ + "/env");
    for (std::string line; std::getline(in, line);) {
      const auto equals = line.find('=');
      env_[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  ~MailServers() {
    if (std::system((Script() + " stop " + folder_).c_str()) != 0) ADD_FAILURE() << "the mail servers do not stop";
    std::error_code ignored;
    for (int i = 0; i < 20 && std::filesystem::exists(folder_); ++i) std::filesystem::remove_all(folder_, ignored);
  }
  MailServers(const MailServers&) = delete;

  const std::string& Env(const std::string& key) const { return env_.at(key); }
  std::string Imap() const { return "imap://127.0.0.1:" + Env("IMAP_PORT"); }
  std::string Imaps() const { return "imaps://localhost:" + Env("IMAPS_PORT"); }
  std::string Smtp() const { return "smtp://127.0.0.1:" + Env("SMTP_PORT"); }
  std::string Smtps() const { return "smtps://localhost:" + Env("SMTPS_PORT"); }
  std::string Address(const std::string& user) const { return user + "@" + Env("MAIL_DOMAIN"); }
  std::string Maildir(const std::string& user) const { return folder_ + "/mail/" + user + "/Maildir"; }

  // Puts a mail straight into the mailbox, as a delivery would.
  void Deliver(const std::string& user, const std::string& bytes) {
    const auto name = std::to_string(1'439'215'380 + delivered_) + ".t" + std::to_string(delivered_) + ".test";
    ++delivered_;
    const auto from = Maildir(user) + "/tmp/" + name;
    std::ofstream(from, std::ios::binary) << bytes;
    if (chown(from.c_str(), 8, 8) != 0) throw std::runtime_error("chown");
    std::filesystem::rename(from, Maildir(user) + "/new/" + name);
  }

  // All mails of a user, when there are at least `count`; fails the test after 20 s.
  std::vector<std::string> WaitForMails(const std::string& user, std::size_t count) const {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);;) {
      auto mails = Mails(user);
      if (mails.size() >= count) return mails;
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << user << " has " << mails.size() << " mails instead of " << count;
        return mails;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // polling a condition of another process
    }
  }
  std::vector<std::filesystem::path> Files(const std::string& user) const {
    std::vector<std::filesystem::path> files;
    for (const auto* part : {"/new", "/cur"})
      for (const auto& entry : std::filesystem::directory_iterator(Maildir(user) + part)) files.push_back(entry.path());
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.filename() < b.filename(); });
    return files;
  }
  std::vector<std::string> Mails(const std::string& user) const {
    std::vector<std::string> out;
    for (const auto& file : Files(user)) out.push_back(Bytes(file));
    return out;
  }
  std::string SmtpLog() const { return Bytes(folder_ + "/smtpd.log"); }

 private:
  static std::string Bytes(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }
  static std::string Script() { return std::string(MINSHENG_SOURCE_DIR) + "/tests/support/mail_server.sh"; }

  std::string folder_;
  std::map<std::string, std::string> env_;
  int delivered_ = 0;
};

}  // namespace minsheng::testing
