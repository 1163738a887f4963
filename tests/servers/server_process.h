// Any program as a child of a test, and what such tests share: temporary directories, free ports,
// waiting for a condition. A child ends with its test, also when the test itself is killed.
//
// Confined to one thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/types.h>

namespace holdfast::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);

/// Asks again every few milliseconds until it is so, at most 30 s.
template <typename Condition>
bool wait_until(const Condition& condition,
                std::chrono::seconds at_most = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago. Another program may take it before
/// the server does: whoever starts one tries again with another.
int free_port();

/// A user without rights, for servers that refuse to run as root: `nobody` when we are root, else 0
/// (as we are).
struct RunAs {
  uid_t user = 0;
  gid_t group = 0;
};
RunAs unprivileged();
/// Gives the file or directory to the user, if it names one.
void give_to(const RunAs& account, const std::string& path);

struct SpawnOptions {
  std::map<std::string, std::string> environment = {};  ///< added to ours
  std::vector<std::string> hidden = {};  ///< prefixes of variables that the child does not get
  std::string directory = {};            ///< working directory; empty = ours
  RunAs as = {};                         ///< 0 = as we are
  int death_signal = SIGKILL;            ///< what it gets when the test dies
};

/// A running program. Killed when it goes out of scope.
class ServerProcess {
 public:
  /// Starts `program` (a path) with `arguments`, its name first. Output is appended to files in a
  /// directory of its own. A program that cannot be started ends with 126 or 127.
  ServerProcess(const std::string& program, std::vector<std::string> arguments,
                SpawnOptions options = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void signal(int number);
  /// kill -9 of it and of every process below it, none of them able to notice; returns once it is
  /// gone.
  void kill();
  /// SIGSTOP to it and every process below it: the server stands still, its connections stay open.
  void pause();
  void resume();
  bool running();
  /// Waits for its end. Its exit code, or 128 + the signal that ended it; -1 when it runs on.
  int wait(std::chrono::seconds at_most = std::chrono::seconds(120));

  std::string out() const;  ///< standard output so far
  std::string err() const;  ///< standard error so far
  pid_t pid() const { return pid_; }

 private:
  std::vector<pid_t> family() const;

  TempDir output_;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

}  // namespace holdfast::test
