// Child processes of the bench: started on free loopback ports in a directory of their own,
// measured from /proc, stopped by process id.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace holdfast::bench {

/// A directory that is removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What a process and its children have used so far, those that have ended and been waited for
/// included.
struct Usage {
  double cpu_s = 0;            ///< user + system
  uint64_t written_bytes = 0;  ///< that reached (or will reach) the device
  uint64_t resident_bytes = 0;
};

class Process {
 public:
  /// Starts `arguments` (found on PATH) with its output in `log`. With `as_user`, as that user.
  Process(std::vector<std::string> arguments, const std::string& log,
          const std::string& as_user = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  pid_t pid() const { return pid_; }
  bool running();
  /// SIGTERM, and SIGKILL after five seconds.
  void stop();
  /// SIGKILL to the process itself, as if the machine's patience had ended.
  void kill_now();
  /// Of the process and its direct and indirect children.
  Usage usage() const;

 private:
  pid_t pid_ = -1;
};

/// A loopback port that was free a moment ago.
int free_port();
/// Waits up to ten seconds until something listens there.
bool wait_for_port(int port);
/// Full path of a program on PATH or in `more` directories; empty where there is none.
std::string find_program(const std::string& name, const std::vector<std::string>& more = {});
/// Runs a command to its end and returns its output; empty *ok = false on a non-zero exit.
std::string run(const std::string& command, bool* ok);

}  // namespace holdfast::bench
